//===- FoldConstants.cpp - compute ops whose operands are constant --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "Evaluate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "narrow/Prepare/Passes.h.inc"
#include "llvm/ADT/SetVector.h"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// Returns whether the op is one to try: one tensor result, at least one
/// operand, every operand constant.
static bool hasConstantOperands(Operation *op) {
  return op->getNumResults() == 1 && op->getNumOperands() > 0 &&
         op->getNumRegions() == 0 && mlir::isMemoryEffectFree(op) &&
         llvm::all_of(op->getOperands(), [](Value value) {
           return isa<tosa::shapeType>(value.getType())
                      ? matchShape(value).has_value()
                      : matchConstant(value) != nullptr;
         });
}

static std::optional<Elements> evaluate(Operation *op) {
  if (auto result = evaluateMovement(op))
    return result;
  if (auto result = evaluateReduction(op))
    return result;
  return evaluateElementwise(op);
}

namespace {

struct FoldConstants : narrow::impl::FoldConstantsBase<FoldConstants> {
  using Base::Base;

  void runOnOperation() override {
    mlir::IRRewriter rewriter(&getContext());
    // Operands come before their users: one walk folds whole chains.
    getOperation().walk([&](Operation *op) {
      if (!hasConstantOperands(op))
        return;
      auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
      if (!type || !type.hasStaticShape() ||
          type.getNumElements() > static_cast<int64_t>(maxElements))
        return;
      std::optional<Elements> value = evaluate(op);
      if (!value)
        return;
      // A set: an op may read one constant twice.
      llvm::SmallSetVector<Value, 4> operands(op->operand_begin(),
                                              op->operand_end());
      rewriter.setInsertionPoint(op);
      rewriter.replaceOpWithNewOp<tosa::ConstOp>(op, type,
                                                 writeElements(*value));
      // Weights are large: drop what only this op read.
      for (Value operand : operands)
        if (operand.use_empty() && operand.getDefiningOp())
          rewriter.eraseOp(operand.getDefiningOp());
    });
  }
};

} // namespace
