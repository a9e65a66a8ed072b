//===- ChooseTile.h - how many results stay in registers -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FLOATCODE_CHOOSETILE_H
#define NARROW_FLOATCODE_CHOOSETILE_H

#include "narrow/Support/LLVM.h"

namespace narrow::floatcode {

/// What a machine multiplies f32 with.
struct VectorUnit {
  int64_t lanes = 4;      ///< f32 in a register: a power of two.
  int64_t registers = 16; ///< Vector registers.
};

/// Size of a tile of results in registers.
struct Tile {
  int64_t rows;     ///< Positions side by side.
  int64_t channels; ///< Whole vectors, but where there are fewer.
};

/// Returns the tile that takes the fewest steps for `positions` by `outputs`
/// results, edges included, by a model of multiplier, loads, latency and the
/// first cache. The inputs of neighbouring positions lie `rowBytes` apart.
Tile chooseTile(int64_t positions, int64_t outputs, int64_t rowBytes,
                const VectorUnit &unit);

/// The same for a depthwise contraction with `taps` along a row.
Tile chooseDepthwiseTile(int64_t positions, int64_t channels, int64_t taps,
                         const VectorUnit &unit);

} // namespace narrow::floatcode

#endif // NARROW_FLOATCODE_CHOOSETILE_H
