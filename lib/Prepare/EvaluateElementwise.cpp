//===- EvaluateElementwise.cpp - elementwise ops on constants -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "Evaluate.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <functional>

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

std::optional<Elements> prepare::readElements(Value value) {
  ElementsAttr attr = matchConstant(value);
  if (!attr)
    return std::nullopt;
  Elements result;
  result.type = cast<RankedTensorType>(value.getType());
  Type element = attr.getElementType();
  if (element.isF32()) {
    auto values = getFloats(attr);
    result.floats.assign(values.begin(), values.end());
    return result;
  }
  if (!element.isSignlessInteger() || element.getIntOrFloatBitWidth() > 64)
    return std::nullopt;
  auto values = getIntegers(attr);
  result.integers.assign(values.begin(), values.end());
  return result;
}

ElementsAttr prepare::writeElements(const Elements &elements) {
  if (elements.isFloat())
    return makeConstant(elements.type, ArrayRef<float>(elements.floats));
  return makeConstant(elements.type, ArrayRef<int64_t>(elements.integers));
}

SmallVector<int64_t, 0> prepare::getBroadcastIndices(ArrayRef<int64_t> from,
                                                     ArrayRef<int64_t> to) {
  size_t rank = to.size();
  SmallVector<int64_t> steps(rank, 0), index(rank, 0);
  int64_t stride = 1;
  for (size_t i = rank; i-- > 0;) {
    steps[i] = from[i] == 1 ? 0 : stride;
    stride *= from[i];
  }
  int64_t count = ShapedType::getNumElements(to), offset = 0;
  SmallVector<int64_t, 0> result;
  result.reserve(count);
  while (static_cast<int64_t>(result.size()) < count) {
    result.push_back(offset);
    for (size_t i = rank; i-- > 0;) {
      offset += steps[i];
      if (++index[i] < to[i])
        break;
      offset -= steps[i] * to[i];
      index[i] = 0;
    }
  }
  return result;
}

using IntegerUnary = std::function<int64_t(int64_t)>;

/// Returns a clamp's bound.
static int64_t getIntegerBound(Attribute bound) {
  auto attr = dyn_cast<mlir::IntegerAttr>(bound);
  return attr ? attr.getValue().getSExtValue() : 0;
}

static IntegerUnary getIntegerUnary(Operation *op) {
  return llvm::TypeSwitch<Operation *, IntegerUnary>(op)
      .Case([](tosa::AbsOp) {
        return [](int64_t x) { return x < 0 ? int64_t(-uint64_t(x)) : x; };
      })
      .Case([](tosa::BitwiseNotOp) { return [](int64_t x) { return ~x; }; })
      .Case([](tosa::LogicalNotOp) {
        return [](int64_t x) { return int64_t(x == 0); };
      })
      .Case([](tosa::IdentityOp) { return [](int64_t x) { return x; }; })
      .Case([](tosa::ClampOp clamp) -> IntegerUnary {
        int64_t low = getIntegerBound(clamp.getMinVal());
        int64_t high = getIntegerBound(clamp.getMaxVal());
        return [=](int64_t x) { return std::min(std::max(x, low), high); };
      })
      .Case([](tosa::NegateOp negate) -> IntegerUnary {
        if (!isZero(negate.getInput1Zp()) || !isZero(negate.getOutputZp()))
          return nullptr;
        return [](int64_t x) { return int64_t(-uint64_t(x)); };
      })
      .Default([](Operation *) { return nullptr; });
}

/// TOSA's cast of floats to integers: to nearest, ties to even, saturating; NaN
/// has no value there.
static std::optional<int64_t> castToInteger(float value, unsigned width) {
  if (std::isnan(value))
    return std::nullopt;
  if (width == 1)
    return value != 0;
  double rounded = std::nearbyint(static_cast<double>(value));
  double limit = std::ldexp(1.0, width - 1);
  if (rounded >= limit)
    return llvm::maxIntN(width);
  if (rounded < -limit)
    return llvm::minIntN(width);
  return static_cast<int64_t>(rounded);
}

static std::optional<Elements> evaluateCast(Operation *op) {
  std::optional<Elements> in = readElements(op->getOperand(0));
  Elements out;
  out.type = cast<RankedTensorType>(op->getResult(0).getType());
  Type element = out.type.getElementType();
  if (!in || !(element.isF32() || element.isSignlessInteger()))
    return std::nullopt;
  if (in->isFloat() && element.isF32()) {
    out.floats = in->floats;
  } else if (in->isFloat()) {
    for (float value : in->floats) {
      auto integer = castToInteger(value, element.getIntOrFloatBitWidth());
      if (!integer)
        return std::nullopt;
      out.integers.push_back(*integer);
    }
  } else if (element.isF32()) {
    out.floats.assign(in->integers.begin(), in->integers.end());
  } else {
    bool toBoolean = element.isInteger(1);
    for (int64_t value : in->integers)
      out.integers.push_back(toBoolean ? value != 0 : value);
  }
  return out;
}

using IntegerBinary = std::function<int64_t(int64_t, int64_t)>;

static IntegerBinary getIntegerBinary(Operation *op) {
  return llvm::TypeSwitch<Operation *, IntegerBinary>(op)
      .Case([](tosa::AddOp) {
        return [](int64_t a, int64_t b) { return int64_t(uint64_t(a) + b); };
      })
      .Case([](tosa::SubOp) {
        return [](int64_t a, int64_t b) { return int64_t(uint64_t(a) - b); };
      })
      .Case([](tosa::MulOp mul) -> IntegerBinary {
        if (!isZero(mul.getShift()))
          return nullptr;
        return [](int64_t a, int64_t b) { return int64_t(uint64_t(a) * b); };
      })
      .Case([](tosa::MaximumOp) {
        return [](int64_t a, int64_t b) { return std::max(a, b); };
      })
      .Case([](tosa::MinimumOp) {
        return [](int64_t a, int64_t b) { return std::min(a, b); };
      })
      .Case<tosa::BitwiseAndOp, tosa::LogicalAndOp>(
          [](auto) { return std::bit_and<int64_t>(); })
      .Case<tosa::BitwiseOrOp, tosa::LogicalOrOp>(
          [](auto) { return std::bit_or<int64_t>(); })
      .Case<tosa::BitwiseXorOp, tosa::LogicalXorOp>(
          [](auto) { return std::bit_xor<int64_t>(); })
      .Case([](tosa::EqualOp) { return std::equal_to<int64_t>(); })
      .Case([](tosa::GreaterOp) { return std::greater<int64_t>(); })
      .Case([](tosa::GreaterEqualOp) { return std::greater_equal<int64_t>(); })
      .Default([](Operation *) { return nullptr; });
}

/// Division rounds to zero; by zero it gives zero, and of the least integer by
/// -1 it wraps around (N70).
static int64_t divide(int64_t value, int64_t divisor, unsigned width) {
  if (divisor == 0)
    return 0;
  if (divisor == -1 && value == llvm::minIntN(width))
    return value;
  return value / divisor;
}

static std::optional<Elements> evaluateBinary(Operation *op) {
  auto a = readElements(op->getOperand(0));
  auto b = readElements(op->getOperand(1));
  Elements out;
  out.type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!a || !b || a->type.getRank() != out.type.getRank() ||
      b->type.getRank() != out.type.getRank() || a->isFloat() != b->isFloat())
    return std::nullopt;
  auto indicesA = getBroadcastIndices(a->shape(), out.shape());
  auto indicesB = getBroadcastIndices(b->shape(), out.shape());
  auto apply = [&](auto &function, auto &valuesA, auto &valuesB, auto &result) {
    for (auto [ia, ib] : llvm::zip(indicesA, indicesB))
      result.push_back(function(valuesA[ia], valuesB[ib]));
  };
  if (a->isFloat()) {
    nn::ScalarFunction function = nn::getScalarFunction(op);
    if (function.arity != 2)
      return std::nullopt;
    auto ofTwo = [&](float x, float y) { return function.evaluate({x, y}); };
    if (out.isFloat())
      apply(ofTwo, a->floats, b->floats, out.floats);
    else
      apply(ofTwo, a->floats, b->floats, out.integers);
    return out;
  }
  if (isa<tosa::IntDivOp>(op)) {
    auto quotient = [width = a->type.getElementTypeBitWidth()](
                        int64_t x, int64_t y) { return divide(x, y, width); };
    apply(quotient, a->integers, b->integers, out.integers);
    return out;
  }
  IntegerBinary function = getIntegerBinary(op);
  if (!function)
    return std::nullopt;
  apply(function, a->integers, b->integers, out.integers);
  return out;
}

static std::optional<Elements> evaluateSelect(tosa::SelectOp op) {
  auto condition = readElements(op.getInput1());
  auto a = readElements(op.getInput2());
  auto b = readElements(op.getInput3());
  if (!condition || !a || !b)
    return std::nullopt;
  Elements out;
  out.type = cast<RankedTensorType>(op.getType());
  auto indices = getBroadcastIndices(condition->shape(), out.shape());
  auto indicesA = getBroadcastIndices(a->shape(), out.shape());
  auto indicesB = getBroadcastIndices(b->shape(), out.shape());
  for (auto [i, ia, ib] : llvm::zip(indices, indicesA, indicesB)) {
    bool first = condition->integers[i] != 0;
    if (out.isFloat())
      out.floats.push_back(first ? a->floats[ia] : b->floats[ib]);
    else
      out.integers.push_back(first ? a->integers[ia] : b->integers[ib]);
  }
  return out;
}

std::optional<Elements> prepare::evaluateElementwise(Operation *op) {
  if (isa<tosa::CastOp>(op))
    return evaluateCast(op);
  if (auto select = dyn_cast<tosa::SelectOp>(op))
    return evaluateSelect(select);
  nn::ScalarFunction onFloat = nn::getScalarFunction(op);
  IntegerUnary integerUnary = getIntegerUnary(op);
  if (onFloat.arity == 1 || integerUnary) {
    std::optional<Elements> in = readElements(op->getOperand(0));
    if (!in || (in->isFloat() ? onFloat.arity != 1 : !integerUnary))
      return std::nullopt;
    for (float &value : in->floats)
      value = static_cast<float>(onFloat.evaluate(value));
    for (int64_t &value : in->integers)
      value = integerUnary(value);
    return in;
  }
  if (op->getNumOperands() >= 2 && (isa<tosa::MulOp, tosa::IntDivOp>(op) ||
                                    onFloat.arity == 2 || getIntegerBinary(op)))
    return evaluateBinary(op);
  return std::nullopt;
}
