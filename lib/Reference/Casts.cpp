//===- Casts.cpp - between floats and widths (N10, N11, N24, N53) ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "Requantiser.h"
#include <cmath>

using namespace narrow;
using namespace narrow::reference;

/// N10 and N12. Values whose product is beyond 2^31 saturate like any other.
static int32_t quantizeValue(float x, float mean, float factor,
                             int64_t zeroPoint, fxp::IntegerRange range) {
  volatile float difference = x - mean;
  volatile float product = difference * factor;
  if (std::isnan(product))
    return static_cast<int32_t>(zeroPoint);
  double rounded = std::nearbyint(static_cast<double>(product)) +
                   static_cast<double>(zeroPoint);
  return static_cast<int32_t>(std::clamp(rounded, static_cast<double>(range.lo),
                                         static_cast<double>(range.hi)));
}

template <>
LogicalResult reference::evaluate(fxp::QuantizeOp op, Operands operands,
                                  Tensor &result) {
  ArrayRef<float> input = operands[0]->floats();
  fxp::QuantView view = result.getQuantView();
  if (op.normalises()) {
    ArrayRef<int64_t> shape = result.getShape();
    int64_t axis = op.getAxis().value_or(0), inner = 1;
    for (int64_t size :
         shape.drop_front(op.getAxis() ? axis + 1 : shape.size()))
      inner *= size;
    auto channels = static_cast<int64_t>(op.getMean()->size());
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
      int64_t c = i / inner % channels;
      result.stored()[i] =
          quantizeValue(input[i], (*op.getMean())[c], (*op.getFactor())[c],
                        view.getZeroPoint(), view.getStorageRange());
    }
    return success();
  }
  AxisIndex channel(result.getType(), view);
  SmallVector<float> reciprocals;
  for (double scale : view.getScales())
    reciprocals.push_back(static_cast<float>(1.0 / scale));
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t c = view.isPerAxis() ? channel(i) : 0;
    result.stored()[i] =
        quantizeValue(input[i], /*mean=*/0, reciprocals[c],
                      view.getZeroPoint(c), view.getStorageRange());
  }
  return success();
}

// N11.
template <>
LogicalResult reference::evaluate(fxp::DequantizeOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView view = input.getQuantView();
  AxisIndex channel(input.getType(), view);
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t c = view.isPerAxis() ? channel(i) : 0;
    float difference =
        static_cast<float>(int64_t(input.stored()[i]) - view.getZeroPoint(c));
    result.floats()[i] = difference * static_cast<float>(view.getScale(c));
  }
  return success();
}

// N24.
template <>
LogicalResult reference::evaluate(fxp::RequantizeOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView from = input.getQuantView(), to = result.getQuantView();
  AxisIndex channel(result.getType(), to.isPerAxis() ? to : from);
  Requantiser requant(op.getRequant(), result.getType());
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t c = channel(i);
    result.stored()[i] =
        requant(int64_t(input.stored()[i]) - from.getZeroPoint(c), c);
  }
  return success();
}

/// Returns the bits of the plain integers of a tensor.
static unsigned getPlainBits(const Tensor &tensor) {
  return tensor.getType().getElementTypeBitWidth();
}

// N53.
template <>
LogicalResult reference::evaluate(fxp::ToIntegersOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  bool sameBits =
      getPlainBits(result) == input.getQuantView().getContainerBits();
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t value = input.stored()[i];
    result.integers()[i] =
        sameBits && getPlainBits(result) == 8    ? static_cast<int8_t>(value)
        : sameBits && getPlainBits(result) == 16 ? static_cast<int16_t>(value)
                                                 : value;
  }
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::FromIntegersOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView view = result.getQuantView();
  bool sameBits = getPlainBits(input) == view.getContainerBits();
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t value = input.integers()[i];
    if (sameBits && !view.isSigned())
      value = getPlainBits(input) == 8 ? static_cast<uint8_t>(value)
                                       : static_cast<uint16_t>(value);
    result.stored()[i] = static_cast<int32_t>(std::clamp(
        value, view.getStorageRange().lo, view.getStorageRange().hi));
  }
  return success();
}
