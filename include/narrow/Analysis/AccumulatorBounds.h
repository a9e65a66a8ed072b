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
