//===- MergeClamps.cpp - one clamp for bounds that follow each other ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Prepare/Passes.h"
#include <cmath>
#include <limits>

namespace narrow {
#define GEN_PASS_DEF_MERGECLAMPS
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Replaces `op` by a clamp of `input` that keeps its attributes (its name).
static void replaceWithClamp(PatternRewriter &rewriter, Operation *op,
                             Value input, float low, float high,
                             tosa::NanPropagationMode nanMode) {
  auto clamp = tosa::ClampOp::create(
      rewriter, op->getLoc(), op->getResult(0).getType(), input,
      rewriter.getF32FloatAttr(low), rewriter.getF32FloatAttr(high), nanMode);
  clamp->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.replaceOp(op, clamp);
}

namespace {

struct Bounds {
  float low, high;
};

/// Returns an f32 clamp's bounds.
std::optional<Bounds> getBounds(tosa::ClampOp op) {
  auto low = dyn_cast<mlir::FloatAttr>(op.getMinVal());
  auto high = dyn_cast<mlir::FloatAttr>(op.getMaxVal());
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!low || !high || !type || !type.getElementType().isF32())
    return std::nullopt;
  return Bounds{low.getValue().convertToFloat(),
                high.getValue().convertToFloat()};
}

/// clamp(clamp(x)): the second clamps the first's bounds.
struct MergeClampPair : OpRewritePattern<tosa::ClampOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ClampOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<tosa::ClampOp>();
    if (!inner || inner.getNanMode() != op.getNanMode())
      return rewriter.notifyMatchFailure(op, "expected a clamp before");
    std::optional<Bounds> first = getBounds(inner), second = getBounds(op);
    if (!first || !second)
      return rewriter.notifyMatchFailure(op, "expected f32");
    auto limit = [&](float value) {
      return std::min(std::max(value, second->low), second->high);
    };
    replaceWithClamp(rewriter, op, inner.getInput(), limit(first->low),
                     limit(first->high), op.getNanMode());
    return success();
  }
};

/// A maximum or minimum with one number is a clamp with one bound.
template <typename BoundOp>
struct BoundToClamp : OpRewritePattern<BoundOp> {
  using OpRewritePattern<BoundOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(BoundOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [value, bound] : {std::pair(op.getInput1(), op.getInput2()),
                                std::pair(op.getInput2(), op.getInput1())}) {
      std::optional<float> number = matchFloatSplat(bound);
      if (!number || std::isnan(*number) || value.getType() != op.getType())
        continue;
      bool isLow = std::is_same_v<BoundOp, tosa::MaximumOp>;
      replaceWithClamp(rewriter, op, value, isLow ? *number : -kInfinity,
                       isLow ? kInfinity : *number, op.getNanMode());
      return success();
    }
    return rewriter.notifyMatchFailure(op,
                                       "expected a bound that is one number");
  }
};

/// clamp(move(x)) is move(clamp(x)) where each element is one of x: where an op
/// that takes a clamp in makes x, the clamp goes there.
struct HoistClamp : OpRewritePattern<tosa::ClampOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ClampOp op,
                                PatternRewriter &rewriter) const override {
    Operation *movement = op.getInput().getDefiningOp();
    if (!op.getInput().hasOneUse() || !getBounds(op) ||
        getMovement(movement) != Movement::Picks)
      return rewriter.notifyMatchFailure(op, "expected movement before");
    size_t count = getMovedOperands(movement).size();
    for (Value moved : movement->getOperands().take_front(count))
      if (!moved.hasOneUse() || !leadsToTaker(moved.getDefiningOp()))
        return rewriter.notifyMatchFailure(
            op, "expected operands of ops that take a clamp in");

    rewriter.setInsertionPoint(movement);
    SmallVector<Value> operands(movement->getOperands());
    for (Value &moved : MutableArrayRef(operands).take_front(count))
      moved = tosa::ClampOp::create(rewriter, op.getLoc(), moved.getType(),
                                    moved, op.getMinValAttr(),
                                    op.getMaxValAttr(), op.getNanModeAttr());
    // What is moved now is the clamp's result, under its name.
    rewriter.modifyOpInPlace(movement, [&] {
      movement->setOperands(operands);
      takeName(movement, op);
    });
    rewriter.replaceOp(op, movement);
    return success();
  }

private:
  /// Returns whether the op takes a clamp in, or moves what such an op makes.
  static bool leadsToTaker(Operation *op) {
    while (getMovement(op) == Movement::Picks && !isa<tosa::ConcatOp>(op) &&
           op->getOperand(0).hasOneUse())
      op = op->getOperand(0).getDefiningOp();
    return takesClamp(op);
  }
};

struct MergeClamps : narrow::impl::MergeClampsBase<MergeClamps> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<MergeClampPair, HoistClamp, BoundToClamp<tosa::MaximumOp>,
                 BoundToClamp<tosa::MinimumOp>>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
