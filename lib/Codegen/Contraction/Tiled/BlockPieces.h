//===- BlockPieces.h - multipliers of blocks of weights --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights in blocks (N4) are multiplied as they lie, without their blocks'
// multipliers; the sum of a block is multiplied, once for all its weights:
//
//     sum x·u·q = sum of blocks u · (sum x·q)       modulo 2^32
//
// Blocks count along all of K, which a kernel takes in runs. Where these end
// inside blocks, sums are of pieces that are whole in both, and pieces of one
// block have its multiplier again.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_BLOCKPIECES_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_BLOCKPIECES_H

#include "../WeightStorage.h"
#include "TileEmitter.h"
#include "TiledShape.h"
#include <optional>

namespace narrow::codegen {

/// The pieces of a contraction's K, and where their multipliers lie: behind the
/// weights, in the same panels,
///
///     panel [pairs of pieces][width channels]
///
/// a byte of the lower and the upper half of which the first and the second
/// piece of a pair are. Pieces count through all runs.
struct BlockPieces {
  int64_t size;   ///< Bytes of A of a piece but the last one of a run.
  int64_t perRun; ///< Pieces of a run.
  int64_t runs;

  /// Returns the pieces where none is shorter than 16 or ends inside a byte of
  /// weights.
  static std::optional<BlockPieces> get(const TiledShape &shape, int64_t block);

  int64_t count() const { return runs * perRun; }
  int64_t pairs() const { return llvm::divideCeil(count(), 2); }

  /// Writes the multipliers of `channels` channels of a panel of `width`, the
  /// first of which is `first`, to `bytes`.
  void pack(const TiledShape &shape, const WeightStorage &storage,
            int64_t first, int64_t channels, int64_t width, char *bytes) const;
};

/// The multipliers of one tile's channels while its sums are made.
struct TileMultipliers {
  BlockPieces pieces;
  Value buffer;      ///< Weights, multipliers behind.
  Value at;          ///< Byte of the first channel, of the first pair.
  int64_t pairBytes; ///< From a pair to the next.

  /// Returns those of piece `piece` for `lanes` channels from `channel` on, as
  /// i32.
  Value load(TileEmitter &e, Value piece, int64_t channel, int64_t lanes) const;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_BLOCKPIECES_H
