//===- UnifyScales.cpp - one scale across data movement -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"

namespace narrow::fxp {
#define GEN_PASS_DEF_FXPUNIFYSCALES
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;

/// Returns whether rescaling before `op` gives what rescaling after it does.
static bool commutesWithRescale(Operation *op) {
  auto facts = dyn_cast<FixedPointOpInterface>(op);
  return facts && facts.commutesWithRescale();
}

/// Returns whether a requantisation of `value` disappears once it is moved up
/// as far as it goes.
static bool vanishes(Value value) {
  if (canAbsorbRequant(value))
    return true;
  Operation *op = value.getDefiningOp();
  return op && value.hasOneUse() && commutesWithRescale(op) &&
         llvm::all_of(op->getOperands(), vanishes);
}

namespace {
struct MoveUp : mlir::OpRewritePattern<RequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(RequantizeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    Operation *movement = op.getInput().getDefiningOp();
    if (!movement || !commutesWithRescale(movement))
      return rewriter.notifyMatchFailure(op, "expected data movement");
    if (op.getRequant().getGiven())
      return rewriter.notifyMatchFailure(op, "expected integers to choose");
    if (!vanishes(op.getInput()))
      return rewriter.notifyMatchFailure(
          op, "expected ops to merge the rescale into");
    Type element = op.getType().getElementType();
    rewriter.setInsertionPoint(movement);
    SmallVector<Value> rescaled;
    for (Value operand : movement->getOperands())
      rescaled.push_back(RequantizeOp::create(
          rewriter, op.getLoc(),
          cast<RankedTensorType>(operand.getType()).clone(element), operand,
          op.getRequant()));
    rewriter.modifyOpInPlace(movement, [&] {
      movement->setOperands(rescaled);
      movement->getResult(0).setType(op.getType());
    });
    rewriter.replaceOp(op, movement->getResult(0));
    return success();
  }
};

struct FxpUnifyScalesPass : fxp::impl::FxpUnifyScalesBase<FxpUnifyScalesPass> {
  using Base::Base;
  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    populateUnifyScalesPatterns(patterns);
    if (failed(
            mlir::applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

void fxp::populateUnifyScalesPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<MoveUp>(patterns.getContext());
}
