//===- ValueGrid.cpp - values that are steps of a grid --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/ValueGrid.h"

#include <cmath>

using namespace narrow;

/// As many as 8 bits hold.
static constexpr int64_t kMostSteps = 256, kLeastSteps = 64;
/// How far from its step a value may lie: what rounding to f32 does is less.
static constexpr double kTolerance = 0.005;
/// Equal values that were computed in two ways differ; this often at the most.
static constexpr size_t kMostValues = 4 * kMostSteps;

double ValueGrid::getZeroOffset() const {
  double zero = -origin / step;
  return zero - std::nearbyint(zero);
}

void GridFinder::add(float value) {
  if (isOff)
    return;
  auto place = llvm::lower_bound(values, value);
  if (place != values.end() && *place == value)
    return;
  if (!std::isfinite(value) || values.size() == kMostValues) {
    isOff = true;
    return;
  }
  values.insert(place, value);
}

std::optional<ValueGrid> GridFinder::find() const {
  if (isOff || static_cast<int64_t>(values.size()) < kLeastSteps)
    return std::nullopt;
  double low = values.front(), range = values.back() - low;
  // What is closer than that is one step.
  double close = range * kTolerance / kMostSteps, step = range;
  for (size_t i = 1; i < values.size(); ++i)
    if (double gap = static_cast<double>(values[i]) - values[i - 1];
        gap > close)
      step = std::min(step, gap);
  auto last = static_cast<int64_t>(std::nearbyint(range / step));
  if (last < kLeastSteps || last >= kMostSteps)
    return std::nullopt;
  step = range / static_cast<double>(last);
  for (float value : values)
    if (double at = (value - low) / step;
        std::abs(at - std::nearbyint(at)) > kTolerance)
      return std::nullopt;
  return ValueGrid{low, step, last};
}
