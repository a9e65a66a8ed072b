//===- Histogram.cpp - counts that merge exactly --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Histogram.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace narrow;

// The exponent of the smallest f32; no bin need be narrower.
static constexpr int kSmallestExponent = -149;

/// The index of a value's bin. A product with a power of two is exact in f64.
static int64_t getIndex(double value, int exponent) {
  return int64_t(std::floor(std::ldexp(value, -exponent)));
}

/// The smallest exponent with which both values span at most kMaxBins. It only
/// grows when the span does, which makes merging exact.
static int chooseExponent(double lowest, double highest) {
  double largest = std::max(std::fabs(lowest), std::fabs(highest));
  if (largest == 0)
    return kSmallestExponent;
  // 24 bits below the largest magnitude: f32 has no finer steps there, and
  // indices stay below 2^25.
  int exponent = std::max(kSmallestExponent, int(std::ilogb(largest)) - 24);
  while (getIndex(highest, exponent) - getIndex(lowest, exponent) >=
         Histogram::kMaxBins)
    ++exponent;
  return exponent;
}

double Histogram::getWidth() const { return std::ldexp(1.0, exponent); }

double Histogram::getCentre(size_t i) const {
  return std::ldexp(double(first + int64_t(i)) + 0.5, exponent);
}

void Histogram::widen(float newLowest, float newHighest) {
  if (counts.empty()) {
    lowest = newLowest;
    highest = newHighest;
  } else {
    lowest = std::min(lowest, newLowest);
    highest = std::max(highest, newHighest);
  }
  int newExponent = chooseExponent(lowest, highest);
  int64_t newFirst = getIndex(lowest, newExponent);
  int64_t size = getIndex(highest, newExponent) - newFirst + 1;
  if (!counts.empty() && newExponent == exponent && newFirst == first &&
      size == int64_t(counts.size()))
    return;
  assert((counts.empty() || newExponent >= exponent) && "bins only grow");
  std::vector<uint64_t> newCounts(size);
  // An arithmetic shift is a floored division, for negative indices too.
  int shift = counts.empty() ? 0 : std::min(newExponent - exponent, 62);
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i])
      newCounts[((first + int64_t(i)) >> shift) - newFirst] += counts[i];
  counts = std::move(newCounts);
  exponent = newExponent;
  first = newFirst;
}

void Histogram::add(llvm::ArrayRef<float> values, float valuesLowest,
                    float valuesHighest) {
  if (values.empty())
    return;
  // -0.0 and 0.0 are one value; the file must not depend on which came first.
  widen(valuesLowest + 0.0f, valuesHighest + 0.0f);
  double scale = std::ldexp(1.0, -exponent);
  auto base = int32_t(first);
  // A block's indices first: they are computed side by side, counts are not.
  constexpr size_t kBlock = 256;
  int32_t indices[kBlock];
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    llvm::ArrayRef<float> block = values.slice(begin).take_front(kBlock);
    for (size_t i = 0; i < block.size(); ++i) {
      double scaled = double(block[i]) * scale;
      auto index = int32_t(scaled);
      index -= scaled < index; // Truncation becomes floor.
      indices[i] = index - base;
    }
    for (size_t i = 0; i < block.size(); ++i)
      ++counts[indices[i]];
  }
}

void Histogram::merge(const Histogram &other) {
  if (other.counts.empty())
    return;
  widen(other.lowest, other.highest);
  int shift = std::min(exponent - other.exponent, 62);
  for (size_t i = 0; i < other.counts.size(); ++i)
    counts[((other.first + int64_t(i)) >> shift) - first] += other.counts[i];
}

bool Histogram::create(float lowest, float highest, int exponent,
                       std::vector<uint64_t> counts, Histogram &result) {
  if (!std::isfinite(lowest) || !std::isfinite(highest) || lowest > highest ||
      exponent != chooseExponent(lowest, highest))
    return false;
  result = Histogram();
  result.widen(lowest, highest);
  if (counts.size() != result.counts.size())
    return false;
  result.counts = std::move(counts);
  return true;
}

bool Histogram::operator==(const Histogram &other) const {
  return lowest == other.lowest && highest == other.highest &&
         exponent == other.exponent && first == other.first &&
         counts == other.counts;
}
