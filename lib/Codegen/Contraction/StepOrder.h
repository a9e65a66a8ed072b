//===- StepOrder.h - K steps by whether pairs of products fit --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// VPMADDUBSW adds two products u8 x s8 in 16 bits and saturates. It is exact
// exactly if, for every pair of weights of a K step, those of like sign sum to
// at most 128 in magnitude (255 * 128 = 32640). The steps of a layer for which
// that holds come first and run on it; the others follow, widened.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_STEPORDER_H
#define NARROW_LIB_CODEGEN_CONTRACTION_STEPORDER_H

#include "ContractionData.h"
#include "TiledShape.h"

namespace narrow::codegen {

/// The order of K steps of four bytes, a list for each 16 channels (slots), in
/// one constant:
///
///     offsets  i32 per step: byte of A from the tile's first pixel; absent if
///              there is but one run
///     list     i32 number of safe steps; u16 per step, safe ones first
///     list     ...
struct StepOrder {
  static constexpr int64_t kChannels = 16;

  StepOrder(const TiledShape &shape, int64_t slotsPerGroup);

  /// Whether the numbers of the steps fit the lists.
  bool isPossible() const { return steps <= 65536; }
  int64_t listAt(int64_t list) const { return offsetBytes + list * listBytes; }

  /// Returns the constant, and counts the safe steps of all lists.
  std::vector<char> pack(const ContractionData &data, int64_t &safeSteps) const;

  int64_t steps; ///< Of a channel: runs by steps of a run.
  int64_t lists;
  int64_t offsetBytes, listBytes; ///< Both multiples of 64.
  int64_t bytes;

private:
  TiledShape shape;
  int64_t slotsPerGroup;
};

/// How VPMADDUBSW serves the steps of one contraction.
enum class PairForm {
  Wide, ///< Too few safe steps: all widened, in the order of memory.
  Safe, ///< All steps are safe.
  Mixed ///< Safe steps first, by a StepOrder.
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_STEPORDER_H
