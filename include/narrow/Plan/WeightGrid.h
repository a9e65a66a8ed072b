//===- WeightGrid.h - weights that are integers already --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model that was quantised has weights that are whole multiples of a scale.
// However they were moved or multiplied by a factor of their channel since, the
// integers can be found again, and kept.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_WEIGHTGRID_H
#define NARROW_PLAN_WEIGHTGRID_H

#include "narrow/Plan/TypeChoice.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow {

/// The integers of one output channel: weight = scale * integer.
struct WeightGrid {
  double scale = 0;
  SmallVector<int64_t> integers;
  /// What is added to the integers so that they fit 8 bits: a zero point.
  int64_t zeroPoint = 0;
  /// Whether -128 is among the stored integers.
  bool usesLowest = false;
};

/// Returns the coarsest grid on which all of `weights` lie, to the rounding of
/// f32, and on which they are integers that fit 8 bits with a zero point. None
/// where there is none, or where all weights are zero.
std::optional<WeightGrid> findWeightGrid(ArrayRef<float> weights);

/// Returns the grid of `scale` where all of `weights` are f32(integer * scale)
/// to the last bit, and the integers fit 8 bits with a zero point.
std::optional<WeightGrid> getWeightGrid(ArrayRef<float> weights, float scale);

/// Returns the grid of one output channel of `weights`, all channels [O, K]
/// row-major; zeros at the channel's scale where it is dead.
std::optional<WeightGrid> findWeightGrid(ArrayRef<float> weights,
                                         const WeightScales &scales,
                                         size_t channel);

} // namespace narrow

#endif // NARROW_PLAN_WEIGHTGRID_H
