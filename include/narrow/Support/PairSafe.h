//===- PairSafe.h - pairs of products that fit 16 bits ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_PAIRSAFE_H
#define NARROW_SUPPORT_PAIRSAFE_H

#include <algorithm>
#include <cstdint>

namespace narrow {

/// Most that two weights of like sign may sum to in magnitude: 255 * 128 is the
/// last multiple of 255 in 16 signed bits.
constexpr int32_t kPairLimit = 128;

/// Returns whether two products of any unsigned bytes with these weights sum
/// to 16 bits, whatever the bytes: what VPMADDUBSW needs to be exact.
constexpr bool isPairSafe(int32_t x, int32_t y) {
  return std::max(x, 0) + std::max(y, 0) <= kPairLimit &&
         std::min(x, 0) + std::min(y, 0) >= -kPairLimit;
}

} // namespace narrow

#endif // NARROW_SUPPORT_PAIRSAFE_H
