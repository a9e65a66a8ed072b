//===- Histogram.h - counts that merge exactly -----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CALIBRATION_HISTOGRAM_H
#define NARROW_CALIBRATION_HISTOGRAM_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace narrow {

/// Counts finite f32 values in bins whose width is a power of two:
///
///       first          first+1
///   |-----------|-----------|---- ...     bin i holds i*w <= x < (i+1)*w
///   first*w                               w = 2^exponent
///
/// Two neighbours of an even and the next odd index make exactly one bin of
/// twice the width, so a histogram can be made coarser without moving a value
/// over an edge. The exponent is a function of the lowest and the highest value
/// alone (the smallest with which they span at most `kMaxBins`), and the bins
/// run from the lowest value's to the highest's: whichever way the values were
/// split, the merged histogram is the same to the bit.
class Histogram {
public:
  static constexpr int64_t kMaxBins = 8192;

  /// Counts values between `lowest` and `highest`, which must be among them.
  void add(llvm::ArrayRef<float> values, float lowest, float highest);
  void merge(const Histogram &other);

  bool empty() const { return counts.empty(); }
  double getLowest() const { return lowest; }
  double getHighest() const { return highest; }
  int getExponent() const { return exponent; }
  /// The index of the first bin.
  int64_t getFirst() const { return first; }
  llvm::ArrayRef<uint64_t> getCounts() const { return counts; }
  double getWidth() const;
  /// The middle of bin `getFirst() + i`.
  double getCentre(size_t i) const;

  /// Makes a histogram from its parts; returns false where they do not belong
  /// together.
  static bool create(float lowest, float highest, int exponent,
                     std::vector<uint64_t> counts, Histogram &result);

  bool operator==(const Histogram &other) const;

private:
  /// Widens the span to the given values, doubling the bins where needed.
  void widen(float newLowest, float newHighest);

  float lowest = 0, highest = 0;
  int exponent = 0;
  int64_t first = 0;
  std::vector<uint64_t> counts;
};

} // namespace narrow

#endif // NARROW_CALIBRATION_HISTOGRAM_H
