//===- QuantizeIntegers.cpp - where stored integers are plain ones --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Casts from and to integers, comparisons, positions of maxima, selection and
// gathering by computed indices need no scale once their operands have one
// type: they become the same operations on the stored integers (N53).
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

static UniformQuantizedType getElement(Value value) {
  return cast<UniformQuantizedType>(
      cast<RankedTensorType>(value.getType()).getElementType());
}

/// The bits that a stored integer of `type` has in memory.
static unsigned getContainerBits(UniformQuantizedType type) {
  return fxp::QuantView(type).getContainerBits();
}

/// The bits in which every stored integer of `type` is itself, as a signed one.
static unsigned getSignedBits(UniformQuantizedType type) {
  unsigned bits = getContainerBits(type);
  return type.isSigned() ? bits : 2 * bits;
}

/// Integers of 16 bits as real numbers.
static UniformQuantizedType getPlainType(MLIRContext *context) {
  return UniformQuantizedType::get(
      mlir::quant::QuantizationFlags::Signed, IntegerType::get(context, 16),
      mlir::Float32Type::get(context), 1.0, 0, -32768, 32767);
}

static bool isPlain(UniformQuantizedType type) {
  return type.getScale() == 1 && type.getZeroPoint() == 0;
}

Value Quantizer::getPlain(Value value, unsigned bits) {
  Type element = builder.getIntegerType(bits);
  auto constant = value.getDefiningOp<fxp::ConstantOp>();
  if (!constant)
    return fxp::ToIntegersOp::create(builder, value.getLoc(),
                                     withElementType(value, element), value);
  // Where it is read, as every constant of an operation on integers.
  UniformQuantizedType type = getElement(value);
  SmallVector<int64_t> stored = getIntegers(constant.getValue());
  unsigned own = getContainerBits(type);
  if (!type.isSigned() && bits > own)
    for (int64_t &v : stored)
      v &= (int64_t(1) << own) - 1;
  RankedTensorType shaped = withElementType(value, element);
  return tosa::ConstOp::create(builder, value.getLoc(), shaped,
                               makeConstant(shaped, ArrayRef(stored)));
}

Value Quantizer::getStored(Value plain, UniformQuantizedType type) {
  return fxp::FromIntegersOp::create(builder, plain.getLoc(),
                                     withElementType(plain, type), plain);
}

Refusal Quantizer::replaceByPlain(Operation *op, Value value) {
  converted.insert(op);
  op->getResult(0).replaceAllUsesWith(value);
  ++report.quantizedOps;
  return kConverted;
}

Refusal Quantizer::convertCast(tosa::CastOp op) {
  return isFloatTensor(op.getInput().getType()) ? convertToInteger(op)
                                                : convertFromInteger(op);
}

Refusal Quantizer::convertFromInteger(tosa::CastOp op) {
  Value input = op.getInput();
  auto element = dyn_cast<IntegerType>(
      cast<RankedTensorType>(input.getType()).getElementType());
  if (!element || !isFloatTensor(op.getType()))
    return "no fixed-point form of this operation is known";
  UniformQuantizedType type = getPlanned(op.getOutput());
  if (!type)
    return "no range is known for its result";
  UniformQuantizedType exact =
      isPlain(type) ? type : getPlainType(getContext());
  // Beyond the range of `exact` the type planned must saturate as well.
  double low =
             (type.getStorageTypeMin() - type.getZeroPoint()) * type.getScale(),
         high =
             (type.getStorageTypeMax() - type.getZeroPoint()) * type.getScale();
  if (low < exact.getStorageTypeMin() - 1 ||
      high > exact.getStorageTypeMax() + 1)
    return "its integers need more than 16 bits";
  // Booleans are 0 and 1.
  if (element.getWidth() == 1)
    input = tosa::CastOp::create(builder, op.getLoc(),
                                 withElementType(input, builder.getI32Type()),
                                 input);
  else if (element.getWidth() < getSignedBits(exact))
    input = tosa::CastOp::create(
        builder, op.getLoc(),
        withElementType(input, builder.getIntegerType(getSignedBits(exact))),
        input);
  Value stored = coerce(getStored(input, exact), type);
  return stored ? replace(op, stored) : "its result cannot be rescaled";
}

Refusal Quantizer::convertToInteger(tosa::CastOp op) {
  auto element = dyn_cast<IntegerType>(op.getType().getElementType());
  if (!element || element.getWidth() == 1)
    return "no fixed-point form of this operation is known";
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  UniformQuantizedType type = getElement(input);
  double most = type.getScale() *
                std::max(std::abs(type.getStorageTypeMax() -
                                  static_cast<double>(type.getZeroPoint())),
                         std::abs(type.getStorageTypeMin() -
                                  static_cast<double>(type.getZeroPoint())));
  if (!isPlain(type)) {
    if (most > 32767 || type.getStorageTypeIntegralWidth() > 16)
      return "its integers need more than 16 bits";
    // Ties go to even, as in the cast.
    UniformQuantizedType exact = getPlainType(getContext());
    input = fxp::LookupOp::create(
        builder, op.getLoc(), withElementType(input, exact), input,
        fxp::buildLookupTable(type, exact,
                              [](double x) { return std::nearbyint(x); }));
  }
  Value plain = getPlain(input, 32);
  if (element.getWidth() != 32)
    plain = tosa::CastOp::create(builder, op.getLoc(), op.getType(), plain);
  return replaceByPlain(op, plain);
}

Refusal Quantizer::convertArgMax(tosa::ArgMaxOp op) {
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  // Of one scale the largest integer is the largest value.
  Value plain = getPlain(input, getSignedBits(getElement(input)));
  return replaceByPlain(op, tosa::ArgMaxOp::create(builder, op.getLoc(),
                                                   op.getType(), plain,
                                                   op.getAxis()));
}

template <>
Refusal Quantizer::convertNn(nn::TopKOp op) {
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  Value plain = getPlain(input, getSignedBits(getElement(input)));
  return replaceByPlain(op,
                        nn::TopKOp::create(builder, op.getLoc(), op.getType(),
                                           plain, op.getSmallest()));
}

namespace {
/// The stored integers that dequantise (N11) to at most, or at least, a number.
struct Thresholds {
  UniformQuantizedType type;

  float dequantize(int64_t stored) const {
    return static_cast<float>(stored - type.getZeroPoint()) *
           static_cast<float>(type.getScale());
  }
  /// The first integer that stands for at least `x`, or for more, one beyond
  /// the last if none does.
  int64_t findFirst(float x, bool more) const {
    int64_t low = type.getStorageTypeMin(), high = type.getStorageTypeMax() + 1;
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      float value = dequantize(middle);
      if (more ? value > x : value >= x)
        high = middle;
      else
        low = middle + 1;
    }
    return low;
  }
};
} // namespace

Value Quantizer::getThresholds(Operation *op, Value constant,
                               UniformQuantizedType type, bool isLeft) {
  Thresholds thresholds{type};
  SmallVector<int32_t> numbers;
  for (float x : getFloats(getConstant(constant))) {
    if (std::isnan(x))
      return {};
    if (isa<tosa::EqualOp>(op)) {
      int64_t first = thresholds.findFirst(x, /*more=*/false);
      bool isStored = first <= type.getStorageTypeMax() &&
                      thresholds.dequantize(first) == x;
      numbers.push_back(isStored ? first : type.getStorageTypeMax() + 1);
      continue;
    }
    // `v > c`, `c >= v`: the last integer of at most c. `v >= c`, `c > v`: the
    // first of at least c.
    bool last = isa<tosa::GreaterOp>(op) != isLeft;
    numbers.push_back(thresholds.findFirst(x, last) - (last ? 1 : 0));
  }
  RankedTensorType shaped = withElementType(constant, builder.getI32Type());
  return tosa::ConstOp::create(builder, op->getLoc(), shaped,
                               makeConstant(shaped, ArrayRef(numbers)));
}

Refusal Quantizer::convertComparison(Operation *op) {
  Value sides[2] = {op->getOperand(0), op->getOperand(1)};
  if (!isFloatTensor(sides[0].getType()))
    return "it does not compare f32 values";
  Value plain[2];
  for (int side : {0, 1}) {
    if (!getConstant(sides[side]))
      continue;
    Value other = getQuantized(sides[1 - side]);
    if (!other)
      return "no range is known for an operand";
    if (getElement(other).getStorageTypeIntegralWidth() > 16)
      return "an operand has more than 16 bits";
    plain[1 - side] = getPlain(other, 32);
    plain[side] = getThresholds(op, sides[side], getElement(other), side == 0);
    if (!plain[side])
      return "it compares with a NaN";
    break;
  }
  if (!plain[0]) {
    Value stored[2] = {getQuantized(sides[0]), getQuantized(sides[1])};
    if (!stored[0] || !stored[1])
      return "no range is known for an operand";
    UniformQuantizedType types[2] = {getElement(stored[0]),
                                     getElement(stored[1])};
    if (types[0] != types[1]) {
      RealRange both{0, 0};
      for (UniformQuantizedType type : types)
        both.include(
            {(type.getStorageTypeMin() - type.getZeroPoint()) * type.getScale(),
             (type.getStorageTypeMax() - type.getZeroPoint()) *
                 type.getScale()});
      types[0] = types[1] = chooseWideType(getContext(), both, false);
    }
    for (int side : {0, 1}) {
      if (!(stored[side] = coerce(stored[side], types[side])))
        return "an operand cannot be rescaled";
      plain[side] = getPlain(stored[side], getSignedBits(types[side]));
    }
  }
  mlir::OperationState state(op->getLoc(), op->getName(),
                             mlir::ValueRange{plain[0], plain[1]},
                             op->getResultTypes());
  return replaceByPlain(op, builder.create(state)->getResult(0));
}

Refusal Quantizer::convertPick(Operation *op) {
  Value result = op->getResult(0);
  UniformQuantizedType type = getPlanned(result);
  if (!type)
    return "no range is known for its result";
  unsigned bits = getContainerBits(type);
  SmallVector<Value> operands(op->getOperands());
  for (Value &operand : operands) {
    // Conditions and places are integers already.
    if (!isFloatTensor(operand.getType()))
      continue;
    Value stored = getQuantizedAs(operand, type);
    if (!stored)
      return "no range is known for an operand";
    if (!(stored = coerce(stored, type)))
      return "an operand cannot be rescaled";
    operand = getPlain(stored, bits);
  }
  mlir::OperationState state(
      op->getLoc(), op->getName(), operands,
      withElementType(result, builder.getIntegerType(bits)));
  return replace(op, getStored(builder.create(state)->getResult(0), type));
}

Value Quantizer::maskScores(Value scores, Value mask) {
  UniformQuantizedType type = getElement(scores);
  unsigned bits = std::max(16u, getSignedBits(type));
  // What is wider than the scores' type leaves room below; else they give up a
  // step.
  if (bits != type.getStorageTypeIntegralWidth())
    type = UniformQuantizedType::get(
        mlir::quant::QuantizationFlags::Signed, builder.getIntegerType(bits),
        type.getExpressedType(), type.getScale(), type.getZeroPoint(),
        llvm::minIntN(bits), llvm::maxIntN(bits));
  int64_t lowest = type.getStorageTypeMin();
  Location loc = scores.getLoc();
  RankedTensorType plainType =
      withElementType(scores, builder.getIntegerType(bits));
  auto single = RankedTensorType::get(
      SmallVector<int64_t>(plainType.getRank(), 1), plainType.getElementType());
  auto makeNumber = [&](int64_t number) -> Value {
    return tosa::ConstOp::create(builder, loc, single,
                                 makeConstant(single, ArrayRef(number)));
  };
  Value plain = getPlain(scores, bits);
  if (getElement(scores).getStorageTypeMin() <= lowest)
    plain = tosa::MaximumOp::create(builder, loc, plainType, plain,
                                    makeNumber(lowest + 1));
  return getStored(tosa::SelectOp::create(builder, loc, plainType, mask, plain,
                                          makeNumber(lowest)),
                   type);
}

Value Quantizer::gather(tosa::GatherOp op, Value input, Type resultType) {
  auto result = cast<RankedTensorType>(resultType);
  auto values = cast<RankedTensorType>(input.getType());
  int64_t batches = values.getDimSize(0), rows = values.getDimSize(1),
          inner = values.getDimSize(2), count = result.getDimSize(1);
  Location loc = op.getLoc();
  ElementsAttr constant = getConstant(op.getIndices());
  SmallVector<int64_t> indices;
  if (constant)
    indices = getIntegers(constant);
  bool inRange = llvm::all_of(
      indices, [&](int64_t index) { return index >= 0 && index < rows; });
  if (!constant || !inRange) {
    unsigned bits = getContainerBits(getElement(input));
    Value plain = getPlain(input, bits);
    Value gathered = tosa::GatherOp::create(
        builder, loc, result.clone(builder.getIntegerType(bits)), plain,
        op.getIndices());
    return getStored(gathered, getElement(input));
  }
  ArrayRef<int64_t> first = ArrayRef(indices).take_front(count);
  bool allAlike = true;
  for (int64_t batch = 1; batch < batches; ++batch)
    allAlike &= ArrayRef(indices).slice(batch * count, count) == first;
  if (allAlike)
    return fxp::GatherOp::create(builder, loc, result, input, first, 1);
  // Rows of all batches behind one another.
  for (auto [at, index] : llvm::enumerate(indices))
    index += static_cast<int64_t>(at) / count * rows;
  Value flat = fxp::ReshapeOp::create(
      builder, loc, values.clone({batches * rows, inner}), input);
  Value gathered = fxp::GatherOp::create(
      builder, loc, values.clone({batches * count, inner}), flat, indices, 0);
  return fxp::ReshapeOp::create(builder, loc, result, gathered);
}
