//===- Contractions.cpp - sums of products (N30 to N33) -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "Requantiser.h"

using namespace narrow;
using namespace narrow::reference;

/// Returns q - z for every element, the zero point being that of its channel.
static std::vector<int32_t> subtractZeroPoints(const Tensor &tensor) {
  fxp::QuantView view = tensor.getQuantView();
  AxisIndex channel(tensor.getType(), view);
  std::vector<int32_t> values(tensor.stored().begin(), tensor.stored().end());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] -= static_cast<int32_t>(
        view.getZeroPoint(channel(static_cast<int64_t>(i))));
  return values;
}

/// Returns the sum of `count` products.
static int64_t dot(const int32_t *a, const int32_t *b, int64_t count) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += int64_t(a[i]) * b[i];
  return sum;
}

/// Requantises `a` into `result[position]`; an accumulator that leaves its
/// width is an error, for generated code would wrap.
static LogicalResult store(Operation *op, const Requantiser &requant,
                           unsigned bits, int64_t a, int64_t channel,
                           int64_t position, Tensor &result) {
  if (!requant.fits(a, channel, bits))
    return op->emitError("expected the accumulator of output channel ")
           << channel << " to fit i" << bits << ", found " << a;
  result.stored()[position] = requant(a, channel);
  return success();
}

static unsigned accumulatorBits(const Tensor &bias) {
  return bias.getType().getElementTypeBitWidth();
}

// N30.
template <>
LogicalResult reference::evaluate(fxp::Conv2DOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0], &weights = *operands[1],
               &bias = *operands[2];
  std::vector<int32_t> x = subtractZeroPoints(input),
                       w = subtractZeroPoints(weights);
  Requantiser requant(op.getRequant(), result.getType());
  unsigned bits = accumulatorBits(bias);

  int64_t height = input.getDim(1), width = input.getDim(2),
          depth = input.getDim(3);
  int64_t outHeight = result.getDim(1), outWidth = result.getDim(2),
          outDepth = result.getDim(3);
  int64_t kernelHeight = weights.getDim(1), kernelWidth = weights.getDim(2);
  int64_t groupDepth = weights.getDim(3);
  int64_t groupOutputs = outDepth / static_cast<int64_t>(op.getGroups());
  WindowAxis rows{height, kernelHeight, op.getStrides()[0],
                  op.getDilations()[0], op.getPads()[0]};
  WindowAxis columns{width, kernelWidth, op.getStrides()[1],
                     op.getDilations()[1], op.getPads()[1]};

  int64_t position = 0;
  for (int64_t n = 0; n < result.getDim(0); ++n)
    for (int64_t oy = 0; oy < outHeight; ++oy) {
      int64_t rowBegin = rows.begin(oy), rowEnd = rows.end(oy);
      for (int64_t ox = 0; ox < outWidth; ++ox) {
        int64_t columnBegin = columns.begin(ox), columnEnd = columns.end(ox);
        for (int64_t o = 0; o < outDepth; ++o, ++position) {
          const int32_t *group = x.data() + o / groupOutputs * groupDepth;
          int64_t a = bias.integers()[o];
          for (int64_t ky = rowBegin; ky < rowEnd; ++ky)
            for (int64_t kx = columnBegin; kx < columnEnd; ++kx) {
              int64_t pixel = (n * height + rows.position(oy, ky)) * width +
                              columns.position(ox, kx);
              int64_t tap = (o * kernelHeight + ky) * kernelWidth + kx;
              a += dot(group + pixel * depth, w.data() + tap * groupDepth,
                       groupDepth);
            }
          if (failed(store(op, requant, bits, a, o, position, result)))
            return failure();
        }
      }
    }
  return success();
}

// N31.
template <>
LogicalResult reference::evaluate(fxp::TransposedConv2DOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0], &weights = *operands[1],
               &bias = *operands[2];
  std::vector<int32_t> x = subtractZeroPoints(input),
                       w = subtractZeroPoints(weights);
  Requantiser requant(op.getRequant(), result.getType());

  int64_t height = input.getDim(1), width = input.getDim(2),
          depth = input.getDim(3);
  int64_t outHeight = result.getDim(1), outWidth = result.getDim(2),
          outDepth = result.getDim(3);
  int64_t kernelHeight = weights.getDim(1), kernelWidth = weights.getDim(2);
  int64_t groupDepth = weights.getDim(3);
  int64_t groupOutputs = outDepth / static_cast<int64_t>(op.getGroups());

  std::vector<int64_t> sums(result.getNumElements());
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = bias.integers()[static_cast<int64_t>(i) % outDepth];
  for (int64_t n = 0; n < input.getDim(0); ++n)
    for (int64_t y = 0; y < height; ++y)
      for (int64_t column = 0; column < width; ++column)
        for (int64_t ky = 0; ky < kernelHeight; ++ky)
          for (int64_t kx = 0; kx < kernelWidth; ++kx) {
            int64_t oy = y * op.getStrides()[0] + ky * op.getDilations()[0] -
                         op.getPads()[0];
            int64_t ox = column * op.getStrides()[1] +
                         kx * op.getDilations()[1] - op.getPads()[1];
            if (oy < 0 || oy >= outHeight || ox < 0 || ox >= outWidth)
              continue;
            const int32_t *pixel =
                x.data() + ((n * height + y) * width + column) * depth;
            int64_t *out =
                sums.data() + ((n * outHeight + oy) * outWidth + ox) * outDepth;
            for (int64_t o = 0; o < outDepth; ++o) {
              int64_t tap = (o * kernelHeight + ky) * kernelWidth + kx;
              out[o] += dot(pixel + o / groupOutputs * groupDepth,
                            w.data() + tap * groupDepth, groupDepth);
            }
          }
  unsigned bits = accumulatorBits(bias);
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
    if (failed(store(op, requant, bits, sums[i], i % outDepth, i, result)))
      return failure();
  return success();
}

// N32.
template <>
LogicalResult reference::evaluate(fxp::FullyConnectedOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0], &weights = *operands[1],
               &bias = *operands[2];
  std::vector<int32_t> x = subtractZeroPoints(input),
                       w = subtractZeroPoints(weights);
  Requantiser requant(op.getRequant(), result.getType());
  int64_t outputs = weights.getDim(0), depth = weights.getDim(1);
  unsigned bits = accumulatorBits(bias);
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t row = i / outputs, o = i % outputs;
    int64_t a = bias.integers()[o] +
                dot(x.data() + row * depth, w.data() + o * depth, depth);
    if (failed(store(op, requant, bits, a, o, i, result)))
      return failure();
  }
  return success();
}

// N33.
template <>
LogicalResult reference::evaluate(fxp::MatMulOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &lhs = *operands[0], &rhs = *operands[1];
  std::vector<int32_t> l = subtractZeroPoints(lhs), r = subtractZeroPoints(rhs);
  Requantiser requant(op.getRequant(), result.getType());
  int64_t rows = lhs.getDim(1), depth = lhs.getDim(2), columns = rhs.getDim(2);
  // What the types allow to leave i32 is i64 (N34).
  int64_t largest = depth * lhs.getQuantView().getCenteredRange().maxAbs() *
                    rhs.getQuantView().getCenteredRange().maxAbs();
  unsigned bits = largest > INT32_MAX ? 64 : 32;
  int64_t position = 0;
  for (int64_t b = 0; b < lhs.getDim(0); ++b)
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t n = 0; n < columns; ++n, ++position) {
        int64_t a = 0;
        for (int64_t k = 0; k < depth; ++k)
          a += int64_t(l[(b * rows + m) * depth + k]) *
               r[(b * depth + k) * columns + n];
        if (failed(store(op, requant, bits, a, n, position, result)))
          return failure();
      }
  return success();
}
