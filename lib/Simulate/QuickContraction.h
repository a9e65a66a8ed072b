//===- QuickContraction.h - contractions on many samples -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference interpreter is written to be read, and repairs run it on many
// samples. This computes the same sums in loops that the compiler vectorises;
// only the requantisation is not the defined one but its real value, rounded.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_SIMULATE_QUICKCONTRACTION_H
#define NARROW_LIB_SIMULATE_QUICKCONTRACTION_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Simulate/PatchGeometry.h"
#include "narrow/Simulate/QuickProduct.h"

namespace narrow {

/// A convolution or fully connected layer, ready to be run on many inputs.
class QuickContraction {
public:
  /// Whether `op` is a convolution or fully connected layer of 8-bit weights
  /// and inputs of 8 bits, or up to 16 with zero point 0, which are taken.
  static bool isSupported(Operation *op);

  /// `weights` [O, kh, kw, I] or [O, K].
  QuickContraction(Operation *op, const reference::Tensor &weights,
                   const reference::Tensor &bias);

  /// Returns the result, at most one step from the defined one. Several threads
  /// may run one contraction.
  reference::Tensor run(const reference::Tensor &input) const;

private:
  /// Adds up the products with `input`.
  void addUp(ArrayRef<int16_t> input, int32_t *sums) const;
  void runDepthwise(const int16_t *input, int32_t *sums) const;
  void runGroups(const int16_t *input, int32_t *sums) const;

  PatchGeometry geometry;
  RankedTensorType resultType;
  int64_t outputs = 0;
  int32_t inputZeroPoint = 0;
  bool isWide = false;
  /// q - z of depthwise weights, [kh, kw, C]; else a matrix for each group.
  std::vector<int16_t> depthwise;
  std::vector<QuickProduct> groups;
  std::vector<int64_t> bias;
  /// Result steps per accumulator step, for each output channel.
  std::vector<float> ratios;
  std::vector<int32_t> low, high;
  int32_t zeroPoint = 0;
};

} // namespace narrow

#endif // NARROW_LIB_SIMULATE_QUICKCONTRACTION_H
