//===- QuantizeNorms.cpp - normalisations of rows -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;

namespace {
/// A layer's own numbers with sizes of 1 where they do not vary.
struct LayerConstant {
  SmallVector<int64_t> shape;
  SmallVector<float> values;
};
} // namespace

/// Reads the scale or offset that belongs to the last axes of a tensor of
/// `rank`; a null value is the number `missing`. Nothing for what is no
/// constant.
static std::optional<LayerConstant> readLayer(Value value, int64_t rank,
                                              float missing) {
  LayerConstant result{SmallVector<int64_t>(rank, 1), {missing}};
  if (!value)
    return result;
  ElementsAttr constant = getConstant(value);
  if (!constant)
    return std::nullopt;
  result.values = getFloats(constant);
  if (llvm::all_equal(result.values)) {
    result.values.truncate(1);
    return result;
  }
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  llvm::copy(shape, result.shape.end() - shape.size());
  return result;
}

Refusal Quantizer::convertNorm(Operation *op, ArrayRef<int64_t> axes,
                               bool centred, double epsilon, Value scale,
                               Value offset) {
  UniformQuantizedType type = getPlanned(op->getResult(0));
  if (!type)
    return "no range is known for its result";
  Value input = getQuantized(op->getOperand(0));
  if (!input)
    return "no range is known for its input";
  auto inputType = cast<RankedTensorType>(input.getType());
  int64_t rank = inputType.getRank(), length = 1;
  for (int64_t axis : axes)
    length *= inputType.getDimSize(axis);
  std::optional<LayerConstant> scales = readLayer(scale, rank, 1),
                               offsets = readLayer(offset, rank, 0);
  if (!scales || !offsets)
    return "its scale or its offset is not constant";
  std::string reason;
  auto parameters =
      fxp::chooseNormalize(inputType.getElementType(), type, length, centred,
                           epsilon, scales->values, offsets->values, &reason);
  if (failed(parameters))
    return reason;
  auto tensorOf = [&](ArrayRef<int64_t> shape, unsigned bits) {
    return RankedTensorType::get(shape, builder.getIntegerType(bits));
  };
  return replace(
      op,
      fxp::NormalizeOp::create(
          builder, op->getLoc(), withElementType(op->getResult(0), type), input,
          makeConstant(tensorOf(scales->shape, 32), parameters->scale),
          makeConstant(tensorOf(offsets->shape, 64), parameters->offset), axes,
          centred, parameters->epsilon, parameters->spreadShift,
          parameters->inputShift, parameters->multiplierBits,
          parameters->fractionBits, parameters->shift));
}

static SmallVector<int64_t> axesFrom(int64_t first, Value value) {
  return llvm::to_vector(llvm::seq<int64_t>(
      first, cast<RankedTensorType>(value.getType()).getRank()));
}

template <>
Refusal Quantizer::convertNn(nn::LayerNormOp op) {
  return convertNorm(op, axesFrom(op.getAxis(), op.getInput()),
                     /*centred=*/true, op.getEpsilon().convertToDouble(),
                     op.getScale(), op.getOffset());
}

template <>
Refusal Quantizer::convertNn(nn::RmsNormOp op) {
  SmallVector<int64_t> axes = axesFrom(op.getAxis(), op.getInput());
  double epsilon = op.getEpsilon().convertToDouble();
  if (op.getFloor()) {
    UniformQuantizedType type = getPlanned(op.getInput());
    if (!type)
      return "no range is known for its input";
    // A bound that no row of stored integers but that of zeros comes near:
    // their root is at least a step over that of their number.
    int64_t length = 1;
    for (int64_t axis : axes)
      length *= op.getInput().getType().getDimSize(axis);
    if (epsilon * std::sqrt(static_cast<double>(length)) > type.getScale())
      return "its bound is more than a step of its input";
    epsilon = 0;
  }
  return convertNorm(op, axes, /*centred=*/false, epsilon, op.getScale(),
                     /*offset=*/Value());
}

template <>
Refusal Quantizer::convertNn(nn::InstanceNormOp op) {
  SmallVector<int64_t> axes = axesFrom(1, op.getInput());
  axes.pop_back();
  if (axes.empty())
    return "it has no axis to normalise";
  return convertNorm(op, axes, /*centred=*/true,
                     op.getEpsilon().convertToDouble(), op.getScale(),
                     op.getOffset());
}
