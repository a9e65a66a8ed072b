//===- ScalarFunctions.cpp - what elementwise ops compute -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/UnaryFormulas.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::nn;
namespace tosa = mlir::tosa;

using One = double (*)(double);
using Two = double (*)(double, double);

/// TOSA's PROPAGATE: NaN if either is NaN.
static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
}
static double minimum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
}

namespace {
/// The arithmetic of UnaryFormulas.h on the host.
struct DoubleArithmetic {
  double number(double value) { return value; }
  double add(double a, double b) { return a + b; }
  double sub(double a, double b) { return a - b; }
  double mul(double a, double b) { return a * b; }
  double div(double a, double b) { return a / b; }
  double max(double a, double b) { return maximum(a, b); }
  double min(double a, double b) { return minimum(a, b); }
  bool less(double a, double b) { return a < b; }
  double select(bool condition, double a, double b) {
    return condition ? a : b;
  }
  double abs(double x) { return std::fabs(x); }
  double acos(double x) { return std::acos(x); }
  double acosh(double x) { return std::acosh(x); }
  double asin(double x) { return std::asin(x); }
  double asinh(double x) { return std::asinh(x); }
  double atan(double x) { return std::atan(x); }
  double atanh(double x) { return std::atanh(x); }
  double cosh(double x) { return std::cosh(x); }
  double erf(double x) { return std::erf(x); }
  double exp(double x) { return std::exp(x); }
  double expm1(double x) { return std::expm1(x); }
  double log1p(double x) { return std::log1p(x); }
  double roundeven(double x) { return std::nearbyint(x); }
  double sinh(double x) { return std::sinh(x); }
  double sqrt(double x) { return std::sqrt(x); }
  double tan(double x) { return std::tan(x); }
  double tanh(double x) { return std::tanh(x); }
};
} // namespace

double nn::evaluate(UnaryKind kind, double x, double alpha, double beta) {
  DoubleArithmetic b;
  return buildUnary(b, kind, x, alpha, beta);
}

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double nn::evaluate(const GateFunction &function, double x) {
  double alpha = function.alpha, beta = function.beta;
  switch (function.kind) {
  case GateKind::Affine:
    return alpha * x + beta;
  case GateKind::Elu:
    return evaluate(UnaryKind::Elu, x, alpha);
  case GateKind::HardSigmoid:
    return evaluate(UnaryKind::HardSigmoid, x, alpha, beta);
  case GateKind::LeakyRelu:
    return evaluate(UnaryKind::LeakyRelu, x, alpha);
  case GateKind::Relu:
    return std::fmax(x, 0);
  case GateKind::ScaledTanh:
    return alpha * std::tanh(beta * x);
  case GateKind::Sigmoid:
    return sigmoid(x);
  case GateKind::Softplus:
    return evaluate(UnaryKind::Softplus, x);
  case GateKind::Softsign:
    return evaluate(UnaryKind::Softsign, x);
  case GateKind::Tanh:
    return std::tanh(x);
  case GateKind::ThresholdedRelu:
    return evaluate(UnaryKind::ThresholdedRelu, x, alpha);
  }
  llvm_unreachable("unknown activation of a recurrent layer");
}

unsigned nn::getParameterCount(GateKind kind) {
  switch (kind) {
  case GateKind::Elu:
  case GateKind::LeakyRelu:
  case GateKind::ThresholdedRelu:
    return 1;
  case GateKind::Affine:
  case GateKind::HardSigmoid:
  case GateKind::ScaledTanh:
    return 2;
  default:
    return 0;
  }
}

unsigned UnaryOp::getParameterCount(UnaryKind kind) {
  return nn::getParameterCount(kind);
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
