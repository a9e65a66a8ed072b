//===- ElementwisePatterns.cpp - formulas of elementwise functions --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
namespace math = mlir::math;

/// Returns `log(1 + exp(x))` without overflow for large `x`.
static Value buildSoftplus(ScalarBuilder &b, Value x) {
  Value magnitude = math::AbsFOp::create(b, x);
  Value decay = math::ExpOp::create(b, b.sub(b.number(0.0f), magnitude));
  return b.add(b.max(x, b.number(0.0f)), math::Log1pOp::create(b, decay));
}

/// Returns `max(0, min(1, slope * x + offset))`.
static Value buildHardSigmoid(ScalarBuilder &b, Value x, float slope,
                              float offset) {
  Value line = b.add(b.mul(x, b.number(slope)), b.number(offset));
  return b.max(b.number(0.0f), b.min(b.number(1.0f), line));
}

/// Returns the value of function `kind` at `x`, in f32. The table of formulas
/// is in the op's description.
static Value buildUnary(ScalarBuilder &b, nn::UnaryKind kind, Value x,
                        float alpha, float beta) {
  Value zero = b.number(0.0f), one = b.number(1.0f);
  switch (kind) {
  case nn::UnaryKind::Acos:
    return math::AcosOp::create(b, x);
  case nn::UnaryKind::Acosh:
    return math::AcoshOp::create(b, x);
  case nn::UnaryKind::Asin:
    return math::AsinOp::create(b, x);
  case nn::UnaryKind::Asinh:
    return math::AsinhOp::create(b, x);
  case nn::UnaryKind::Atan:
    return math::AtanOp::create(b, x);
  case nn::UnaryKind::Atanh:
    return math::AtanhOp::create(b, x);
  case nn::UnaryKind::Cosh:
    return math::CoshOp::create(b, x);
  case nn::UnaryKind::Erf:
    return math::ErfOp::create(b, x);
  case nn::UnaryKind::Round:
    return math::RoundEvenOp::create(b, x);
  case nn::UnaryKind::Sinh:
    return math::SinhOp::create(b, x);
  case nn::UnaryKind::Sqrt:
    return math::SqrtOp::create(b, x);
  case nn::UnaryKind::Tan:
    return math::TanOp::create(b, x);
  case nn::UnaryKind::Celu: {
    Value decay = math::ExpM1Op::create(b, b.div(x, b.number(alpha)));
    return b.add(b.max(zero, x), b.min(zero, b.mul(b.number(alpha), decay)));
  }
  case nn::UnaryKind::Elu:
    return b.select(b.less(x, zero),
                    b.mul(b.number(alpha), math::ExpM1Op::create(b, x)), x);
  case nn::UnaryKind::Selu: {
    Value decay = b.mul(b.number(alpha), math::ExpM1Op::create(b, x));
    return b.mul(b.number(beta), b.select(b.less(x, zero), decay, x));
  }
  case nn::UnaryKind::Gelu: {
    Value erf = math::ErfOp::create(b, b.mul(x, b.number(0.70710678118f)));
    return b.mul(b.mul(x, b.number(0.5f)), b.add(one, erf));
  }
  case nn::UnaryKind::GeluTanh: {
    Value cube = b.mul(b.mul(x, x), x);
    Value inner = b.mul(b.number(0.79788456080f),
                        b.add(x, b.mul(b.number(0.044715f), cube)));
    return b.mul(b.mul(x, b.number(0.5f)),
                 b.add(one, math::TanhOp::create(b, inner)));
  }
  case nn::UnaryKind::HardSigmoid:
    return buildHardSigmoid(b, x, alpha, beta);
  case nn::UnaryKind::HardSwish:
    return b.mul(x, buildHardSigmoid(b, x, 1.0f / 6.0f, 0.5f));
  case nn::UnaryKind::LeakyRelu:
    return b.select(b.less(x, zero), b.mul(b.number(alpha), x), x);
  case nn::UnaryKind::Mish:
    return b.mul(x, math::TanhOp::create(b, buildSoftplus(b, x)));
  case nn::UnaryKind::Shrink: {
    Value low =
        b.select(b.less(x, b.number(-alpha)), b.add(x, b.number(beta)), zero);
    return b.select(b.less(b.number(alpha), x), b.sub(x, b.number(beta)), low);
  }
  case nn::UnaryKind::Sign:
    return b.select(b.less(zero, x), one,
                    b.select(b.less(x, zero), b.number(-1.0f), zero));
  case nn::UnaryKind::Softplus:
    return buildSoftplus(b, x);
  case nn::UnaryKind::Softsign:
    return b.div(x, b.add(one, math::AbsFOp::create(b, x)));
  case nn::UnaryKind::Swish: {
    Value decay = math::ExpOp::create(b, b.mul(b.number(-alpha), x));
    return b.div(x, b.add(one, decay));
  }
  case nn::UnaryKind::ThresholdedRelu:
    return b.select(b.less(b.number(alpha), x), x, zero);
  }
  llvm_unreachable("unknown unary kind");
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
  patterns.add<UnaryPattern, PreluPattern>(patterns.getContext());
}
