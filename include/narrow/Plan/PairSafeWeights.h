//===- PairSafeWeights.h - weights whose pairs fit 16 bits -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AVX2 without VNNI adds two neighbouring products u8 x s8 in 16 bits, where
// they must fit (narrow/Support/PairSafe.h). Neighbours are the weights 2i and
// 2i + 1 of a stretch that kernels read as one: a kernel row, or the input
// channels of one position.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PAIRSAFEWEIGHTS_H
#define NARROW_PLAN_PAIRSAFEWEIGHTS_H

#include "narrow/Plan/TypeChoice.h"

namespace narrow {

/// Returns the weights of a stretch, i.e. how many weights one after the other
/// are paired from the first on; 0 where the kernels of `op`, a contraction of
/// the float graph with `weights`, do not multiply pairs: depthwise ones, and
/// products of one row, which wait for their weights.
int64_t getPairedStretch(Operation *op, RankedTensorType weights);

/// Rounds the weights of one output channel to steps of `scale` in [-highest,
/// highest] so that all pairs are safe. A pair that is not is moved to the
/// nearest one that is: both come closer to zero by half of the excess.
SmallVector<int8_t> roundPairSafe(ArrayRef<float> weights, double scale,
                                  int64_t highest, int64_t stretch);

/// Returns the scale that rounds the weights of one output channel best, by the
/// sum of squared errors of `roundPairSafe`, among some from `scale` to twice
/// it, where every pair is safe as it is; `scale` where they are so already.
double choosePairSafeScale(ArrayRef<float> weights, double scale,
                           const WeightScheme &scheme, int64_t stretch);

} // namespace narrow

#endif // NARROW_PLAN_PAIRSAFEWEIGHTS_H
