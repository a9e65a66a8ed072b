//===- QuantizationError.cpp - what a range costs -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizationError.h"

#include <algorithm>
#include <cmath>

using namespace narrow;

Points::Points(const TensorStatistics &statistics) {
  const Histogram &histogram = statistics.histogram;
  for (size_t i = 0; i < histogram.getCounts().size(); ++i) {
    uint64_t count = histogram.getCounts()[i];
    // Zeros lie in the bin that starts at zero.
    if (histogram.getFirst() + int64_t(i) == 0)
      count -= std::min(count, statistics.zeros);
    if (!count)
      continue;
    // The outermost bins may reach beyond the values.
    values.push_back(std::clamp(histogram.getCentre(i), histogram.getLowest(),
                                histogram.getHighest()));
    counts.push_back(double(count));
    total += double(count);
  }
}

double narrow::getNumSteps(const Range &range, const RangeOptions &options) {
  double steps = std::ldexp(1.0, int(options.bits)) - 1;
  return options.isSymmetric && range.lowest < 0 ? steps - 1 : steps;
}

/// Rounds to nearest even by pushing the fraction out of the mantissa; unlike
/// `std::rint` compilers vectorise it everywhere. For |x| < 2^51.
static double roundToEven(double x) {
  constexpr double kMagic = 6755399441055744.0; // 1.5 * 2^52
  return (x + kMagic) - kMagic;
}

double narrow::getSquaredError(const Points &points, const Range &range,
                               const RangeOptions &options) {
  double steps = getNumSteps(range, options);
  double step = (range.highest - range.lowest) / steps;
  double inverse = 1 / step;
  double lowest = roundToEven(range.lowest * inverse);
  double highest = lowest + steps;
  double sum = 0;
  for (size_t i = 0, e = points.values.size(); i < e; ++i) {
    double q = roundToEven(points.values[i] * inverse);
    q = q < lowest ? lowest : q;
    q = q > highest ? highest : q;
    double error = q * step - points.values[i];
    sum += points.counts[i] * error * error;
  }
  return sum;
}

double narrow::getUniformNoiseError(const Points &points, const Range &range,
                                    const RangeOptions &options) {
  double step = (range.highest - range.lowest) / getNumSteps(range, options);
  double noise = step * step / 12;
  double sum = 0;
  for (size_t i = 0, e = points.values.size(); i < e; ++i) {
    double value = points.values[i];
    double clipped = value < range.lowest ? range.lowest : value;
    clipped = clipped > range.highest ? range.highest : clipped;
    double error = value - clipped;
    sum += points.counts[i] * (error == 0 ? noise : error * error);
  }
  return sum;
}

double narrow::getDivergence(const Points &points, const Range &full,
                             const Range &range, const RangeOptions &options,
                             size_t numBins) {
  double binsPerUnit = double(numBins) / (full.highest - full.lowest);
  auto getBin = [&](double value) {
    auto bin = int64_t(std::floor((value - full.lowest) * binsPerUnit));
    return size_t(std::clamp<int64_t>(bin, 0, int64_t(numBins) - 1));
  };
  size_t first = getBin(range.lowest), last = getBin(range.highest);
  // `inside` holds what lies in the range, `all` what saturates as well: in the
  // outermost bins, where quantising puts it.
  std::vector<double> all(numBins), inside(numBins);
  for (size_t i = 0; i < points.values.size(); ++i) {
    size_t bin = getBin(points.values[i]);
    all[std::clamp(bin, first, last)] += points.counts[i];
    if (bin >= first && bin <= last)
      inside[bin] += points.counts[i];
  }
  // Quantise: the mass of one level is spread evenly over its bins in use.
  double levels = getNumSteps(range, options) + 1;
  double levelsPerBin = levels / double(last - first + 1);
  std::vector<double> quantized(numBins);
  double quantizedTotal = 0;
  for (size_t bin = first; bin <= last;) {
    auto level = std::floor(double(bin - first) * levelsPerBin);
    size_t end = bin;
    double mass = 0, used = 0;
    while (end <= last &&
           std::floor(double(end - first) * levelsPerBin) == level) {
      mass += inside[end];
      used += all[end] > 0;
      ++end;
    }
    for (; bin < end; ++bin)
      if (all[bin] > 0)
        quantized[bin] = mass / used;
    quantizedTotal += mass;
  }
  if (quantizedTotal == 0)
    return HUGE_VAL;
  // A bin with float mass and no quantised mass would be infinitely wrong;
  // give it a small share, as the published method does.
  constexpr double kShare = 1e-4;
  double divergence = 0;
  for (size_t bin = first; bin <= last; ++bin) {
    if (all[bin] == 0)
      continue;
    double p = all[bin] / points.total;
    double q =
        std::max(quantized[bin] / quantizedTotal, kShare / double(numBins));
    divergence += p * std::log(p / q);
  }
  return divergence;
}
