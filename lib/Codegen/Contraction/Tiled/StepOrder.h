//===- StepOrder.h - K steps by whether pairs of products fit --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// VPMADDUBSW adds two products u8 x s8 in 16 bits and saturates. It is exact
// exactly if, for every pair of weights of a K step, those of like sign sum to
// at most 128 in magnitude (255 * 128 = 32640). Which of the other three bytes
// of a step is byte 0's partner is free: a shuffle of activations and weights
// puts it beside. The steps of a layer that some partner makes safe come first,
// by partner, and run on it; the others follow, widened.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_STEPORDER_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_STEPORDER_H

#include "../ContractionData.h"
#include "TiledShape.h"

namespace narrow::codegen {

/// The order of K steps of four bytes, a list for each 16 channels (slots), in
/// one constant:
///
///     offsets  i32 per step: byte of A from the tile's first pixel; absent if
///              there is but one run
///     list     i32 end of the steps that are safe with partner 1, with 2, with
///              3; u16 per step in this order, then those that no partner helps
///     list     ...
struct StepOrder {
  static constexpr int64_t kChannels = 16, kPartners = 3;
  /// Bytes of the ends in front of a list.
  static constexpr int64_t kEndBytes = 4 * kPartners;

  StepOrder(const TiledShape &shape, int64_t slotsPerGroup);

  /// Whether the numbers of the steps fit the lists.
  bool isPossible() const { return steps <= 65536; }
  int64_t listAt(int64_t list) const { return offsetBytes + list * listBytes; }

  /// Returns the constant, and counts the steps of all lists that are safe with
  /// each partner.
  std::vector<char> pack(const ContractionData &data,
                         std::array<int64_t, kPartners> &safeSteps) const;

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

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_STEPORDER_H
