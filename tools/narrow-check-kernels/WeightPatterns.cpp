//===- WeightPatterns.cpp - drawn weights ---------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"

using namespace narrow;
using fxp::IntegerRange;

/// Steps of four weights in which neighbours sum to at most 128 in magnitude,
/// so that two products u8 x s8 fit 16 bits (VPMADDUBSW), just so; and steps in
/// which they miss that, all by a little or a lot. 16 channels share a step.
static SmallVector<int64_t> drawPairs(Draw &draw, IntegerRange range,
                                      int64_t channels, int64_t depth) {
  unsigned unsafeShare = draw.pick({0u, 0u, 10u, 50u});
  bool oneSign = draw.chance(50);
  SmallVector<int64_t> values;
  SmallVector<bool> isSafe;
  for (int64_t c = 0; c < channels; ++c) {
    if (c % 16 == 0) {
      isSafe.clear();
      for (int64_t k = 0; k < depth; k += 4)
        isSafe.push_back(!draw.chance(unsafeShare));
    }
    // Any two neighbours have the sum, wherever pairs begin.
    int64_t first = draw.atRim({1, 127});
    bool negative = draw.chance(50);
    for (int64_t k = 0; k < depth; ++k) {
      int64_t sum = isSafe[k / 4] ? 128 : draw.pick<int64_t>({129, 254});
      int64_t size = k % 2 ? sum - first : first;
      bool minus = oneSign ? negative : draw.chance(50);
      values.push_back(std::clamp(minus ? -size : size, range.lo, range.hi));
    }
  }
  return values;
}

SmallVector<int64_t> narrow::drawWeights(Draw &draw, IntegerRange range,
                                         int64_t zero, int64_t channels,
                                         int64_t depth) {
  enum { Any, Rims, Highest, Lowest, Sparse, Small, Pairs };
  auto pattern =
      draw.pick({Any, Any, Rims, Highest, Lowest, Sparse, Small, Pairs, Pairs});
  if (pattern == Pairs)
    return drawPairs(draw, range, channels, depth);
  SmallVector<int64_t> values;
  for (int64_t c = 0; c < channels; ++c) {
    bool dead = draw.chance(3);
    for (int64_t k = 0; k < depth; ++k) {
      int64_t value = draw.between(range.lo, range.hi);
      switch (pattern) {
      case Rims:
        value = draw.chance(50) ? range.lo : range.hi;
        break;
      case Highest:
        value = range.hi;
        break;
      case Lowest:
        value = range.lo;
        break;
      case Sparse:
        value = draw.chance(90) ? zero : value;
        break;
      case Small:
        value = std::clamp(zero + draw.between(-2, 2), range.lo, range.hi);
        break;
      default:
        break;
      }
      values.push_back(dead ? zero : value);
    }
  }
  return values;
}
