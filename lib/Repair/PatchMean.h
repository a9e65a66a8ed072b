//===- PatchMean.h - mean input of a contraction ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mean of a contraction's result needs no run of it: it is the product of
// the weights with the mean of what they are multiplied with.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_PATCHMEAN_H
#define NARROW_LIB_REPAIR_PATCHMEAN_H

#include "narrow/Support/LLVM.h"
#include <vector>

namespace narrow {

/// Sizes of a convolution; a fully connected layer is one with a kernel of 1
/// over a column of rows.
struct PatchGeometry {
  int64_t batch = 1, height = 1, width = 1, channels = 1;
  int64_t outHeight = 1, outWidth = 1;
  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t strides[2] = {1, 1}, dilations[2] = {1, 1};
  int64_t top = 0, left = 0;
  int64_t groups = 1;
};

/// Accumulates the mean over output positions and samples of each element of
/// the input patch, [kernelHeight, kernelWidth, channels]; positions outside
/// the input count as 0.
class PatchMean {
public:
  explicit PatchMean(const PatchGeometry &geometry);

  /// Adds one sample's input, NHWC, real values.
  void add(ArrayRef<float> input);

  /// Returns the mean of `sum of weights[o] * patch` for each output channel;
  /// `weights` is [O, kernelHeight, kernelWidth, channels / groups].
  std::vector<double> multiply(ArrayRef<float> weights, int64_t outputs) const;

private:
  PatchGeometry geometry;
  std::vector<double> sums;
  int64_t count = 0;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_PATCHMEAN_H
