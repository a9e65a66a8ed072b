//===- ExpandResize.cpp - interpolation as sums of products ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisOrder.h"
#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Dialect/Nn/IR/ResizeTaps.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_EXPANDRESIZE
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;

/// The largest matrix of one axis, in elements.
static constexpr int64_t kMostWeights = 1 << 22;

/// Returns whether fixed point has no interpolation of that form.
static bool hasManyTaps(nn::ResizeOp op) {
  return op.getMode() != nn::ResizeMode::Nearest &&
         (op.getMode() == nn::ResizeMode::Cubic || op.getAntialias() ||
          op.getExcludeOutside() ||
          op.getCoordinates() == nn::ResizeCoordinates::TfCropAndResize);
}

/// Returns `image` [N, H, W, C], resized along image axis 0 or 1.
static Value resizeAxis(PatternRewriter &rewriter, nn::ResizeOp op, Value image,
                        unsigned axis) {
  auto type = cast<RankedTensorType>(image.getType());
  int64_t in = type.getDimSize(1 + axis);
  int64_t out = op.getType().getDimSize(1 + axis);
  nn::ResizeTaps taps = nn::computeResizeTaps(op, axis);
  SmallVector<float> weights(out * in, 0), bias(out, 0);
  for (int64_t o = 0; o < out; ++o) {
    if (!taps.inside[o]) {
      bias[o] = op.getExtrapolation().convertToFloat();
      continue;
    }
    // Taps behind the rim repeat it.
    for (int64_t t = 0; t < taps.count; ++t)
      weights[o * in + taps.indices[o * taps.count + t]] +=
          taps.weights[o * taps.count + t];
  }
  SmallVector<int32_t> last = axis == 0 ? SmallVector<int32_t>{0, 2, 3, 1}
                                        : SmallVector<int32_t>{0, 1, 3, 2};
  Location loc = op.getLoc();
  Value rows = createTranspose(rewriter, loc, image, last);
  SmallVector<int64_t> shape(cast<RankedTensorType>(rows.getType()).getShape());
  shape.back() = out;
  Value resized =
      nn::LinearOp::create(rewriter, loc, type.clone(shape), rows,
                           createFloats(rewriter, loc, {out, in}, weights),
                           createFloats(rewriter, loc, {out}, bias));
  return createTranspose(rewriter, loc, resized, invert(last));
}

namespace {
struct ToLinear : OpRewritePattern<nn::ResizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ResizeOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasManyTaps(op))
      return rewriter.notifyMatchFailure(
          op, "expected an interpolation that fixed point does not have");
    ArrayRef<int64_t> in = op.getInput().getType().getShape();
    ArrayRef<int64_t> out = op.getType().getShape();
    for (unsigned axis : {1u, 2u})
      if (in[axis] * out[axis] > kMostWeights)
        return rewriter.notifyMatchFailure(op, "expected a smaller image");
    Value image = op.getInput();
    for (unsigned axis : {0u, 1u})
      image = resizeAxis(rewriter, op, image, axis);
    image.getDefiningOp()->setDiscardableAttrs(
        op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, image);
    return success();
  }
};

struct ExpandResize : narrow::impl::ExpandResizeBase<ExpandResize> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<ToLinear>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
