//===- ResizeTaps.h - interpolation weights of nn.resize -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resizing is separable and its positions are static: each axis of the result
// is a sum of a few input positions with constant weights. Positions follow the
// ONNX specification of Resize.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_RESIZETAPS_H
#define NARROW_DIALECT_NN_IR_RESIZETAPS_H

#include "narrow/Dialect/Nn/IR/NnOps.h"

namespace narrow::nn {

/// Where one axis of a resized image comes from. Result position `i` is the sum
/// over `t < count` of `weights[i * count + t] * input[indices[i * count +
/// t]]`; indices lie inside the input.
struct ResizeTaps {
  int64_t count = 0;
  std::vector<int64_t> indices;
  std::vector<float> weights;
  /// False for result positions that take the extrapolation value (cropping
  /// alone).
  std::vector<bool> inside;
};

/// Returns the input position, in input pixels and not yet clamped to the
/// image, of result position `at` along image axis 0 (height) or 1 (width).
double getResizePosition(ResizeOp op, unsigned axis, int64_t at);

/// Computes the taps of image axis 0 (height) or 1 (width).
ResizeTaps computeResizeTaps(ResizeOp op, unsigned axis);

} // namespace narrow::nn

#endif // NARROW_DIALECT_NN_IR_RESIZETAPS_H
