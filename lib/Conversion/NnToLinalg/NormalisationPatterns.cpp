//===- NormalisationPatterns.cpp - normalisations and softmax -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include <limits>

using namespace narrow;
namespace math = mlir::math;

static Value addUp(ScalarBuilder &b, ValueRange args) {
  return b.add(args[1], args[0]);
}

/// Returns the mean of `input` over `axes`, which are dropped.
static Value buildMean(LoopBuilder &b, Value input, ArrayRef<int64_t> axes) {
  float count = 1.0f;
  for (int64_t axis : axes)
    count *= getShape(input)[axis];
  Value sum = b.reduce(input, axes, 0.0f, addUp);
  return b.map(sum, [&](ScalarBuilder &s, ValueRange args) {
    return s.div(args[0], s.number(count));
  });
}

static Value buildSquare(LoopBuilder &b, Value input) {
  return b.map(input, [](ScalarBuilder &s, ValueRange args) {
    return s.mul(args[0], args[0]);
  });
}

/// Returns `input / sqrt(mean(input^2) + epsilon)`, the mean over `axes`; or
/// `input / max(sqrt(mean(input^2)), epsilon)`.
static Value buildUnitSquare(LoopBuilder &b, Value input,
                             ArrayRef<int64_t> axes, float epsilon,
                             bool isFloor = false) {
  Value square = buildMean(b, buildSquare(b, input), axes);
  Value root = b.map(square, [&](ScalarBuilder &s, ValueRange args) -> Value {
    if (isFloor)
      return s.max(math::SqrtOp::create(s, args[0]), s.number(epsilon));
    return math::SqrtOp::create(s, s.add(args[0], s.number(epsilon)));
  });
  return b.mapReduced(input, root, axes, [](ScalarBuilder &s, ValueRange args) {
    return s.div(args[0], args[1]);
  });
}

static Value buildCentred(LoopBuilder &b, Value input, ArrayRef<int64_t> axes) {
  return b.mapReduced(input, buildMean(b, input, axes), axes,
                      [](ScalarBuilder &s, ValueRange args) {
                        return s.sub(args[0], args[1]);
                      });
}

/// Returns `input * scale + offset`, or without the sum where there is no
/// offset; both have the shape of the input's last axes from `axis` on.
static Value buildScaled(LoopBuilder &b, Value input, ValueRange operands,
                         int64_t axis) {
  auto leading = llvm::to_vector(llvm::seq<int64_t>(0, axis));
  return b.mapReduced(
      input, operands, leading, [&](ScalarBuilder &s, ValueRange args) {
        Value product = s.mul(args[0], args[1]);
        return operands.size() == 1 ? product : s.add(product, args[2]);
      });
}

static SmallVector<int64_t> axesFrom(int64_t first, int64_t end) {
  return llvm::to_vector(llvm::seq<int64_t>(first, end));
}

/// Returns `input`, and the lowest float where `mask` is false: its distance to
/// any number of the row is one whose power is 0.
static Value buildMasked(LoopBuilder &b, Value input, Value mask) {
  ArrayRef<int64_t> shape = getShape(input), own = getShape(mask);
  SmallVector<mlir::AffineExpr> all = b.dims(shape.size()), positions = all;
  for (auto [position, size] : llvm::zip_equal(positions, own))
    if (size == 1)
      position = b.getAffineConstantExpr(0);
  return b.nest(shape.size(), {input, mask}, b.empty(shape),
                {all, positions, all}, [](ScalarBuilder &s, ValueRange args) {
                  Value lowest = s.number(std::numeric_limits<float>::lowest());
                  return s.select(args[1], args[0], lowest);
                });
}

namespace {
template <typename Op>
struct SoftmaxPattern : mlir::OpConversionPattern<Op> {
  using mlir::OpConversionPattern<Op>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    int64_t axis = op.getAxis();
    Value input = adaptor.getInput();
    if constexpr (std::is_same_v<Op, nn::SoftmaxOp>)
      if (Value mask = adaptor.getMask())
        input = buildMasked(b, input, mask);
    Value highest =
        b.reduce(input, axis, -std::numeric_limits<float>::infinity(),
                 [](ScalarBuilder &s, ValueRange args) {
                   return s.max(args[1], args[0]);
                 });
    Value distance = b.mapReduced(input, highest, axis,
                                  [](ScalarBuilder &s, ValueRange args) {
                                    return s.sub(args[0], args[1]);
                                  });
    Value powers =
        b.map(distance, [](ScalarBuilder &s, ValueRange args) -> Value {
          return math::ExpOp::create(s, args[0]);
        });
    Value sum = b.reduce(powers, axis, 0.0f, addUp);
    if (isa<nn::SoftmaxOp>(op)) {
      rewriter.replaceOp(op,
                         b.mapReduced(powers, sum, axis,
                                      [](ScalarBuilder &s, ValueRange args) {
                                        return s.div(args[0], args[1]);
                                      }));
      return success();
    }
    Value logarithm =
        b.map(sum, [](ScalarBuilder &s, ValueRange args) -> Value {
          return math::LogOp::create(s, args[0]);
        });
    rewriter.replaceOp(op, b.mapReduced(distance, logarithm, axis,
                                        [](ScalarBuilder &s, ValueRange args) {
                                          return s.sub(args[0], args[1]);
                                        }));
    return success();
  }
};

struct BatchNormPattern : mlir::OpConversionPattern<nn::BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::BatchNormOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    float epsilon = op.getEpsilon().convertToFloat();
    Value factor =
        b.map({adaptor.getScale(), adaptor.getVariance()},
              [&](ScalarBuilder &s, ValueRange args) {
                Value variance = s.add(args[1], s.number(epsilon));
                return s.div(args[0], math::SqrtOp::create(s, variance));
              });
    int64_t last = op.getInput().getType().getRank() - 1;
    rewriter.replaceOp(
        op,
        b.mapReduced(adaptor.getInput(),
                     {adaptor.getMean(), factor, adaptor.getOffset()},
                     axesFrom(0, last), [](ScalarBuilder &s, ValueRange args) {
                       return s.add(s.mul(s.sub(args[0], args[1]), args[2]),
                                    args[3]);
                     }));
    return success();
  }
};

struct InstanceNormPattern : mlir::OpConversionPattern<nn::InstanceNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::InstanceNormOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    int64_t last = op.getInput().getType().getRank() - 1;
    SmallVector<int64_t> axes = axesFrom(1, last);
    Value unit = buildUnitSquare(b, buildCentred(b, adaptor.getInput(), axes),
                                 axes, op.getEpsilon().convertToFloat());
    rewriter.replaceOp(
        op, buildScaled(b, unit, adaptor.getOperands().drop_front(), last));
    return success();
  }
};

template <typename Op>
struct LayerNormPattern : mlir::OpConversionPattern<Op> {
  using mlir::OpConversionPattern<Op>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    SmallVector<int64_t> axes =
        axesFrom(op.getAxis(), op.getInput().getType().getRank());
    Value input = adaptor.getInput();
    bool isFloor = false;
    if constexpr (std::is_same_v<Op, nn::RmsNormOp>)
      isFloor = op.getFloor();
    else
      input = buildCentred(b, input, axes);
    Value unit = buildUnitSquare(b, input, axes,
                                 op.getEpsilon().convertToFloat(), isFloor);
    rewriter.replaceOp(
        op,
        buildScaled(b, unit, adaptor.getOperands().drop_front(), op.getAxis()));
    return success();
  }
};

struct LrnPattern : mlir::OpConversionPattern<nn::LrnOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::LrnOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> shape = getShape(op.getInput());
    unsigned rank = shape.size();
    int64_t size = op.getSize();
    SmallVector<int64_t> low(rank, 0), high(rank, 0);
    low.back() = (size - 1) / 2;
    high.back() = size / 2;
    Value squares = b.pad(buildSquare(b, adaptor.getInput()), low, high, 0.0f);
    // One more loop runs over the window; its operand only gives the size.
    SmallVector<mlir::AffineExpr> window = b.dims(rank);
    window.back() = b.dim(rank - 1) + b.dim(rank);
    Value sums =
        b.nest(rank + 1, {squares, b.empty({size})}, b.filled(shape, 0.0f),
               {window, {b.dim(rank)}, b.dims(rank)},
               [](ScalarBuilder &s, ValueRange args) {
                 return s.add(args[2], args[0]);
               });
    float alpha = op.getAlpha().convertToFloat() / float(size);
    float beta = op.getBeta().convertToFloat();
    float bias = op.getBias().convertToFloat();
    rewriter.replaceOp(
        op, b.map({adaptor.getInput(), sums}, [&](ScalarBuilder &s,
                                                  ValueRange args) {
          Value base = s.add(s.number(bias), s.mul(s.number(alpha), args[1]));
          return s.div(args[0], math::PowFOp::create(s, base, s.number(beta)));
        }));
    return success();
  }
};
} // namespace

void narrow::populateNormalisationPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<BatchNormPattern, InstanceNormPattern,
               LayerNormPattern<nn::LayerNormOp>,
               LayerNormPattern<nn::RmsNormOp>, LrnPattern,
               SoftmaxPattern<nn::LogSoftmaxOp>, SoftmaxPattern<nn::SoftmaxOp>>(
      patterns.getContext());
}
