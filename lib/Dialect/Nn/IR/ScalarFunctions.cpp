//===- ScalarFunctions.cpp - what elementwise ops compute -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::nn;
namespace tosa = mlir::tosa;

using One = double (*)(double);
using Two = double (*)(double, double);

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
/// Without overflow for large `x`.
static double softplus(double x) {
  return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)));
}
static double line(double x, double slope, double offset) {
  return std::fmax(0.0, std::fmin(1.0, slope * x + offset));
}

double nn::evaluate(UnaryKind kind, double x, double alpha, double beta) {
  switch (kind) {
  case UnaryKind::Acos:
    return std::acos(x);
  case UnaryKind::Acosh:
    return std::acosh(x);
  case UnaryKind::Asin:
    return std::asin(x);
  case UnaryKind::Asinh:
    return std::asinh(x);
  case UnaryKind::Atan:
    return std::atan(x);
  case UnaryKind::Atanh:
    return std::atanh(x);
  case UnaryKind::Celu:
    return x < 0 ? alpha * std::expm1(x / alpha) : x;
  case UnaryKind::Cosh:
    return std::cosh(x);
  case UnaryKind::Elu:
    return x < 0 ? alpha * std::expm1(x) : x;
  case UnaryKind::Erf:
    return std::erf(x);
  case UnaryKind::Gelu:
    return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
  case UnaryKind::GeluTanh:
    return x / 2 *
           (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case UnaryKind::HardSigmoid:
    return line(x, alpha, beta);
  case UnaryKind::HardSwish:
    return x * line(x, 1.0 / 6, 0.5);
  case UnaryKind::LeakyRelu:
    return x < 0 ? alpha * x : x;
  case UnaryKind::Mish:
    return x * std::tanh(softplus(x));
  case UnaryKind::Round:
    return std::nearbyint(x);
  case UnaryKind::Selu:
    return x > 0 ? beta * x : beta * alpha * std::expm1(x);
  case UnaryKind::Shrink:
    return x < -alpha ? x + beta : x > alpha ? x - beta : 0;
  case UnaryKind::Sign:
    return (x > 0) - (x < 0);
  case UnaryKind::Sinh:
    return std::sinh(x);
  case UnaryKind::Softplus:
    return softplus(x);
  case UnaryKind::Softsign:
    return x / (1 + std::fabs(x));
  case UnaryKind::Sqrt:
    return std::sqrt(x);
  case UnaryKind::Swish:
    return x * sigmoid(alpha * x);
  case UnaryKind::Tan:
    return std::tan(x);
  case UnaryKind::ThresholdedRelu:
    return x > alpha ? x : 0;
  }
  llvm_unreachable("unknown kind of nn.unary");
}

unsigned UnaryOp::getParameterCount(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::Celu:
  case UnaryKind::Elu:
  case UnaryKind::LeakyRelu:
  case UnaryKind::Swish:
  case UnaryKind::ThresholdedRelu:
    return 1;
  case UnaryKind::HardSigmoid:
  case UnaryKind::Selu:
  case UnaryKind::Shrink:
    return 2;
  default:
    return 0;
  }
}

static ScalarFunction one(One function) {
  return {1, [=](ArrayRef<double> x) { return function(x[0]); }};
}
static ScalarFunction two(Two function) {
  return {2, [=](ArrayRef<double> x) { return function(x[0], x[1]); }};
}

static bool ignoresNan(tosa::NanPropagationMode mode) {
  return mode == tosa::NanPropagationMode::IGNORE;
}
/// TOSA's PROPAGATE: NaN if either is NaN.
static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
}
static double minimum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
}

static ScalarFunction getClamp(tosa::ClampOp clamp) {
  auto low = dyn_cast<mlir::FloatAttr>(clamp.getMinVal()),
       high = dyn_cast<mlir::FloatAttr>(clamp.getMaxVal());
  if (!low || !high)
    return {};
  return {1, [l = low.getValueAsDouble(), h = high.getValueAsDouble(),
              ignore = ignoresNan(clamp.getNanMode())](ArrayRef<double> x) {
            if (std::isnan(x[0]))
              return ignore ? l : x[0];
            return std::min(std::max(x[0], l), h);
          }};
}

/// A batch norm that nothing folded: an affine function of each channel.
static ScalarFunction getBatchNorm(BatchNormOp norm) {
  return {5, [epsilon = static_cast<double>(
                  norm.getEpsilon().convertToFloat())](ArrayRef<double> x) {
            double scale = x[1], offset = x[2], mean = x[3], variance = x[4];
            return (x[0] - mean) / std::sqrt(variance + epsilon) * scale +
                   offset;
          }};
}

/// Whether `type` is a tensor of f32 or of booleans.
static bool isScalarType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && (tensor.getElementType().isF32() ||
                    tensor.getElementType().isInteger(1));
}

static ScalarFunction getFunction(Operation *op) {
  return llvm::TypeSwitch<Operation *, ScalarFunction>(op)
      .Case([](UnaryOp unary) -> ScalarFunction {
        return {1, [kind = unary.getKind(),
                    alpha = static_cast<double>(unary.getAlphaValue()),
                    beta = static_cast<double>(unary.getBetaValue())](
                       ArrayRef<double> x) {
                  return nn::evaluate(kind, x[0], alpha, beta);
                }};
      })
      .Case([](PreluOp) {
        return two(
            [](double x, double slope) { return x < 0 ? slope * x : x; });
      })
      .Case([](BatchNormOp norm) { return getBatchNorm(norm); })
      .Case([](tosa::AbsOp) { return one(std::fabs); })
      .Case([](tosa::CeilOp) { return one(std::ceil); })
      .Case([](tosa::ClampOp clamp) { return getClamp(clamp); })
      .Case([](tosa::CosOp) { return one(std::cos); })
      .Case([](tosa::ErfOp) { return one(std::erf); })
      .Case([](tosa::ExpOp) { return one(std::exp); })
      .Case([](tosa::FloorOp) { return one(std::floor); })
      .Case([](tosa::IdentityOp) { return one([](double x) { return x; }); })
      .Case([](tosa::LogOp) { return one(std::log); })
      .Case([](tosa::LogicalNotOp) {
        return one([](double x) -> double { return x == 0; });
      })
      .Case([](tosa::NegateOp) { return one([](double x) { return -x; }); })
      .Case([](tosa::ReciprocalOp) {
        return one([](double x) { return 1 / x; });
      })
      .Case([](tosa::RsqrtOp) {
        return one([](double x) { return 1 / std::sqrt(x); });
      })
      .Case([](tosa::SigmoidOp) { return one(sigmoid); })
      .Case([](tosa::SinOp) { return one(std::sin); })
      .Case([](tosa::TanhOp) { return one(std::tanh); })
      .Case([](tosa::CastOp cast) {
        // Between the two types that there are here.
        return getElementTypeOrSelf(cast.getType()).isF32()
                   ? one([](double x) { return x; })
                   : one([](double x) -> double { return x != 0; });
      })
      .Case([](tosa::AddOp) {
        return two([](double a, double b) { return a + b; });
      })
      .Case([](tosa::SubOp) {
        return two([](double a, double b) { return a - b; });
      })
      .Case([](tosa::MulOp) {
        return two([](double a, double b) { return a * b; });
      })
      .Case([](tosa::PowOp) { return two(std::pow); })
      .Case([](tosa::MaximumOp max) {
        return two(ignoresNan(max.getNanMode()) ? Two(std::fmax) : maximum);
      })
      .Case([](tosa::MinimumOp min) {
        return two(ignoresNan(min.getNanMode()) ? Two(std::fmin) : minimum);
      })
      .Case([](tosa::EqualOp) {
        return two([](double a, double b) -> double { return a == b; });
      })
      .Case([](tosa::GreaterOp) {
        return two([](double a, double b) -> double { return a > b; });
      })
      .Case([](tosa::GreaterEqualOp) {
        return two([](double a, double b) -> double { return a >= b; });
      })
      .Case([](tosa::LogicalAndOp) {
        return two([](double a, double b) -> double { return a && b; });
      })
      .Case([](tosa::LogicalOrOp) {
        return two([](double a, double b) -> double { return a || b; });
      })
      .Case([](tosa::LogicalXorOp) {
        return two([](double a, double b) -> double { return a != b; });
      })
      .Case([](tosa::SelectOp) -> ScalarFunction {
        return {3, [](ArrayRef<double> x) { return x[0] ? x[1] : x[2]; }};
      })
      .Default([](Operation *) { return ScalarFunction(); });
}

ScalarFunction nn::getScalarFunction(Operation *op) {
  if (op->getNumResults() != 1 || !isScalarType(op->getResult(0).getType()))
    return {};
  ScalarFunction function = getFunction(op);
  if (!function || !llvm::all_of(op->getOperands().take_front(function.arity),
                                 [](Value operand) {
                                   return isScalarType(operand.getType());
                                 }))
    return {};
  return function;
}
