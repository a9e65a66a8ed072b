//===- WeightGrid.cpp - weights that are integers already -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/WeightGrid.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace narrow;

/// How far, relatively, a weight may lie beside the grid: a few roundings of
/// f32, its own, the scale's and those of factors.
static constexpr double kTolerance = 0x1p-20;

/// The integers of 8 bits less a zero point of 8 bits.
static constexpr int64_t kLargest = 255;

/// Sets `integers` to `weights / scale`; false where these are not whole.
static bool divide(ArrayRef<float> weights, double scale,
                   SmallVectorImpl<int64_t> &integers) {
  integers.clear();
  for (float weight : weights) {
    double steps = weight / scale, whole = std::nearbyint(steps);
    if (std::abs(steps - whole) > kTolerance * std::abs(whole))
      return false;
    integers.push_back(static_cast<int64_t>(whole));
  }
  return true;
}

/// Sets the zero point with which the integers of `grid` fit 8 bits; false
/// where there is none.
static bool fitEightBits(WeightGrid &grid) {
  int64_t low = *llvm::min_element(grid.integers),
          high = *llvm::max_element(grid.integers);
  if (low < -128)
    grid.zeroPoint = -128 - low;
  else if (high > 127)
    grid.zeroPoint = 127 - high;
  grid.usesLowest = low + grid.zeroPoint == -128;
  return low + grid.zeroPoint >= -128 && high + grid.zeroPoint <= 127;
}

std::optional<WeightGrid> narrow::getWeightGrid(ArrayRef<float> weights,
                                                float scale) {
  WeightGrid grid;
  grid.scale = scale;
  for (float weight : weights) {
    double whole = std::nearbyint(static_cast<double>(weight) / scale);
    if (!(std::abs(whole) <= kLargest) ||
        static_cast<float>(whole * scale) != weight)
      return std::nullopt;
    grid.integers.push_back(static_cast<int64_t>(whole));
  }
  if (grid.integers.empty() || !fitEightBits(grid))
    return std::nullopt;
  return grid;
}

std::optional<WeightGrid> narrow::findWeightGrid(ArrayRef<float> weights) {
  double largest = 0;
  for (float weight : weights)
    largest = std::max(largest, std::abs(static_cast<double>(weight)));
  if (largest == 0 || !std::isfinite(largest))
    return std::nullopt;
  WeightGrid grid;
  for (int64_t count = 1; count <= kLargest; ++count) {
    if (!divide(weights, largest / static_cast<double>(count), grid.integers))
      continue;
    if (!fitEightBits(grid))
      return std::nullopt;
    // The scale from all weights has less of their rounding in it.
    double products = 0, squares = 0;
    for (auto [weight, integer] : llvm::zip_equal(weights, grid.integers)) {
      products += static_cast<double>(weight) * static_cast<double>(integer);
      squares += static_cast<double>(integer) * static_cast<double>(integer);
    }
    grid.scale = products / squares;
    return grid;
  }
  return std::nullopt;
}

std::optional<WeightGrid> narrow::findWeightGrid(ArrayRef<float> weights,
                                                 const WeightScales &scales,
                                                 size_t channel) {
  size_t depth = weights.size() / scales.scales.size();
  std::optional<WeightGrid> grid =
      findWeightGrid(weights.slice(channel * depth, depth));
  if (!grid && llvm::is_contained(scales.dead, channel)) {
    grid.emplace();
    grid->scale = scales.scales[channel];
    grid->integers.assign(depth, 0);
  }
  return grid;
}
