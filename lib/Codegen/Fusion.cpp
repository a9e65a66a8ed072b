//===- Fusion.cpp - which ops one kernel computes together ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/Fusion.h"
#include "KernelBuilder.h"
#include "narrow/Codegen/Contraction.h"

using namespace narrow;
using namespace narrow::codegen;

static int64_t getBytes(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements() *
         StoredType::get(value.getType()).bytes;
}

/// Returns whether `contraction` may run as late as `add` without keeping more
/// in memory than its result would have taken.
static bool mayRunAt(Operation *contraction, Operation *add) {
  Value input = contraction->getOperand(0);
  if (getBytes(input) <= getBytes(contraction->getResult(0)))
    return true;
  return llvm::any_of(input.getUsers(), [&](Operation *user) {
    return user == add || add->isBeforeInBlock(user);
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

FusionPlan FusionPlan::get(mlir::func::FuncOp function) {
  FusionPlan plan;
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
    plan.fusions[add] = {best, residual};
    plan.adds[best] = add;
  }
  return plan;
}

const FusedAdd *FusionPlan::find(fxp::AddOp add) const {
  auto entry = fusions.find(add);
  return entry == fusions.end() ? nullptr : &entry->second;
}
