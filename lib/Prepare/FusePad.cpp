//===- FusePad.cpp - padding as part of the op that reads it --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include <limits>

namespace narrow {
#define GEN_PASS_DEF_FUSEPAD
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

namespace {
/// A pad of an NHWC image's height and width by one number.
struct ImagePad {
  Value input;
  /// [top, left, bottom, right].
  SmallVector<int64_t> pads;
  float value;
};
} // namespace

/// Matches `value` as a padded image.
static std::optional<ImagePad> matchImagePad(Value value) {
  auto pad = value.getDefiningOp<tosa::PadOp>();
  auto type = pad ? dyn_cast<RankedTensorType>(pad.getInput1().getType())
                  : RankedTensorType();
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  std::optional<SmallVector<int64_t>> amounts = matchShape(pad.getPadding());
  std::optional<float> number = matchFloatSplat(pad.getPadConst());
  if (!amounts || amounts->size() != 8 || !number ||
      llvm::any_of(*amounts, [](int64_t amount) { return amount < 0; }))
    return std::nullopt;
  ArrayRef<int64_t> a = *amounts;
  if (a[0] || a[1] || a[6] || a[7])
    return std::nullopt;
  return ImagePad{pad.getInput1(), {a[2], a[4], a[3], a[5]}, *number};
}

/// Lets `op` read the unpadded image and pad it itself.
template <typename PoolOrConv>
static void absorb(PatternRewriter &rewriter, PoolOrConv op,
                   const ImagePad &pad) {
  SmallVector<int64_t> pads(op.getPads());
  for (auto [sum, more] : llvm::zip(pads, pad.pads))
    sum += more;
  rewriter.modifyOpInPlace(op, [&] {
    addVanishing(op, op.getInput());
    op.getInputMutable().assign(pad.input);
    op.setPads(pads);
  });
}

/// Returns whether no window lies in the padding alone, once `pads` are the
/// pool's own.
static bool meetsInput(nn::MaxPool2DOp op, const ImagePad &pad) {
  ArrayRef<int64_t> in = cast<RankedTensorType>(pad.input.getType()).getShape();
  for (unsigned axis : {0u, 1u}) {
    int64_t before = op.getPads()[axis] + pad.pads[axis];
    int64_t dilation = op.getDilations()[axis];
    for (int64_t o = 0; o < op.getType().getDimSize(1 + axis); ++o) {
      bool meets = false;
      for (int64_t k = 0; k < op.getKernel()[axis] && !meets; ++k) {
        int64_t at = o * op.getStrides()[axis] + k * dilation - before;
        meets = at >= 0 && at < in[1 + axis];
      }
      if (!meets)
        return false;
    }
  }
  return true;
}

/// Returns a number that no element of `value` is below.
static float getLowerBound(Value value) {
  if (auto clamp = value.getDefiningOp<tosa::ClampOp>())
    if (auto low = dyn_cast<mlir::FloatAttr>(clamp.getMinVal()))
      return low.getValue().convertToFloat();
  if (value.getDefiningOp<tosa::SigmoidOp>())
    return 0;
  return std::numeric_limits<float>::lowest();
}

namespace {

/// A convolution pads with zeros itself.
struct PadIntoConv : OpRewritePattern<nn::Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::Conv2DOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ImagePad> pad = matchImagePad(op.getInput());
    if (!pad || pad->value != 0)
      return rewriter.notifyMatchFailure(op, "expected an image padded by 0");
    absorb(rewriter, op, *pad);
    return success();
  }
};

/// A maximum over a window does not see padding that is no larger than any
/// element of the window.
struct PadIntoMaxPool : OpRewritePattern<nn::MaxPool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MaxPool2DOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ImagePad> pad = matchImagePad(op.getInput());
    if (!pad || !(pad->value <= getLowerBound(pad->input)))
      return rewriter.notifyMatchFailure(
          op, "expected padding below every element");
    if (!meetsInput(op, *pad))
      return rewriter.notifyMatchFailure(
          op, "expected every window to meet the image");
    absorb(rewriter, op, *pad);
    return success();
  }
};

/// A mean that counts padding pads with zeros itself.
struct PadIntoAvgPool : OpRewritePattern<nn::AvgPool2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::AvgPool2DOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ImagePad> pad = matchImagePad(op.getInput());
    if (!pad || pad->value != 0)
      return rewriter.notifyMatchFailure(op, "expected an image padded by 0");
    bool padsItself =
        llvm::any_of(op.getPads(), [](int64_t amount) { return amount != 0; });
    if (padsItself && !op.getCountIncludePad())
      return rewriter.notifyMatchFailure(op, "expected padding to be counted");
    // The op demands that every window meets the image.
    ArrayRef<int64_t> in =
        cast<RankedTensorType>(pad->input.getType()).getShape();
    for (unsigned axis : {0u, 1u}) {
      int64_t before = op.getPads()[axis] + pad->pads[axis];
      int64_t last =
          (op.getType().getDimSize(1 + axis) - 1) * op.getStrides()[axis];
      if (before >= (op.getKernel()[axis] - 1) * op.getDilations()[axis] + 1 ||
          last - before >= in[1 + axis])
        return rewriter.notifyMatchFailure(
            op, "expected every window to meet the image");
    }
    absorb(rewriter, op, *pad);
    rewriter.modifyOpInPlace(op, [&] { op.setCountIncludePad(true); });
    return success();
  }
};

struct FusePad : narrow::impl::FusePadBase<FusePad> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<PadIntoConv, PadIntoMaxPool, PadIntoAvgPool>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
