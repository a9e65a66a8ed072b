//===- TileSearch.cpp - smaller tiles where registers spill ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileSearch.h"
#include "Artefact.h"
#include "narrow/Support/Error.h"

#include "llvm/ADT/StringSet.h"
#include <map>
#include <optional>

using namespace narrow;
using namespace narrow::object;
using codegen::BoundCall;

namespace {
/// A kernel whose tile is in question.
struct Candidate {
  Location loc;
  std::string name; ///< Of the kernel looked at last.
  HotLoop first, best;
  unsigned bestStep = 0;
};
} // namespace

MutedRemarks::MutedRemarks(MLIRContext *context)
    : ScopedDiagnosticHandler(context, [](mlir::Diagnostic &diagnostic) {
        return success(diagnostic.getSeverity() ==
                       mlir::DiagnosticSeverity::Remark);
      }) {}

/// Returns the first call of each kernel of `isWanted`.
static std::vector<BoundCall>
selectFirst(ArrayRef<BoundCall> calls,
            function_ref<bool(const BoundCall &)> isWanted) {
  std::vector<BoundCall> first;
  llvm::StringSet<> seen;
  for (const BoundCall &call : calls)
    if (isWanted(call) && seen.insert(call.origin).second)
      first.push_back(call);
  return first;
}

/// Generates the code of `calls` alone; returns its hot loops.
static llvm::Expected<HotLoops> compileAlone(mlir::func::FuncOp function,
                                             const codegen::MemoryPlan &plan,
                                             ArrayRef<BoundCall> calls,
                                             const Target &target,
                                             llvm::TargetMachine &machine) {
  // Any size of the constants does: none are loaded.
  OwningOpRef<ModuleOp> level = codegen::emitLevelModule(
      function, plan, calls, target, /*constantBytes=*/int64_t(1) << 40);
  llvm::LLVMContext context;
  HotLoops loops;
  countSpills(context, loops);
  auto module = translateLevel(*level, target, context, machine);
  if (!module)
    return module.takeError();
  optimise(**module, machine);
  auto object = emit(**module, machine, ".o");
  if (!object)
    return object.takeError();
  return std::move(loops);
}

llvm::Expected<codegen::TileSteps>
object::searchTiles(mlir::func::FuncOp function,
                    const codegen::MemoryPlan &plan,
                    const codegen::Islands &islands, const Target &target,
                    ArrayRef<BoundCall> calls, const HotLoops *loops,
                    llvm::TargetMachine &machine) {
  HotLoops alone;
  if (!loops) {
    std::vector<BoundCall> filling = selectFirst(
        calls, [](const BoundCall &c) { return c.kernel->mayFillRegisters(); });
    if (filling.empty())
      return codegen::TileSteps();
    auto found = compileAlone(function, plan, filling, target, machine);
    if (!found)
      return found.takeError();
    alone = std::move(*found);
    loops = &alone;
  }
  std::map<std::string, Candidate> candidates;
  codegen::TileSteps trial;
  auto nameOf = [&](const BoundCall &call) {
    return codegen::getKernelName(target, *call.kernel);
  };
  for (const BoundCall &call : calls) {
    // These were tried before.
    if (call.kernel->mayFillRegisters() && loops != &alone)
      continue;
    HotLoop loop = loops->lookup(nameOf(call));
    if (!loop.spillsMuch() || !call.kernel->hasSmallerTile(target))
      continue;
    if (candidates.insert({call.origin, {call.loc, nameOf(call), loop, loop}})
            .second)
      trial[call.origin] = 1;
  }
  std::optional<MutedRemarks> mute(function.getContext());
  while (!trial.empty()) {
    codegen::ConstantPool constants;
    auto bound =
        codegen::bindKernels(function, plan, islands, target, constants, trial);
    if (failed(bound))
      return makeError("cannot compile the model for '" +
                       target.qualifiedName() + "' with smaller tiles");
    std::vector<BoundCall> tried =
        selectFirst(*bound, [&](const BoundCall &call) {
          return trial.contains(call.origin);
        });
    auto found = compileAlone(function, plan, tried, target, machine);
    if (!found)
      return found.takeError();
    for (const BoundCall &call : tried) {
      Candidate &candidate = candidates.find(call.origin)->second;
      HotLoop loop = found->lookup(nameOf(call));
      unsigned &step = trial[call.origin];
      if (loop.share() < candidate.best.share()) {
        candidate.best = loop;
        candidate.bestStep = step;
      }
      // A kernel that heeds no step would be tried for ever.
      bool isNew = std::exchange(candidate.name, nameOf(call)) != nameOf(call);
      if (!isNew || loop.spillsLittle() || !call.kernel->hasSmallerTile(target))
        trial.erase(call.origin);
      else
        ++step;
    }
  }
  mute.reset();
  codegen::TileSteps steps;
  for (auto &[origin, candidate] : candidates) {
    if (!candidate.bestStep)
      continue;
    steps[origin] = candidate.bestStep;
    const HotLoop &first = candidate.first, &best = candidate.best;
    mlir::emitRemark(candidate.loc)
        << "kernel '" << origin << "': " << first.spills << " spills in "
        << first.instructions << " instructions of its inner loop; a smaller "
        << "tile has " << best.spills << " in " << best.instructions
        << " [smaller-tile]";
  }
  return std::move(steps);
}
