//===- PanelScratch.h - packed weights, unpacked once ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where vectors of weights would be unpacked for many tiles of pixels, by the
// units that multiply, and where a matrix unit reads them from memory, the
// weights of a tile's channels are unpacked once, into the stack.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_PANELSCRATCH_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_PANELSCRATCH_H

#include "../WeightStorage.h"
#include "TileEmitter.h"
#include "TiledShape.h"

namespace narrow::codegen {

/// The weights of some channels, a byte each:
///
///     [kernel loops...][steps][channels][group bytes of K]
class PanelScratch {
public:
  /// What the weights of `channels` channels take.
  static int64_t countBytes(const TiledShape &shape, int64_t channels) {
    return shape.runs() * shape.steps() * channels * shape.group;
  }

  /// Allocates `bytes` at the builder's place: the kernel's start, so that it
  /// is done once.
  PanelScratch(TileEmitter &e, int64_t bytes);

  /// Unpacks `channels` channels, whose first bytes are at `at` in `w`, and
  /// those of the next stored step `stepBytes` further.
  void unpack(const TiledShape &shape, const WeightStorage &storage,
              const Target &target, Value w, Value table, Value at,
              int64_t stepBytes, int64_t channels);

  Value getBuffer() const { return buffer; }

private:
  TileEmitter &e;
  Value buffer;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_PANELSCRATCH_H
