//===- NormalizeTosa.cpp - TOSA layers as nn ops --------------------------===//
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
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_NORMALIZETOSA
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

/// Returns whether every tensor of the op is f32 with a static shape.
static bool isFloat(Operation *op) {
  auto isFloatTensor = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() && tensor.getElementType().isF32();
  };
  return llvm::all_of(op->getOperandTypes(), isFloatTensor) &&
         llvm::all_of(op->getResultTypes(), isFloatTensor);
}

/// TOSA's [top, bottom, left, right] as [top, left, bottom, right].
static SmallVector<int64_t> reorderPads(ArrayRef<int64_t> pads) {
  return {pads[0], pads[2], pads[1], pads[3]};
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Returns the bias with one number per output; TOSA's may be one for all.
static Value broadcastBias(PatternRewriter &rewriter, Value bias,
                           int64_t outputs) {
  if (getShape(bias).front() == outputs)
    return bias;
  if (std::optional<float> value = matchFloatSplat(bias))
    return createFloats(rewriter, bias.getLoc(), {outputs}, *value);
  auto type = RankedTensorType::get({outputs}, rewriter.getF32Type());
  return tosa::TileOp::create(rewriter, bias.getLoc(), type, bias,
                              createShape(rewriter, bias.getLoc(), {outputs}));
}

/// Replaces `op` by an op of the nn dialect that keeps its attributes (its
/// name).
template <typename NnOp, typename... Args>
static void replaceKeepingName(PatternRewriter &rewriter, Operation *op,
                               Args &&...args) {
  mlir::DictionaryAttr attributes = op->getDiscardableAttrDictionary();
  auto replacement =
      NnOp::create(rewriter, op->getLoc(), op->getResult(0).getType(),
                   std::forward<Args>(args)...);
  replacement->setDiscardableAttrs(attributes);
  rewriter.replaceOp(op, replacement);
}

namespace {

template <typename ConvOp>
struct NormalizeConv : OpRewritePattern<ConvOp> {
  using OpRewritePattern<ConvOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    if (!isFloat(op) || !isZero(op.getInputZp()) || !isZero(op.getWeightZp()))
      return rewriter.notifyMatchFailure(op,
                                         "expected f32 without zero points");
    Value weights = op.getWeight();
    int64_t groups = 1;
    if constexpr (std::is_same_v<ConvOp, tosa::DepthwiseConv2DOp>) {
      // [kh, kw, C, M] to [C * M, kh, kw, 1].
      SmallVector<int64_t> shape(getShape(weights));
      groups = shape[2];
      weights = createTranspose(rewriter, op.getLoc(), weights, {2, 3, 0, 1});
      shape = {shape[2] * shape[3], shape[0], shape[1], 1};
      if (ElementsAttr constant = matchConstant(weights))
        weights = tosa::ConstOp::create(
            rewriter, weights.getLoc(),
            RankedTensorType::get(shape, rewriter.getF32Type()),
            reshapeConstant(constant, shape));
      else
        weights = createReshape(rewriter, op.getLoc(), weights, shape);
    }
    replaceKeepingName<nn::Conv2DOp>(
        rewriter, op, op.getInput(), weights,
        broadcastBias(rewriter, op.getBias(), getShape(weights).front()),
        op.getStride(), reorderPads(op.getPad()), op.getDilation(), groups);
    return success();
  }
};

struct NormalizeTransposedConv : OpRewritePattern<tosa::TransposeConv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::TransposeConv2DOp op,
                                PatternRewriter &rewriter) const override {
    if (!isFloat(op) || !isZero(op.getInputZp()) || !isZero(op.getWeightZp()))
      return rewriter.notifyMatchFailure(op,
                                         "expected f32 without zero points");
    // TOSA adds to the full result's sides, nn crops them; what it does not
    // crop behind, the result's size says.
    ArrayRef<int64_t> added = op.getOutPad();
    if (added[0] > 0 || added[2] > 0)
      return rewriter.notifyMatchFailure(
          op, "expected nothing added above and left of the result");
    SmallVector<int64_t> pads{-added[0], -added[2],
                              std::max<int64_t>(0, -added[1]),
                              std::max<int64_t>(0, -added[3])};
    ArrayRef<int64_t> stride = op.getStride();
    if (added[1] >= stride[0] || added[3] >= stride[1])
      return rewriter.notifyMatchFailure(
          op, "expected less than a stride added below and right");
    replaceKeepingName<nn::TransposedConv2DOp>(
        rewriter, op, op.getInput(), op.getWeight(),
        broadcastBias(rewriter, op.getBias(), getShape(op.getWeight()).front()),
        stride, pads, ArrayRef<int64_t>{1, 1}, 1);
    return success();
  }
};

struct NormalizeMatMul : OpRewritePattern<tosa::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MatMulOp op,
                                PatternRewriter &rewriter) const override {
    if (!isFloat(op) || !isZero(op.getAZp()) || !isZero(op.getBZp()))
      return rewriter.notifyMatchFailure(op,
                                         "expected f32 without zero points");
    replaceKeepingName<nn::MatMulOp>(rewriter, op, op.getA(), op.getB());
    return success();
  }
};

/// A product with one constant matrix is a linear layer.
struct MatMulToLinear : OpRewritePattern<nn::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MatMulOp op,
                                PatternRewriter &rewriter) const override {
    ElementsAttr matrix = matchConstant(op.getRhs());
    ArrayRef<int64_t> shape = getShape(op.getRhs());
    if (!matrix || shape[0] != 1)
      return rewriter.notifyMatchFailure(op, "expected one constant matrix");
    // [1, K, N] to [N, K].
    ElementsAttr turned = transposeConstant(matrix, {0, 2, 1});
    SmallVector<int64_t> weightShape{shape[2], shape[1]};
    Value weights = tosa::ConstOp::create(
        rewriter, op.getRhs().getLoc(),
        RankedTensorType::get(weightShape, rewriter.getF32Type()),
        reshapeConstant(turned, weightShape));
    replaceKeepingName<nn::LinearOp>(
        rewriter, op, op.getLhs(), weights,
        createFloats(rewriter, op.getLoc(), {shape[2]}, 0.0f));
    return success();
  }
};

struct NormalizeMaxPool : OpRewritePattern<tosa::MaxPool2dOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MaxPool2dOp op,
                                PatternRewriter &rewriter) const override {
    if (!isFloat(op))
      return rewriter.notifyMatchFailure(op, "expected f32");
    replaceKeepingName<nn::MaxPool2DOp>(
        rewriter, op, op.getInput(), op.getKernel(), op.getStride(),
        reorderPads(op.getPad()), ArrayRef<int64_t>{1, 1});
    return success();
  }
};

/// TOSA's mean is that of the positions inside the input.
struct NormalizeAvgPool : OpRewritePattern<tosa::AvgPool2dOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::AvgPool2dOp op,
                                PatternRewriter &rewriter) const override {
    if (!isFloat(op) || !isZero(op.getInputZp()) || !isZero(op.getOutputZp()))
      return rewriter.notifyMatchFailure(op,
                                         "expected f32 without zero points");
    replaceKeepingName<nn::AvgPool2DOp>(
        rewriter, op, op.getInput(), op.getKernel(), op.getStride(),
        reorderPads(op.getPad()), ArrayRef<int64_t>{1, 1},
        /*count_include_pad=*/false);
    return success();
  }
};

/// TOSA reads result position o at (o * denominator + offset) / numerator.
struct NormalizeResize : OpRewritePattern<tosa::ResizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ResizeOp op,
                                PatternRewriter &rewriter) const override {
    // The shape operands are no tensors.
    auto isFloatImage = [](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return tensor && tensor.hasStaticShape() &&
             tensor.getElementType().isF32();
    };
    auto scale = matchShape(op.getScale()), offset = matchShape(op.getOffset());
    if (!isFloatImage(op.getInput().getType()) || !isFloatImage(op.getType()) ||
        !scale || !offset)
      return rewriter.notifyMatchFailure(op, "expected f32 and known scales");
    bool isAsymmetric = true, isHalfPixel = true;
    for (unsigned axis : {0u, 1u}) {
      int64_t numerator = (*scale)[2 * axis];
      int64_t denominator = (*scale)[2 * axis + 1];
      if (numerator <= 0 || denominator <= 0)
        return rewriter.notifyMatchFailure(op, "expected scales above 0");
      isAsymmetric &= (*offset)[axis] == 0;
      // (o + 1/2) / s - 1/2 with s = numerator / denominator.
      isHalfPixel &= 2 * (*offset)[axis] == denominator - numerator;
    }
    if (!isAsymmetric && !isHalfPixel)
      return rewriter.notifyMatchFailure(
          op, "expected asymmetric or half-pixel positions");
    auto getRatio = [&](unsigned axis) {
      return static_cast<double>((*scale)[2 * axis]) / (*scale)[2 * axis + 1];
    };
    bool isNearest = op.getMode() == tosa::ResizeMode::NEAREST_NEIGHBOR;
    replaceKeepingName<nn::ResizeOp>(
        rewriter, op, op.getInput(),
        isNearest ? nn::ResizeMode::Nearest : nn::ResizeMode::Linear,
        isAsymmetric ? nn::ResizeCoordinates::Asymmetric
                     : nn::ResizeCoordinates::HalfPixel,
        ArrayRef<double>{getRatio(0), getRatio(1)},
        nn::NearestMode::RoundPreferCeil,
        /*cubic_coefficient=*/llvm::APFloat(-0.75f), /*exclude_outside=*/false,
        /*antialias=*/false, /*roi=*/mlir::DenseF64ArrayAttr(),
        /*extrapolation=*/llvm::APFloat(0.0f));
    return success();
  }
};

struct NormalizeTosa : narrow::impl::NormalizeTosaBase<NormalizeTosa> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<NormalizeConv<tosa::Conv2DOp>,
                 NormalizeConv<tosa::DepthwiseConv2DOp>,
                 NormalizeTransposedConv, NormalizeMatMul, MatMulToLinear,
                 NormalizeMaxPool, NormalizeAvgPool, NormalizeResize>(
        &getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
