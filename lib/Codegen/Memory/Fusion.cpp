//===- Fusion.cpp - which ops one kernel computes together ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/Fusion.h"
#include "../Emit/KernelBuilder.h"
#include "narrow/Codegen/Contraction.h"

using namespace narrow;
using namespace narrow::codegen;

/// Returns whether no kernel runs between `op` and `last`, a user of it.
static bool isNext(Operation *op, Operation *last) {
  while ((op = op->getNextNode()) && op != last)
    if (!isa<fxp::ConstantOp>(op))
      return false;
  return op == last;
}

/// Returns whether `contraction` may run as late as `last` without keeping more
/// in memory than its result would have taken.
static bool mayRunAt(Operation *contraction, Operation *last) {
  // The contraction's input, its result and the other side of a sum are alive
  // together anyway; what takes the result's place is no larger.
  if (isNext(contraction, last) && getDenseBytes(last->getResult(0)) <=
                                       getDenseBytes(contraction->getResult(0)))
    return true;
  Value input = contraction->getOperand(0);
  if (getDenseBytes(input) <= getDenseBytes(contraction->getResult(0)))
    return true;
  return llvm::any_of(input.getUsers(), [&](Operation *user) {
    return user == last || last->isBeforeInBlock(user);
  });
}

/// Returns whether tiles hold the values of `type`: 16-bit elements are signed.
static bool fitsTile(Type type) {
  StoredType stored = StoredType::get(type);
  return stored.bytes == 1 || (stored.bytes == 2 && stored.isSigned);
}

static bool mayFuse(Operation *contraction, fxp::AddOp add) {
  return contraction && contraction->hasOneUse() &&
         canAddResidual(contraction) && mayRunAt(contraction, add);
}

void FusionPlan::fuseAdds(mlir::func::FuncOp function) {
  for (auto add : function.getOps<fxp::AddOp>()) {
    auto shape = cast<RankedTensorType>(add.getResult().getType()).getShape();
    if (add.getResult().use_empty() || !fitsTile(add.getResult().getType()) ||
        !llvm::all_of(add->getOperandTypes(), fitsTile) ||
        llvm::any_of(add->getOperandTypes(), [&](Type type) {
          return cast<RankedTensorType>(type).getShape() != shape;
        }))
      continue;
    Operation *best = nullptr;
    unsigned residual = 0;
    for (unsigned operand : {0u, 1u}) {
      Operation *op = add->getOperand(operand).getDefiningOp();
      if (!mayFuse(op, add) || (best && op->isBeforeInBlock(best)))
        continue;
      best = op;
      residual = 1 - operand;
    }
    if (!best)
      continue;
    this->add(add, {best, residual, {}});
  }
}

const EpilogueForm &EpilogueLookups::get(fxp::LookupOp op) {
  auto [entry, isNew] = known.try_emplace(
      std::make_tuple(op->getAttr(op.getTableAttrName()),
                      mlir::getElementTypeOrSelf(op.getInput().getType()),
                      mlir::getElementTypeOrSelf(op.getResult().getType())));
  if (isNew)
    entry->second = getEpilogueForm(op);
  return entry->second;
}

void FusionPlan::fuseLookups(mlir::func::FuncOp function,
                             EpilogueLookups &lookups) {
  for (auto lookup : function.getOps<fxp::LookupOp>()) {
    Operation *op = lookup.getInput().getDefiningOp();
    bool isReturned = llvm::any_of(lookup->getUsers(), [](Operation *user) {
      return user->hasTrait<mlir::OpTrait::IsTerminator>();
    });
    if (op && op->hasOneUse() && !lookup->use_empty() && !isReturned &&
        hasByteTiles(op) && (isNext(op, lookup) || mayRunAt(op, lookup)))
      if (const EpilogueForm &form = lookups.get(lookup); form.isPossible)
        add(lookup, {op, 0, form});
  }
}

FusionPlan FusionPlan::get(mlir::func::FuncOp function,
                           EpilogueLookups &lookups) {
  FusionPlan plan;
  plan.fuseAdds(function);
  plan.fuseLookups(function, lookups);
  return plan;
}

void FusionPlan::add(Operation *op, FusedOp fusion) {
  fusions[op] = fusion;
  lasts[fusion.contraction] = op;
}

const FusedOp *FusionPlan::find(Operation *op) const {
  auto entry = fusions.find(op);
  return entry == fusions.end() ? nullptr : &entry->second;
}
