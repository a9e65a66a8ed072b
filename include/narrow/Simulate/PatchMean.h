//===- PatchMean.h - mean input of a contraction ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mean of a contraction's result needs no run of it: it is the product of
// the weights with the mean of what they are multiplied with.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_PATCHMEAN_H
#define NARROW_SIMULATE_PATCHMEAN_H

#include "narrow/Simulate/PatchGeometry.h"
#include <vector>

namespace narrow {

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
  /// Sums what each tap of a kernel row reads of one input row.
  void sumRow(ArrayRef<float> row, MutableArrayRef<double> along) const;

  PatchGeometry geometry;
  std::vector<double> sums;
  int64_t count = 0;
};

} // namespace narrow

#endif // NARROW_SIMULATE_PATCHMEAN_H
