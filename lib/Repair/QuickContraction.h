//===- QuickContraction.h - contractions for measuring means ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference interpreter is written to be read, and repairs run it on many
// samples. This computes the same sums in loops that the compiler vectorises;
// only the requantisation is not the defined one but its real value, rounded.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_QUICKCONTRACTION_H
#define NARROW_LIB_REPAIR_QUICKCONTRACTION_H

#include "PatchMean.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Reference/Tensor.h"

namespace narrow {

/// A convolution or fully connected layer, ready to be run on many inputs.
class QuickContraction {
public:
  /// `weights` [O, kh, kw, I] or [O, K]; inputs of more than 8 bits are not
  /// taken (`isSupported`).
  QuickContraction(const PatchGeometry &geometry,
                   const reference::Tensor &weights,
                   const reference::Tensor &bias, fxp::RequantAttr requant,
                   RankedTensorType input, RankedTensorType result);

  static bool isSupported(RankedTensorType input, RankedTensorType weights);

  /// Returns the result, at most one step from the defined one.
  reference::Tensor run(const reference::Tensor &input) const;

private:
  void runPixel(const int16_t *input, int64_t n, int64_t oy, int64_t ox,
                MutableArrayRef<int32_t> sums,
                MutableArrayRef<int16_t> patch) const;

  PatchGeometry geometry;
  RankedTensorType resultType;
  int64_t outputs = 0;
  bool isDepthwise = false;
  int32_t inputZeroPoint = 0;
  /// q - z: [O, kh, kw, I], or [kh, kw, C] where depthwise.
  std::vector<int16_t> weights;
  std::vector<int32_t> bias;
  /// Result steps per accumulator step, for each output channel.
  std::vector<float> ratios;
  std::vector<int32_t> low, high;
  int32_t zeroPoint = 0;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_QUICKCONTRACTION_H
