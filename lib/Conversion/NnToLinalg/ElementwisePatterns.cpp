//===- ElementwisePatterns.cpp - elementwise functions as loops -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Dialect/Nn/IR/UnaryFormulas.h"

using namespace narrow;
namespace math = mlir::math;

namespace {
/// The arithmetic of UnaryFormulas.h as code.
struct CodeArithmetic {
  ScalarBuilder &b;

  Value number(double value) { return b.number(static_cast<float>(value)); }
  Value add(Value x, Value y) { return b.add(x, y); }
  Value sub(Value x, Value y) { return b.sub(x, y); }
  Value mul(Value x, Value y) { return b.mul(x, y); }
  Value div(Value x, Value y) { return b.div(x, y); }
  Value max(Value x, Value y) { return b.max(x, y); }
  Value min(Value x, Value y) { return b.min(x, y); }
  Value less(Value x, Value y) { return b.less(x, y); }
  Value select(Value condition, Value x, Value y) {
    return b.select(condition, x, y);
  }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value acos(Value x) { return math::AcosOp::create(b, x); }
  Value acosh(Value x) { return math::AcoshOp::create(b, x); }
  Value asin(Value x) { return math::AsinOp::create(b, x); }
  Value asinh(Value x) { return math::AsinhOp::create(b, x); }
  Value atan(Value x) { return math::AtanOp::create(b, x); }
  Value atanh(Value x) { return math::AtanhOp::create(b, x); }
  Value cosh(Value x) { return math::CoshOp::create(b, x); }
  Value erf(Value x) { return math::ErfOp::create(b, x); }
  Value exp(Value x) { return math::ExpOp::create(b, x); }
  Value expm1(Value x) { return math::ExpM1Op::create(b, x); }
  Value log1p(Value x) { return math::Log1pOp::create(b, x); }
  Value roundeven(Value x) { return math::RoundEvenOp::create(b, x); }
  Value sinh(Value x) { return math::SinhOp::create(b, x); }
  Value sqrt(Value x) { return math::SqrtOp::create(b, x); }
  Value tan(Value x) { return math::TanOp::create(b, x); }
  Value tanh(Value x) { return math::TanhOp::create(b, x); }
};
} // namespace

Value narrow::buildUnary(ScalarBuilder &b, nn::UnaryKind kind, Value x,
                         float alpha, float beta) {
  CodeArithmetic arithmetic{b};
  return nn::buildUnary(arithmetic, kind, x, alpha, beta);
}

namespace {
struct UnaryPattern : mlir::OpConversionPattern<nn::UnaryOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::UnaryOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(
        op, b.map(adaptor.getInput(), [&](ScalarBuilder &s, ValueRange args) {
          return buildUnary(s, op.getKind(), args[0], op.getAlphaValue(),
                            op.getBetaValue());
        }));
    return success();
  }
};

struct FakeQuantizePattern : mlir::OpConversionPattern<nn::FakeQuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::FakeQuantizeOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    mlir::quant::UniformQuantizedType type = op.getStoredType();
    auto scale = static_cast<float>(type.getScale());
    // Zero points are whole, so that adding them changes no rounding.
    auto low = float(type.getStorageTypeMin() - type.getZeroPoint()),
         high = float(type.getStorageTypeMax() - type.getZeroPoint());
    rewriter.replaceOp(
        op, b.map(adaptor.getInput(), [&](ScalarBuilder &s, ValueRange args) {
          Value steps =
              math::RoundEvenOp::create(s, s.div(args[0], s.number(scale)));
          steps = s.min(s.max(steps, s.number(low)), s.number(high));
          return s.mul(steps, s.number(scale));
        }));
    return success();
  }
};

/// Scale and zero point of all elements, or the scale of each row (N13).
struct DynamicFakeQuantizePattern
    : mlir::OpConversionPattern<nn::DynamicFakeQuantizeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::DynamicFakeQuantizeOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    Value input = adaptor.getInput();
    int64_t rank = static_cast<int64_t>(getShape(input).size());
    if (op.getPerRow()) {
      Value scale = b.map(
          b.reduce(input, rank - 1, 0.0f,
                   [](ScalarBuilder &s, ValueRange args) -> Value {
                     Value size = math::AbsFOp::create(s, args[0]);
                     return s.select(s.less(args[1], size), size, args[1]);
                   }),
          [](ScalarBuilder &s, ValueRange args) {
            return makeScale(s, args[0], 127);
          });
      rewriter.replaceOp(
          op, b.mapReduced(input, scale, rank - 1,
                           [](ScalarBuilder &s, ValueRange args) {
                             return round(s, args[0], args[1], s.number(-127),
                                          s.number(127));
                           }));
      return success();
    }
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    Value low =
        b.reduce(input, axes, 0.0f, [](ScalarBuilder &s, ValueRange args) {
          return s.select(s.less(args[0], args[1]), args[0], args[1]);
        });
    Value high =
        b.reduce(input, axes, 0.0f, [](ScalarBuilder &s, ValueRange args) {
          return s.select(s.less(args[1], args[0]), args[0], args[1]);
        });
    Value scale = b.map({low, high}, [](ScalarBuilder &s, ValueRange args) {
      return makeScale(s, s.sub(args[1], args[0]), 255);
    });
    Value zero =
        b.map({low, scale}, [](ScalarBuilder &s, ValueRange args) -> Value {
          Value place = s.sub(s.number(0), s.div(args[0], args[1]));
          // NaN is 0.
          place = s.select(s.less(s.number(0), place), place, s.number(0));
          return math::RoundEvenOp::create(s, s.min(place, s.number(255)));
        });
    rewriter.replaceOp(op, b.mapReduced(input, {scale, zero}, axes,
                                        [](ScalarBuilder &s, ValueRange args) {
                                          return round(
                                              s, args[0], args[1],
                                              s.sub(s.number(0), args[2]),
                                              s.sub(s.number(255), args[2]));
                                        }));
    return success();
  }

private:
  static Value makeScale(ScalarBuilder &s, Value width, float steps) {
    Value isZero = mlir::arith::CmpFOp::create(
        s, mlir::arith::CmpFPredicate::OEQ, width, s.number(0));
    return s.select(isZero, s.number(1), s.div(width, s.number(steps)));
  }

  /// Zero points are whole, so that taking them out of the bounds changes no
  /// rounding.
  static Value round(ScalarBuilder &s, Value x, Value scale, Value low,
                     Value high) {
    Value steps = math::RoundEvenOp::create(s, s.div(x, scale));
    return s.mul(s.min(s.max(steps, low), high), scale);
  }
};

struct PreluPattern : mlir::OpConversionPattern<nn::PreluOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::PreluOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> shape = getShape(op.getInput()),
                      slope = getShape(op.getSlope());
    SmallVector<mlir::AffineExpr> all = b.dims(shape.size()), repeated = all;
    for (size_t i = 0; i < shape.size(); ++i)
      if (slope[i] == 1)
        repeated[i] = b.getAffineConstantExpr(0);
    rewriter.replaceOp(
        op, b.nest(shape.size(), adaptor.getOperands(), b.empty(shape),
                   {all, repeated, all}, [](ScalarBuilder &s, ValueRange args) {
                     return s.select(s.less(args[0], s.number(0.0f)),
                                     s.mul(args[1], args[0]), args[0]);
                   }));
    return success();
  }
};
} // namespace

void narrow::populateElementwisePatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<DynamicFakeQuantizePattern, FakeQuantizePattern, UnaryPattern,
               PreluPattern>(patterns.getContext());
}
