//===- UnaryFunctions.cpp - float functions of one value ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnaryFunctions.h"
#include "FloatGraph.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

using Function = std::function<double(double)>;
using BinaryFunction = std::function<double(double, double)>;

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
static double softplus(double x) {
  return x > 30 ? x : std::log1p(std::exp(x));
}
static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

/// The kinds of `nn.unary`, as its description defines them.
static Function getFunction(nn::UnaryKind kind, double alpha, double beta) {
  switch (kind) {
  case nn::UnaryKind::Acos:
    return [](double x) { return std::acos(x); };
  case nn::UnaryKind::Acosh:
    return [](double x) { return std::acosh(x); };
  case nn::UnaryKind::Asin:
    return [](double x) { return std::asin(x); };
  case nn::UnaryKind::Asinh:
    return [](double x) { return std::asinh(x); };
  case nn::UnaryKind::Atan:
    return [](double x) { return std::atan(x); };
  case nn::UnaryKind::Atanh:
    return [](double x) { return std::atanh(x); };
  case nn::UnaryKind::Celu:
    return [=](double x) {
      return std::max(0.0, x) + std::min(0.0, alpha * std::expm1(x / alpha));
    };
  case nn::UnaryKind::Cosh:
    return [](double x) { return std::cosh(x); };
  case nn::UnaryKind::Elu:
    return [=](double x) { return x < 0 ? alpha * std::expm1(x) : x; };
  case nn::UnaryKind::Erf:
    return [](double x) { return std::erf(x); };
  case nn::UnaryKind::Gelu:
    return [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); };
  case nn::UnaryKind::GeluTanh:
    return [](double x) {
      return x / 2 *
             (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    };
  case nn::UnaryKind::HardSigmoid:
    return [=](double x) {
      return std::max(0.0, std::min(1.0, alpha * x + beta));
    };
  case nn::UnaryKind::HardSwish:
    return
        [](double x) { return x * std::max(0.0, std::min(1.0, x / 6 + 0.5)); };
  case nn::UnaryKind::LeakyRelu:
    return [=](double x) { return x < 0 ? alpha * x : x; };
  case nn::UnaryKind::Mish:
    return [](double x) { return x * std::tanh(softplus(x)); };
  case nn::UnaryKind::Round:
    return [](double x) { return std::nearbyint(x); };
  case nn::UnaryKind::Selu:
    return [=](double x) {
      return x > 0 ? beta * x : beta * alpha * std::expm1(x);
    };
  case nn::UnaryKind::Shrink:
    return [=](double x) {
      return x < -alpha ? x + beta : x > alpha ? x - beta : 0;
    };
  case nn::UnaryKind::Sign:
    return sign;
  case nn::UnaryKind::Sinh:
    return [](double x) { return std::sinh(x); };
  case nn::UnaryKind::Softplus:
    return softplus;
  case nn::UnaryKind::Softsign:
    return [](double x) { return x / (1 + std::abs(x)); };
  case nn::UnaryKind::Sqrt:
    return [](double x) { return std::sqrt(x); };
  case nn::UnaryKind::Swish:
    return [=](double x) { return x * sigmoid(alpha * x); };
  case nn::UnaryKind::Tan:
    return [](double x) { return std::tan(x); };
  case nn::UnaryKind::ThresholdedRelu:
    return [=](double x) { return x > alpha ? x : 0; };
  }
  llvm_unreachable("unknown kind of nn.unary");
}

/// Ops with one float operand.
static Function getFunctionOfOne(Operation *op) {
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case([](tosa::AbsOp) -> Function {
        return [](double x) { return std::abs(x); };
      })
      .Case([](tosa::CeilOp) -> Function {
        return [](double x) { return std::ceil(x); };
      })
      .Case([](tosa::ClampOp clamp) -> Function {
        auto low = dyn_cast<mlir::FloatAttr>(clamp.getMinVal()),
             high = dyn_cast<mlir::FloatAttr>(clamp.getMaxVal());
        if (!low || !high)
          return {};
        return [=, l = low.getValueAsDouble(), h = high.getValueAsDouble()](
                   double x) { return std::min(std::max(x, l), h); };
      })
      .Case([](tosa::CosOp) -> Function {
        return [](double x) { return std::cos(x); };
      })
      .Case([](tosa::ErfOp) -> Function {
        return [](double x) { return std::erf(x); };
      })
      .Case([](tosa::ExpOp) -> Function {
        return [](double x) { return std::exp(x); };
      })
      .Case([](tosa::FloorOp) -> Function {
        return [](double x) { return std::floor(x); };
      })
      .Case([](tosa::LogOp) -> Function {
        return [](double x) { return std::log(x); };
      })
      .Case([](tosa::NegateOp) -> Function {
        return [](double x) { return -x; };
      })
      .Case([](tosa::ReciprocalOp) -> Function {
        return [](double x) { return 1 / x; };
      })
      .Case([](tosa::RsqrtOp) -> Function {
        return [](double x) { return 1 / std::sqrt(x); };
      })
      .Case([](tosa::SigmoidOp) -> Function { return sigmoid; })
      .Case([](tosa::SinOp) -> Function {
        return [](double x) { return std::sin(x); };
      })
      .Case([](tosa::TanhOp) -> Function {
        return [](double x) { return std::tanh(x); };
      })
      .Case([](nn::UnaryOp unary) {
        return getFunction(unary.getKind(), unary.getAlphaValue(),
                           unary.getBetaValue());
      })
      .Default([](Operation *) { return Function(); });
}

/// Ops with two float operands of which one may be constant.
static BinaryFunction getFunctionOfTwo(Operation *op) {
  return llvm::TypeSwitch<Operation *, BinaryFunction>(op)
      .Case([](tosa::AddOp) -> BinaryFunction {
        return [](double x, double y) { return x + y; };
      })
      .Case([](tosa::SubOp) -> BinaryFunction {
        return [](double x, double y) { return x - y; };
      })
      .Case([](tosa::MulOp) -> BinaryFunction {
        return [](double x, double y) { return x * y; };
      })
      .Case([](tosa::MaximumOp) -> BinaryFunction {
        return [](double x, double y) { return std::max(x, y); };
      })
      .Case([](tosa::MinimumOp) -> BinaryFunction {
        return [](double x, double y) { return std::min(x, y); };
      })
      .Case([](tosa::PowOp) -> BinaryFunction {
        return [](double x, double y) { return std::pow(x, y); };
      })
      .Case([](nn::PreluOp) -> BinaryFunction {
        return [](double x, double slope) { return x < 0 ? slope * x : x; };
      })
      .Default([](Operation *) { return BinaryFunction(); });
}

/// Returns the constant as one number, or one per position of the last axis of
/// `type`; nothing if it varies along another axis.
static std::optional<SmallVector<float>> getPerChannel(Value value,
                                                       RankedTensorType type) {
  ElementsAttr constant = getConstant(value);
  if (!constant || !isFloatTensor(value.getType()))
    return std::nullopt;
  if (std::optional<double> splat = getSplat(value))
    return SmallVector<float>{static_cast<float>(*splat)};
  int64_t channels = type.getShape().back();
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  if (shape.empty() || shape.back() != channels ||
      constant.getNumElements() != channels)
    return std::nullopt;
  return getFloats(constant);
}

static std::optional<UnaryFunction>
getWithConstant(Operation *op, unsigned variable,
                const BinaryFunction &function) {
  Value input = op->getOperand(variable);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (input.getType() != type || type.getRank() == 0)
    return std::nullopt;
  std::optional<SmallVector<float>> constant =
      getPerChannel(op->getOperand(1 - variable), type);
  if (!constant)
    return std::nullopt;
  UnaryFunction result;
  result.input = input;
  result.channels = constant->size() == 1 ? 0 : constant->size();
  result.evaluate = [=, values = *constant](double x, int64_t channel) {
    double y = values[values.size() == 1 ? 0 : channel];
    return variable == 0 ? function(x, y) : function(y, x);
  };
  return result;
}

/// A batch norm that nothing folded: an affine function of each channel.
static std::optional<UnaryFunction> getBatchNorm(nn::BatchNormOp op) {
  ElementsAttr scale = getConstant(op.getScale()),
               offset = getConstant(op.getOffset());
  ElementsAttr mean = getConstant(op.getMean()),
               variance = getConstant(op.getVariance());
  if (!scale || !offset || !mean || !variance)
    return std::nullopt;
  UnaryFunction result;
  result.input = op.getInput();
  result.channels = scale.getNumElements();
  result.evaluate = [scales = getFloats(scale), offsets = getFloats(offset),
                     means = getFloats(mean), variances = getFloats(variance),
                     epsilon = op.getEpsilon().convertToFloat()](double x,
                                                                 int64_t c) {
    return (x - means[c]) /
               std::sqrt(static_cast<double>(variances[c]) + epsilon) *
               scales[c] +
           offsets[c];
  };
  return result;
}

std::optional<UnaryFunction> quantize::getUnaryFunction(Operation *op) {
  if (op->getNumResults() != 1 || !isFloatTensor(op->getResult(0).getType()))
    return std::nullopt;
  if (auto norm = dyn_cast<nn::BatchNormOp>(op))
    return getBatchNorm(norm);
  if (Function function = getFunctionOfOne(op)) {
    UnaryFunction result;
    result.input = op->getOperand(0);
    result.evaluate = [function](double x, int64_t) { return function(x); };
    return result;
  }
  BinaryFunction function = getFunctionOfTwo(op);
  if (!function)
    return std::nullopt;
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  if (lhs == rhs && !isa<nn::PreluOp>(op)) {
    UnaryFunction result;
    result.input = lhs;
    result.evaluate = [function](double x, int64_t) { return function(x, x); };
    return result;
  }
  if (getConstant(rhs))
    return getWithConstant(op, 0, function);
  if (getConstant(lhs))
    return getWithConstant(op, 1, function);
  return std::nullopt;
}
