//===- TileChoice.h - the size of a register tile --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILECHOICE_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILECHOICE_H

#include "TiledKernel.h"

namespace narrow::codegen {

/// A tile: rows x cols pixels by `columns` vectors of channels.
struct TileSize {
  int64_t rows, cols, columns;
};

/// A stretch of one axis that is walked in steps of one tile extent.
struct Piece {
  int64_t begin, end, extent;
};

/// Cuts [0, size) into whole extents and what is left of them.
SmallVector<Piece> cutAxis(int64_t size, int64_t extent);

/// Vectors of channels of a tile in panels of `width` channels.
int64_t chooseColumns(const TiledShape &shape, int64_t width, const Target &target);

/// Returns the cheapest tile of `columns` vectors by a model of each kind of dot
/// product: its instructions, loads and latency, and the part of the epilogue
/// that is not hidden.
TileSize chooseTile(const TiledShape &shape, int64_t columns, const Target &target);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILECHOICE_H
