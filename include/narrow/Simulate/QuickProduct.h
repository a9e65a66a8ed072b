//===- QuickProduct.h - products of 16-bit matrices ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_QUICKPRODUCT_H
#define NARROW_SIMULATE_QUICKPRODUCT_H

#include "narrow/Support/LLVM.h"
#include <vector>

namespace narrow {

/// A matrix of 16-bit integers that many rows are multiplied with. Sums are
/// exact as long as they fit 32 bits.
class QuickProduct {
public:
  /// Rows that are multiplied at once at best.
  static constexpr int64_t kRows = 6;

  /// Takes `weights` [outputs, depth].
  QuickProduct(ArrayRef<int16_t> weights, int64_t outputs, int64_t depth);

  /// Elements of a row that are read: the depth, rounded up to a pair. The
  /// weights of what is beyond the depth are 0.
  int64_t getRowLength() const { return 2 * pairs; }

  /// Multiplies `count` rows, `stride` elements apart, and writes
  /// [count, outputs] sums, `sumStride` apart.
  void run(const int16_t *rows, int64_t stride, int64_t count, int32_t *sums,
           int64_t sumStride) const;

private:
  int64_t outputs, pairs;
  /// [outputs / kLanes, pairs, kLanes, 2], zeros behind the last output.
  std::vector<int16_t> packed;
};

} // namespace narrow

#endif // NARROW_SIMULATE_QUICKPRODUCT_H
