//===- TileChoice.h - the size of a register tile --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILECHOICE_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILECHOICE_H

#include "TiledKernel.h"

namespace narrow::codegen {

/// A tile: rows x cols pixels by `columns` vectors of `lanes` channels.
struct TileSize {
  int64_t rows, cols, columns, lanes;
  int64_t channels() const { return columns * lanes; }
};

/// A stretch of one axis that is walked in steps of one tile extent.
struct Piece {
  int64_t begin, end, extent;
};

/// Cuts [0, size) into whole extents and what is left of them.
SmallVector<Piece> cutAxis(int64_t size, int64_t extent);

/// Returns the vectors of a tile (one pixel) in whole panels of `width`
/// channels.
TileSize chooseVectors(const TiledShape &shape, int64_t width,
                       const Target &target);

/// Returns the vectors of the next tile of a panel of which `left` channels are
/// still to be done; `whole` is the choice for whole panels. Narrower vectors
/// waste less on few channels.
TileSize chooseLastVectors(const TileSize &whole, int64_t left,
                           const Target &target);

/// Returns the cheapest tile of such vectors by a model of each kind of dot
/// product: its instructions, loads and latency, and the part of the epilogue
/// that is not hidden. Smaller by `shape.tileStep` pixels or more.
TileSize chooseTile(const TiledShape &shape, const TileSize &vectors,
                    const Target &target);

/// Accumulators of the pixels whose epilogue is emitted at a time where
/// epilogues overlap: those of one vector of bytes.
constexpr int64_t kOverlapVectors = 4;

/// Whether the tiles of `x`, a stretch of a row, overlap: each tile's epilogue
/// is emitted among the steps of the next. Its sums wait in registers until
/// then, so both tiles have to fit; there must be several tiles in the stretch
/// and K short enough for the epilogue to take a notable time: in one run, or,
/// where a residual is added, in several.
bool overlapsEpilogue(const TiledShape &shape, const TileSize &tile,
                      const Piece &x, const Target &target);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILECHOICE_H
