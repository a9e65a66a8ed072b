//===- SimplifyMovement.cpp - merge transposes and reshapes ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AbsorbTranspose.h"
#include "AxisOrder.h"
#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_SIMPLIFYMOVEMENT
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

/// Returns the static shapes of a reshape's operand and result, or nothing.
static std::optional<std::pair<ArrayRef<int64_t>, ArrayRef<int64_t>>>
getShapes(tosa::ReshapeOp op) {
  auto in = dyn_cast<RankedTensorType>(op.getInput1().getType());
  auto out = dyn_cast<RankedTensorType>(op.getType());
  if (!in || !out || !in.hasStaticShape() || !out.hasStaticShape())
    return std::nullopt;
  return std::make_pair(in.getShape(), out.getShape());
}

/// Splits result axes into one run for each operand axis, such that the run's
/// sizes multiply to the operand axis' size. Returns the runs' lengths, or
/// nothing where the reshape merges axes. Result axes of size 1 that could
/// belong to two runs go to the earlier one.
static std::optional<SmallVector<int64_t>> matchSplit(ArrayRef<int64_t> in,
                                                      ArrayRef<int64_t> out) {
  SmallVector<int64_t> runs;
  size_t next = 0;
  for (int64_t size : in) {
    int64_t product = 1;
    size_t begin = next;
    if (next == out.size())
      return std::nullopt;
    do
      product *= out[next++];
    while (product < size && next < out.size());
    if (product != size)
      return std::nullopt;
    runs.push_back(next - begin);
  }
  while (next < out.size() && out[next] == 1 && !runs.empty()) {
    ++runs.back();
    ++next;
  }
  if (next != out.size())
    return std::nullopt;
  return runs;
}

namespace {

/// transpose(transpose(x)) is one transpose; an identity is none.
struct MergeTransposes : OpRewritePattern<tosa::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (!isStaticTranspose(op))
      return rewriter.notifyMatchFailure(op, "expected static shapes");
    if (isIdentity(op.getPerms())) {
      rewriter.replaceOp(op, op.getInput1());
      return success();
    }
    auto inner = op.getInput1().getDefiningOp<tosa::TransposeOp>();
    if (!inner || !isStaticTranspose(inner))
      return rewriter.notifyMatchFailure(op, "expected a transpose before");
    Permutation both = compose(inner.getPerms(), op.getPerms());
    rewriter.replaceOpWithNewOp<tosa::TransposeOp>(
        op, op.getType(), inner.getInput1(),
        rewriter.getDenseI32ArrayAttr(both));
    return success();
  }
};

/// reshape(reshape(x)) is one reshape; one to the same shape is none.
struct MergeReshapes : OpRewritePattern<tosa::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    if (!getShapes(op))
      return rewriter.notifyMatchFailure(op, "expected static shapes");
    if (op.getInput1().getType() == op.getType()) {
      rewriter.replaceOp(op, op.getInput1());
      return success();
    }
    auto inner = op.getInput1().getDefiningOp<tosa::ReshapeOp>();
    if (!inner || !getShapes(inner))
      return rewriter.notifyMatchFailure(op, "expected a reshape before");
    rewriter.modifyOpInPlace(
        op, [&] { op.getInput1Mutable().assign(inner.getInput1()); });
    return success();
  }
};

/// A transpose that moves only axes of size 1 is a reshape.
struct UnitTransposeToReshape : OpRewritePattern<tosa::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (!isStaticTranspose(op))
      return rewriter.notifyMatchFailure(op, "expected static shapes");
    auto type = cast<RankedTensorType>(op.getInput1().getType());
    if (!movesOnlyUnitAxes(type.getShape(), op.getPerms()))
      return rewriter.notifyMatchFailure(op, "expected only unit axes to move");
    ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getType()).getShape();
    rewriter.replaceOpWithNewOp<tosa::ReshapeOp>(
        op, op.getType(), op.getInput1(),
        createShape(rewriter, op.getLoc(), shape));
    return success();
  }
};

/// A reshape that splits axes moves before a transpose, if a transpose follows
/// that it brings together with this one.
struct SplitBeforeTranspose : OpRewritePattern<tosa::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput1().getDefiningOp<tosa::TransposeOp>();
    if (!transpose || !isStaticTranspose(transpose) || !transpose->hasOneUse())
      return rewriter.notifyMatchFailure(op, "expected a transpose before");
    if (!op->hasOneUse() || !isa<tosa::TransposeOp>(*op->user_begin()))
      return rewriter.notifyMatchFailure(op, "expected a transpose after");
    auto shapes = getShapes(op);
    if (!shapes)
      return rewriter.notifyMatchFailure(op, "expected static shapes");
    auto [in, out] = *shapes;
    std::optional<SmallVector<int64_t>> runs = matchSplit(in, out);
    if (!runs)
      return rewriter.notifyMatchFailure(op, "expected only split axes");

    // Result axes of the run of each axis that is reshaped; then the runs in
    // the order that the axes have before the transpose.
    SmallVector<int64_t> begins;
    int64_t begin = 0;
    for (int64_t length : *runs) {
      begins.push_back(begin);
      begin += length;
    }
    Permutation back;
    for (int32_t axis : invert(transpose.getPerms()))
      for (int64_t i = 0; i < (*runs)[axis]; ++i)
        back.push_back(begins[axis] + i);
    Value split = createReshape(rewriter, op.getLoc(), transpose.getInput1(),
                                permute(out, back));
    rewriter.replaceOpWithNewOp<tosa::TransposeOp>(
        op, op.getType(), split, rewriter.getDenseI32ArrayAttr(invert(back)));
    return success();
  }
};

/// linear(reshape(transpose(x))): the columns of the weights are permuted
/// instead of the values.
struct FlattenedLinear : OpRewritePattern<nn::LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::LinearOp op,
                                PatternRewriter &rewriter) const override {
    return absorbTranspose(op, rewriter);
  }
};

struct SimplifyMovement : narrow::impl::SimplifyMovementBase<SimplifyMovement> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<MergeTransposes, MergeReshapes, SplitBeforeTranspose,
                 FlattenedLinear>(&getContext());
    if (unitTransposesToReshapes)
      patterns.add<UnitTransposeToReshape>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
