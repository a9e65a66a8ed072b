//===- Dynamic.cpp - scales found at run time (N13, N14) ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h"
#include <cmath>

using namespace narrow;
using namespace narrow::reference;

/// rne(real), NaN as 0; what is beyond every storage range may be anything
/// beyond it.
static int64_t round(float real) {
  if (std::isnan(real))
    return 0;
  return static_cast<int64_t>(
      std::clamp(std::nearbyint(static_cast<double>(real)), -1e6, 1e6));
}

static float divide(float x, float y) {
  volatile float quotient = x / y;
  return quotient;
}

/// One scale and zero point for all elements.
static void quantizeShared(fxp::DynamicQuantizeOp op, ArrayRef<float> input,
                           MutableArrayRef<Tensor> results) {
  float lo = 0, hi = 0;
  for (float x : input) {
    lo = x < lo ? x : lo;
    hi = x > hi ? x : hi;
  }
  volatile float width = hi - lo;
  float scale = hi == lo ? 1.0f : divide(width, 255.0f);
  volatile float place = 0.0f - divide(lo, scale);
  int64_t zero = std::clamp<int64_t>(round(place), 0, 255);
  results[1].floats()[0] = scale;
  results[1].floats()[1] = static_cast<float>(zero);

  ArrayRef<int64_t> from = op.getInput().getType().getShape(),
                    to = results[0].getShape();
  llvm::fill(results[0].stored(), static_cast<int32_t>(zero));
  SmallVector<int64_t> strides = getStrides(to), first(to.size(), 0);
  if (op.getPads()) {
    first[1] = (*op.getPads())[0];
    first[2] = (*op.getPads())[1];
  }
  size_t next = 0;
  forEachIndex(from, [&](ArrayRef<int64_t> index) {
    int64_t at = 0;
    for (size_t axis = 0; axis < to.size(); ++axis)
      at += (index[axis] + first[axis]) * strides[axis];
    results[0].stored()[at] = static_cast<int32_t>(std::clamp<int64_t>(
        round(divide(input[next++], scale)) + zero, 0, 255));
  });
}

// N13.
template <>
LogicalResult reference::evaluate(fxp::DynamicQuantizeOp op, Operands operands,
                                  MutableArrayRef<Tensor> results) {
  ArrayRef<float> input = operands[0]->floats();
  if (!op.getPerRow()) {
    quantizeShared(op, input, results);
    return success();
  }
  size_t depth = results[0].getShape().back();
  for (size_t row = 0; row * depth < input.size(); ++row) {
    float largest = 0;
    for (float x : input.slice(row * depth, depth))
      largest = std::abs(x) > largest ? std::abs(x) : largest;
    float scale = largest == 0 ? 1.0f : divide(largest, 127.0f);
    results[1].floats()[row] = scale;
    for (size_t i = row * depth; i < (row + 1) * depth; ++i)
      results[0].stored()[i] = static_cast<int32_t>(
          std::clamp<int64_t>(round(divide(input[i], scale)), -127, 127));
  }
  return success();
}

// N14.
template <>
LogicalResult reference::evaluate(fxp::DynamicDequantizeOp op,
                                  Operands operands, Tensor &result) {
  const Tensor &sums = *operands[0];
  ArrayRef<float> parameters = operands[1]->floats();
  fxp::QuantView view = sums.getQuantView();
  auto channels = static_cast<size_t>(result.getShape().back());
  for (size_t i = 0, e = result.getNumElements(); i < e; ++i) {
    size_t c = i % channels, row = i / channels;
    int64_t a = sums.stored()[i];
    float scale = parameters[op.getWeightSums() ? 0 : row];
    if (op.getWeightSums())
      a -= (static_cast<int64_t>(parameters[1]) - 128) *
           (*op.getWeightSums())[c];
    if (!fxp::kInt32Range.contains(a))
      return op.emitError("the sum of output channel ")
             << static_cast<int64_t>(c) << " leaves 32 bits (N14)";
    volatile float factor =
        scale * static_cast<float>(view.getScale(view.isPerAxis() ? c : 0));
    volatile float real = static_cast<float>(a);
    volatile float product = real * factor;
    volatile float total =
        op.getBias() ? product + (*op.getBias())[c] : product;
    result.floats()[i] = total;
  }
  return success();
}
