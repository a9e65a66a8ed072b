//===- TiledShape.h - the loops of a tiled contraction ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDSHAPE_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDSHAPE_H

#include "narrow/Support/LLVM.h"

namespace narrow::codegen {

/// The loops of a convolution or matrix product, whatever it was. Output
/// (image, group, y, x, channel) is the sum over the K loops of bytes, or
/// words, of A times weights. Strides and origins are in bytes.
struct TiledShape {
  struct Loop {
    int64_t count, stride;
  };
  int64_t images = 1, imageA = 0, imageO = 0;
  int64_t groups = 1,
          groupA = 0; ///< Groups of output channels; O's follow each other.
  int64_t rows = 1, rowA = 0, rowO = 0;
  int64_t cols = 1, pixelA = 0, pixelO = 0;
  int64_t originA = 0, originO = 0;
  /// Of a residual that is added, all 0 without.
  int64_t imageR = 0, rowR = 0, pixelR = 0, originR = 0, bytesR = 0;
  SmallVector<Loop> kernel;       ///< Loops around the runs, outermost first.
  int64_t run = 0;                ///< Contiguous bytes of A.
  int64_t channels = 0;           ///< Output channels of a group.
  int64_t bytesA = 0, bytesO = 0; ///< Whole buffers.

  unsigned tileStep = 0;   ///< Pixels by which tiles are smaller than chosen.
  int64_t group = 4;       ///< Bytes of A whose K is packed side by side.
  int64_t inputBytes = 1;  ///< Of an element of A, 1 or 2.
  int64_t weightBytes = 1; ///< Of a packed weight; 2 beside words alone.

  /// Merges loops whose strides allow it.
  void simplify();
  /// K steps of one group in a run, the last one padded by zero weights.
  int64_t steps() const { return (run + group - 1) / group; }
  int64_t runs() const;
  /// The outermost `longLoops` loops of `kernel` add sums of i32, of all that
  /// is inside, in i64; -1 where all sums are i32.
  int64_t longLoops = -1;

  bool hasWords() const { return inputBytes == 2; }
  bool hasLongSums() const { return longLoops >= 0; }
  /// Bytes of a channel's packed weights in a step.
  int64_t weightGroup() const { return group / inputBytes * weightBytes; }
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDSHAPE_H
