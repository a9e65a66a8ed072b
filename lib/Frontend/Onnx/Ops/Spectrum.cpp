//===- Spectrum.cpp - DFT and STFT ----------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both are contractions with constants: a product with the transform's matrix,
// and a convolution whose filters are its rows times the window.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "ImageOps.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

/// What a transform of `length` points gives of `parts` numbers each (1: real,
/// 2: complex): [frequency, real and imaginary, point, part].
static Literal makeTransform(int64_t length, int64_t points, int64_t parts,
                             int64_t frequencies, bool isInverse,
                             ArrayRef<float> window) {
  Literal matrix(DataType::F32, {frequencies, 2, points, parts});
  double sign = isInverse ? 1 : -1, scale = isInverse ? 1.0 / length : 1;
  int64_t at = 0;
  for (int64_t k = 0; k < frequencies; ++k)
    for (int64_t imaginary = 0; imaginary < 2; ++imaginary)
      for (int64_t n = 0; n < points; ++n) {
        // The angle is reduced in integers, so that it is as good for all.
        double angle = 2 * M_PI * double(k * n % length) / double(length);
        double factor = scale * (window.empty() ? 1 : double(window[n]));
        double real = std::cos(angle), other = sign * std::sin(angle);
        for (int64_t part = 0; part < parts; ++part) {
          double value = imaginary == part ? real : imaginary ? other : -other;
          matrix.floats[at++] = static_cast<float>(factor * value);
        }
      }
  return matrix;
}

static LogicalResult checkParts(Node &node, const Tensor &input) {
  int64_t parts = input.shape.back();
  if (parts != 1 && parts != 2)
    return node.error("expected 1 or 2 numbers on the last axis, real or "
                      "complex, found " +
                      Twine(parts));
  return mlir::success();
}

/// Reads one integer from an operand that has to be constant.
static FailureOr<int64_t> getConstantInt(Node &node, size_t operand,
                                         StringRef what) {
  auto values = node.getConstantInts(operand, what);
  if (failed(values))
    return failure();
  if (values->size() != 1)
    return node.error("expected one number as " + what + ", found " +
                      Twine(values->size()));
  return values->front();
}

LogicalResult frontend::importDft(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)) ||
      failed(node.expectRankAtLeast(0, 3)) || failed(checkParts(node, node[0])))
    return failure();
  const Tensor &input = node[0];
  int64_t rank = input.getRank(), given = node.getInt("axis", 1);
  if (node.getOpset() >= 20) {
    given = -2;
    if (node[2]) {
      auto axis = getConstantInt(node, 2, "axis");
      if (failed(axis))
        return failure();
      given = *axis;
    }
  }
  auto axis = node.normalizeAxis(given, rank);
  if (failed(axis))
    return failure();
  if (*axis == rank - 1)
    return node.error("expected an axis in front of the last one, which has "
                      "real and imaginary parts");
  int64_t length = input.shape[*axis], parts = input.shape.back();
  if (node[1]) {
    auto asked = getConstantInt(node, 1, "length");
    if (failed(asked))
      return failure();
    length = *asked;
  }
  if (length < 1)
    return node.error("expected a positive length, found " + Twine(length));
  bool isInverse = node.getInt("inverse", 0) != 0,
       isOneSided = node.getInt("onesided", 0) != 0;
  if (isOneSided && (isInverse || parts == 2))
    return node.unsupported("one side of a complex or inverse transform");
  int64_t frequencies = isOneSided ? length / 2 + 1 : length;
  int64_t points = std::min(length, input.shape[*axis]);
  if (!b.checkConstant({frequencies, 2, points, parts}))
    return failure();

  Tensor taken = b.slice(input, *axis, 0, points, 1);
  SmallVector<int64_t> order, back(rank);
  for (int64_t i = 0; i < rank - 1; ++i)
    if (i != *axis)
      order.push_back(i);
  order.append({*axis, rank - 1});
  for (auto [place, from] : llvm::enumerate(order))
    back[from] = static_cast<int64_t>(place);
  taken = taken ? b.transpose(taken, order) : taken;
  if (!taken)
    return failure();
  Shape shape = taken.shape;
  Tensor rows = b.reshape(
      taken, {taken.getNumElements() / (points * parts), points * parts});
  Tensor matrix =
      b.transpose(b.reshape(Tensor(makeTransform(length, points, parts,
                                                 frequencies, isInverse, {})),
                            {frequencies * 2, points * parts}),
                  {1, 0});
  Tensor result = rows && matrix ? b.matmul(rows, matrix) : Tensor();
  if (!result)
    return failure();
  shape[rank - 2] = frequencies;
  shape[rank - 1] = 2;
  result = b.reshape(result, shape);
  return node.set(0, result ? b.transpose(result, back) : result);
}

LogicalResult frontend::importStft(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
      failed(node.expectRankAtLeast(0, 2)))
    return failure();
  Tensor signal = node[0];
  if (signal.getRank() == 2)
    signal = b.reshape(signal, {signal.shape[0], signal.shape[1], 1});
  if (!signal || signal.getRank() != 3)
    return node.error("expected a signal of rank 2 or 3, found shape " +
                      toString(node[0].shape));
  if (failed(checkParts(node, signal)))
    return failure();
  auto step = getConstantInt(node, 1, "frame step");
  if (failed(step))
    return failure();
  SmallVector<float> window;
  if (node[2]) {
    auto values = node.getConstantFloats(2, "window");
    if (failed(values))
      return failure();
    window = std::move(*values);
  }
  auto length = static_cast<int64_t>(window.size());
  if (node[3]) {
    auto asked = getConstantInt(node, 3, "frame length");
    if (failed(asked))
      return failure();
    length = *asked;
  }
  if (length < 1 || *step < 1 || length > signal.shape[1] ||
      (!window.empty() && static_cast<int64_t>(window.size()) != length))
    return node.error("expected a positive step, and frames as long as the "
                      "window that fit the signal of " +
                      Twine(signal.shape[1]) + ", found a step of " +
                      Twine(*step) + ", frames of " + Twine(length) +
                      " and a window of " + Twine(window.size()));
  int64_t parts = signal.shape[2];
  bool isOneSided = node.getInt("onesided", 1) != 0;
  if (isOneSided && parts == 2)
    return node.unsupported("one side of a complex transform");
  int64_t frequencies = isOneSided ? length / 2 + 1 : length;
  if (!b.checkConstant({frequencies, 2, length, parts}))
    return failure();

  Tensor filters = b.transpose(
      b.reshape(Tensor(makeTransform(length, length, parts, frequencies,
                                     /*isInverse=*/false, window)),
                {frequencies * 2, length, parts}),
      {0, 2, 1});
  Window frames;
  frames.spatialRank = 1;
  frames.kernel = {1, length};
  frames.strides = {1, *step};
  frames.dilations = {1, 1};
  frames.pads = {0, 0, 0, 0};
  Tensor channels = b.transpose(signal, {0, 2, 1});
  if (!channels || !filters)
    return failure();
  Tensor result = emitConv(node, channels, filters, {}, frames, 1);
  result = result ? b.transpose(result, {0, 2, 1}) : result;
  if (!result)
    return failure();
  return node.set(
      0, b.reshape(result, {result.shape[0], result.shape[1], frequencies, 2}));
}
