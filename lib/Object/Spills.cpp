//===- Spills.cpp - registers spilled in hot loops ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Spills.h"

#include "llvm/CodeGen/MachineDominators.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunction.h"
#include "llvm/CodeGen/MachineLoopInfo.h"
#include "llvm/CodeGen/MachineOptimizationRemarkEmitter.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/DiagnosticHandler.h"

using namespace narrow;
using namespace narrow::object;

static bool isSpill(const llvm::MachineInstr &instruction,
                    const llvm::MachineFunction &function) {
  const llvm::MachineFrameInfo &frame = function.getFrameInfo();
  int index;
  if (function.getSubtarget().getInstrInfo()->isStoreToStackSlot(instruction,
                                                                 index))
    return frame.isSpillSlotObjectIndex(index);
  return false;
}

static HotLoop measure(llvm::MachineFunction &function) {
  llvm::MachineDominatorTree dominators(function);
  llvm::MachineLoopInfo loops(dominators);
  HotLoop hot;
  for (const llvm::MachineLoop *loop : loops.getLoopsInPreorder()) {
    if (!loop->isInnermost())
      continue;
    HotLoop counted;
    for (const llvm::MachineBasicBlock *block : loop->blocks())
      for (const llvm::MachineInstr &instruction : *block) {
        counted.instructions += !instruction.isMetaInstruction();
        counted.spills += isSpill(instruction, function);
      }
    if (counted.instructions > hot.instructions)
      hot = counted;
  }
  return hot;
}

namespace {
/// Asks for the remarks of the register allocator, which it makes only for
/// functions with spills: those are looked at while they are there.
class SpillCounter : public llvm::DiagnosticHandler {
public:
  explicit SpillCounter(HotLoops &loops) : loops(loops) {}

  bool isAnalysisRemarkEnabled(StringRef) const override { return false; }
  bool isPassedOptRemarkEnabled(StringRef) const override { return false; }
  bool isMissedOptRemarkEnabled(StringRef pass) const override {
    return pass == "regalloc";
  }
  bool isAnyRemarkEnabled() const override { return true; }

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    auto *remark = dyn_cast<llvm::MachineOptimizationRemarkMissed>(&info);
    if (!remark)
      return isa<llvm::DiagnosticInfoOptimizationBase>(info);
    if (remark->getRemarkName() == "SpillReloadCopies") {
      llvm::MachineFunction *function =
          const_cast<llvm::MachineBasicBlock *>(remark->getBlock())
              ->getParent();
      loops[function->getName()] = measure(*function);
    }
    return true;
  }

private:
  HotLoops &loops;
};
} // namespace

void object::countSpills(llvm::LLVMContext &context, HotLoops &loops) {
  context.setDiagnosticHandler(std::make_unique<SpillCounter>(loops));
}
