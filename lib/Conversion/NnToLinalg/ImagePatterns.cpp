//===- ImagePatterns.cpp - pools and resizing -----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Dialect/Nn/IR/ResizeTaps.h"
#include <limits>

using namespace narrow;

/// Combines each window of the pool `op` into one result element, starting from
/// `neutral`, which positions outside the input hold as well.
template <typename Op>
static Value buildPool(LoopBuilder &b, Op op, Value input, float neutral,
                       LoopBody body) {
  ArrayRef<int64_t> in = getShape(op.getInput()),
                    out = getShape(op.getResult());
  SmallVector<int64_t> low(4, 0), high(4, 0);
  for (unsigned axis : {0u, 1u}) {
    int64_t extent = (op.getKernel()[axis] - 1) * op.getDilations()[axis] + 1;
    int64_t end = (out[1 + axis] - 1) * op.getStrides()[axis] + extent;
    low[1 + axis] = op.getPads()[axis];
    high[1 + axis] = std::max<int64_t>(0, end - in[1 + axis] - low[1 + axis]);
  }
  Value padded = b.pad(input, low, high, neutral);
  // Loops: n y x ky kx c; the second operand only gives the window's size.
  auto position = [&](unsigned axis) {
    return b.dim(1 + axis) * op.getStrides()[axis] +
           b.dim(3 + axis) * op.getDilations()[axis];
  };
  return b.nest(6, {padded, b.empty(op.getKernel())}, b.filled(out, neutral),
                {{b.dim(0), position(0), position(1), b.dim(5)},
                 {b.dim(3), b.dim(4)},
                 {b.dim(0), b.dim(1), b.dim(2), b.dim(5)}},
                body);
}

/// Returns how many positions of each window along `axis` count.
static SmallVector<int64_t> countPositions(nn::AvgPool2DOp op, unsigned axis) {
  int64_t size = op.getInput().getType().getDimSize(1 + axis);
  int64_t before = op.getPads()[axis], after = op.getPads()[axis + 2];
  if (!op.getCountIncludePad())
    before = after = 0;
  SmallVector<int64_t> counts;
  for (int64_t at = 0; at < op.getType().getDimSize(1 + axis); ++at) {
    int64_t count = 0;
    for (int64_t tap = 0; tap < op.getKernel()[axis]; ++tap) {
      int64_t position = at * op.getStrides()[axis] - op.getPads()[axis] +
                         tap * op.getDilations()[axis];
      count += position >= -before && position < size + after;
    }
    counts.push_back(count);
  }
  return counts;
}

namespace {
struct MaxPoolPattern : mlir::OpConversionPattern<nn::MaxPool2DOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::MaxPool2DOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, buildPool(b, op, adaptor.getInput(),
                                     -std::numeric_limits<float>::infinity(),
                                     [](ScalarBuilder &s, ValueRange args) {
                                       return s.max(args[2], args[0]);
                                     }));
    return success();
  }
};

struct AvgPoolPattern : mlir::OpConversionPattern<nn::AvgPool2DOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::AvgPool2DOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    Value sums = buildPool(b, op, adaptor.getInput(), 0.0f,
                           [](ScalarBuilder &s, ValueRange args) {
                             return s.add(args[2], args[0]);
                           });
    SmallVector<float> counts;
    for (int64_t rows : countPositions(op, 0))
      for (int64_t columns : countPositions(op, 1))
        counts.push_back(float(rows * columns));
    ArrayRef<int64_t> out = getShape(op.getResult());
    Value divisor = b.constant({out[1], out[2]}, ArrayRef<float>(counts));
    rewriter.replaceOp(op, b.mapReduced(sums, divisor, {0, 3},
                                        [](ScalarBuilder &s, ValueRange args) {
                                          return s.div(args[0], args[1]);
                                        }));
    return success();
  }
};

struct ResizePattern : mlir::OpConversionPattern<nn::ResizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::ResizeOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    nn::ResizeTaps taps[] = {nn::computeResizeTaps(op, 0),
                             nn::computeResizeTaps(op, 1)};
    Value result = adaptor.getInput();
    for (unsigned axis : {0u, 1u})
      result = buildAxis(b, result, 1 + axis, taps[axis]);
    if (op.getCoordinates() == nn::ResizeCoordinates::TfCropAndResize)
      result = buildExtrapolation(b, result, taps,
                                  op.getExtrapolation().convertToFloat());
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  /// Resizes one axis: loops n y x t c, where t runs over the taps.
  static Value buildAxis(LoopBuilder &b, Value input, unsigned axis,
                         const nn::ResizeTaps &taps) {
    SmallVector<int64_t> shape(getShape(input));
    int64_t size = taps.indices.size() / taps.count;
    shape[axis] = size;
    Value indices =
        b.constant({size, taps.count}, ArrayRef<int64_t>(taps.indices));
    Value weights =
        b.constant({size, taps.count}, ArrayRef<float>(taps.weights));
    SmallVector<mlir::AffineExpr> tap{b.dim(axis), b.dim(3)};
    return b.nest(
        5, {indices, weights}, b.filled(shape, 0.0f),
        {tap, tap, {b.dim(0), b.dim(1), b.dim(2), b.dim(4)}},
        [&](ScalarBuilder &s, ValueRange args) {
          SmallVector<Value> position;
          for (unsigned loop : {0u, 1u, 2u, 4u})
            position.push_back(mlir::linalg::IndexOp::create(s, loop));
          position[axis] =
              mlir::arith::IndexCastOp::create(s, s.getIndexType(), args[0]);
          Value element = mlir::tensor::ExtractOp::create(s, input, position);
          return s.add(args[2], s.mul(args[1], element));
        });
  }

  /// Puts `value` where the position lies outside the input on either axis.
  static Value buildExtrapolation(LoopBuilder &b, Value input,
                                  ArrayRef<nn::ResizeTaps> taps, float value) {
    SmallVector<float> outside;
    for (bool row : taps[0].inside)
      for (bool column : taps[1].inside)
        outside.push_back(row && column ? 0.0f : 1.0f);
    ArrayRef<int64_t> shape = getShape(input);
    Value mask = b.constant({shape[1], shape[2]}, ArrayRef<float>(outside));
    return b.mapReduced(input, mask, {0, 3},
                        [&](ScalarBuilder &s, ValueRange args) {
                          return s.select(s.less(s.number(0.0f), args[1]),
                                          s.number(value), args[0]);
                        });
  }
};
} // namespace

void narrow::populateImagePatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<AvgPoolPattern, MaxPoolPattern, ResizePattern>(
      patterns.getContext());
}
