//===- AccumulatorBounds.h - how far exact sums can go ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The proof that accumulators cannot overflow (N34), from the actual weights:
// each output channel's exact sum over every input that the input's type can
// hold. Bounds are attained, unless windows at the rim hold fewer taps.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_ANALYSIS_ACCUMULATORBOUNDS_H
#define NARROW_ANALYSIS_ACCUMULATORBOUNDS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

namespace narrow {

/// Returns the range of `start + sum over k < count of weight(k) * x[k]`, where
/// x[k] is 0 or lies in `input(k)`; both are less zero points.
template <typename Weight, typename Input>
fxp::IntegerRange boundSum(int64_t start, int64_t count, Weight weight,
                           Input input) {
  fxp::IntegerRange range{start, start};
  for (int64_t k = 0; k < count; ++k) {
    int64_t w = weight(k);
    fxp::IntegerRange x = input(k);
    // A tap outside the input adds nothing.
    range.lo += std::min({x.lo * w, x.hi * w, INT64_C(0)});
    range.hi += std::max({x.lo * w, x.hi * w, INT64_C(0)});
  }
  return range;
}

/// Returns the range of `bias[o] + sum of (x - z_x) * (w - z_w[o])` for every
/// output channel o. `weights` holds the stored integers of `weightsType`,
/// `[O, ..., I]` row-major; `bias` [O], or empty for zeros. Channel i of group
/// g reads input channel g * I + i, which matters where the input's zero points
/// differ.
SmallVector<fxp::IntegerRange> accumulatorBounds(Type inputType,
                                                 RankedTensorType weightsType,
                                                 ArrayRef<int64_t> weights,
                                                 ArrayRef<int64_t> bias,
                                                 int64_t groups = 1);

/// Same, for an op whose weights and bias are constants; without the offset of
/// its requantisation. Fails, silently, if they are not constants.
FailureOr<SmallVector<fxp::IntegerRange>>
accumulatorBounds(fxp::WeightedOpInterface op);

/// Returns what `ranges` become with the q15 offsets of `requant`; the ranges
/// themselves in every other mode.
SmallVector<fxp::IntegerRange> addOffsets(ArrayRef<fxp::IntegerRange> ranges,
                                          fxp::RequantAttr requant);

} // namespace narrow

#endif // NARROW_ANALYSIS_ACCUMULATORBOUNDS_H
