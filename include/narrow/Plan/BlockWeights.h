//===- BlockWeights.h - integers for weights in blocks ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_BLOCKWEIGHTS_H
#define NARROW_PLAN_BLOCKWEIGHTS_H

#include "narrow/Dialect/Fxp/IR/BlockCode.h"

namespace narrow {

/// Returns whether a layer's weights may be planned in blocks: those of linear
/// layers and of convolutions that sum over several input channels. Kernels of
/// others read no packed weights.
bool mayHaveBlocks(Operation *op);

/// Returns a multiplier (N4) for each block of `weights`, in steps of the
/// channel's scale: those whose nearest integers lose least, in squares
/// weighted by `importance`, as long as `weights`, or alike where it is empty.
SmallVector<int64_t> fitMultipliers(ArrayRef<double> weights,
                                    ArrayRef<double> importance, int64_t block);

/// Returns the multiple of `multiplier` (N4) nearest to `weight`, in steps.
double roundInBlock(double weight, double multiplier);

/// The weights of one channel in blocks: `scale * integers`.
struct BlockChannel {
  double scale = 0;
  SmallVector<int64_t> integers;
};

/// Chooses a scale, at least `floor` and a power of two with `pow2`, and the
/// integers of blocks at it, so that the squares of what rounding loses are
/// small: of several parts of the scale that holds the largest weight, the best
/// one.
BlockChannel fitBlocks(ArrayRef<double> weights, int64_t block, double floor,
                       bool pow2);

/// Parts of the largest weight that a scale is tried to hold.
inline constexpr double kBlockClips[] = {1,   0.95, 0.9,  0.85,
                                         0.8, 0.74, 0.68, 0.6};

} // namespace narrow

#endif // NARROW_PLAN_BLOCKWEIGHTS_H
