//===- Estimators.cpp - from statistics to ranges -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Estimators.h"

#include "QuantizationError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace narrow;

// In the order of Estimator.
static constexpr llvm::StringLiteral kNames[] = {
    "minmax", "average",           "percentile", "entropy",
    "mse",    "histogram-uniform", "pow2",
};

llvm::StringRef narrow::getEstimatorName(Estimator estimator) {
  return kNames[size_t(estimator)];
}

std::optional<Estimator> narrow::parseEstimatorName(llvm::StringRef name) {
  for (auto [index, known] : llvm::enumerate(kNames))
    if (known == name)
      return Estimator(index);
  return std::nullopt;
}

std::string narrow::getEstimatorNames() {
  return llvm::join(llvm::ArrayRef(kNames), ", ");
}

/// Makes the range hold zero, and symmetric where asked.
static Range legalize(Range range, const RangeOptions &options) {
  range.lowest = std::min(range.lowest, 0.0);
  range.highest = std::max(range.highest, 0.0);
  if (options.isSymmetric && range.lowest < 0) {
    range.highest = std::max(-range.lowest, range.highest);
    range.lowest = -range.highest;
  }
  if (range.lowest == range.highest)
    range.highest = 1;
  return range;
}

/// Returns the value below which `share` of all elements lie, taking them as
/// evenly spread in each bin.
static double getQuantile(const Histogram &histogram, double share) {
  double total = 0;
  for (uint64_t count : histogram.getCounts())
    total += double(count);
  double target = share * total, seen = 0;
  for (auto [i, count] : llvm::enumerate(histogram.getCounts())) {
    if (count && seen + double(count) >= target) {
      double edge = std::ldexp(double(histogram.getFirst() + int64_t(i)),
                               histogram.getExponent());
      double inside = (target - seen) / double(count);
      return std::clamp(edge + inside * histogram.getWidth(),
                        histogram.getLowest(), histogram.getHighest());
    }
    seen += double(count);
  }
  return histogram.getHighest();
}

using Cost = llvm::function_ref<double(const Range &)>;

/// Shrinks both ends of `full` towards zero, one at a time and coarse to fine,
/// to where the cost is least. A symmetric range moves both ends together.
static Range searchEnds(const Range &full, const RangeOptions &options,
                        Cost cost) {
  constexpr int kSteps = 64, kRounds = 2;
  double lowShare = 1, highShare = 1;
  double best = HUGE_VAL;
  auto attempt = [&](double low, double high) {
    Range range{full.lowest * low, full.highest * high};
    double value = cost(range);
    if (value < best) {
      best = value;
      lowShare = low;
      highShare = high;
    }
  };
  bool isTied = options.isSymmetric || full.lowest == 0 || full.highest == 0;
  auto sweep = [&](double step, double from, double to, bool moveHigh) {
    double low = lowShare, high = highShare;
    for (double share = from; share <= to; share += step) {
      if (share <= 0 || share > 1)
        continue;
      attempt(isTied || !moveHigh ? share : low,
              isTied || moveHigh ? share : high);
    }
  };
  attempt(1, 1);
  for (int round = 0; round < (isTied ? 1 : kRounds); ++round)
    for (bool moveHigh : {true, false}) {
      if (isTied && !moveHigh)
        continue;
      sweep(1.0 / kSteps, 1.0 / kSteps, 1, moveHigh);
      double centre = moveHigh ? highShare : lowShare;
      sweep(0.125 / kSteps, centre - 1.0 / kSteps, centre + 1.0 / kSteps,
            moveHigh);
    }
  return {full.lowest * lowShare, full.highest * highShare};
}

/// Tries steps that are powers of two from the one that clips nothing down, and
/// for each the places of the grid that keep one end or the middle.
static Range searchPowerOfTwo(const Points &points, const Range &full,
                              const RangeOptions &options) {
  constexpr int kSmaller = 6;
  double steps = getNumSteps(full, options);
  int first = int(std::ceil(std::log2((full.highest - full.lowest) / steps)));
  Range best;
  double bestError = HUGE_VAL;
  for (int exponent = first + 1; exponent > first - kSmaller; --exponent) {
    double step = std::ldexp(1.0, exponent);
    double low = std::floor(full.lowest / step + 0.5);
    double high = std::floor(full.highest / step + 0.5);
    double middle = std::floor((low + high - steps) / 2);
    for (double offset : {low, high - steps, middle}) {
      if (options.isSymmetric)
        offset = full.lowest < 0 ? -steps / 2 : 0;
      offset = std::clamp(offset, -steps, 0.0); // Zero must be on the grid.
      Range range{offset * step, (offset + steps) * step};
      double error = getSquaredError(points, range, options);
      if (error < bestError) {
        bestError = error;
        best = range;
      }
    }
  }
  return best;
}

Range narrow::estimateRange(const TensorStatistics &statistics,
                            const RangeOptions &options) {
  const Histogram &histogram = statistics.histogram;
  assert(!histogram.empty() && "no statistics to take a range from");
  Range full =
      legalize({histogram.getLowest(), histogram.getHighest()}, options);
  if (histogram.getLowest() == 0 && histogram.getHighest() == 0)
    return full;

  // Steps are narrower than the histogram's bins above this.
  constexpr unsigned kWidestSearched = 12;
  bool isSearched = options.bits <= kWidestSearched;
  switch (options.estimator) {
  case Estimator::MinMax:
    return full;
  case Estimator::Average: {
    auto samples = double(statistics.samples);
    return legalize({statistics.sumOfLowest.toDouble() / samples,
                     statistics.sumOfHighest.toDouble() / samples},
                    options);
  }
  case Estimator::Percentile: {
    double cut = (1 - options.percentile / 100) / 2;
    return legalize(
        {getQuantile(histogram, cut), getQuantile(histogram, 1 - cut)},
        options);
  }
  case Estimator::Entropy: {
    if (!isSearched)
      return full;
    // Enough bins that the smallest range tried has one for each level.
    constexpr size_t kBins = 4096;
    constexpr int kCandidates = 128, kSmallest = 16;
    Points points(statistics);
    Range best = full;
    double least = HUGE_VAL;
    for (int i = kCandidates; i >= kSmallest; --i) {
      double share = double(i) / kCandidates;
      Range range{full.lowest * share, full.highest * share};
      double divergence = getDivergence(points, full, range, options, kBins);
      if (divergence < least) {
        least = divergence;
        best = range;
      }
    }
    return best;
  }
  case Estimator::Mse: {
    if (!isSearched)
      return full;
    Points points(statistics);
    return searchEnds(full, options, [&](const Range &range) {
      return getSquaredError(points, range, options);
    });
  }
  case Estimator::HistogramUniform: {
    if (!isSearched)
      return full;
    Points points(statistics);
    return searchEnds(full, options, [&](const Range &range) {
      return getUniformNoiseError(points, range, options);
    });
  }
  case Estimator::Pow2:
    return searchPowerOfTwo(Points(statistics), full, options);
  }
  return full;
}
