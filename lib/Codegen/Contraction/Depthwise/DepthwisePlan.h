//===- DepthwisePlan.h - which bytes a depthwise kernel joins --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Four input bytes of a channel, from four places of the window, are
// interleaved into one 32-bit lane, a quad, which makes a dot product of four
// bytes a depthwise instruction. One quad serves every output row and column
// that overlaps it: `rows` output rows are computed together.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEPLAN_H
#define NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEPLAN_H

#include "narrow/Support/LLVM.h"
#include "narrow/Target/Target.h"
#include <array>
#include <vector>

namespace narrow::codegen {

/// A depthwise convolution by its sizes, with strides in bytes.
struct DepthwiseShape {
  int64_t channels = 0, rows = 0, cols = 0; ///< Of the output.
  int64_t images = 1, imageA = 0, imageO = 0;
  int64_t kernelRows = 0, kernelCols = 0, strideY = 1, strideX = 1,
          dilationY = 1, dilationX = 1;
  /// Weights of a position, whose products are added: [parts][kernel rows]
  /// [kernel columns].
  int64_t parts = 1;
  int64_t rowA = 0, pixelA = 0, originA = 0,
          bytesA = 0; ///< Input pixels, not strided.
  int64_t rowO = 0, pixelO = 0, originO = 0, bytesO = 0;
  int64_t outputBytes = 1;

  /// Returns a text that identifies the shape, part of kernel names.
  std::string key() const;
};

/// A place of the window of the first of the output rows that go together.
struct WindowPlace {
  int64_t row, col;
};

/// The weight of each byte of a quad: a kernel position, or none. Rows of the
/// second part of weights follow those of the first.
struct QuadTap {
  int64_t ky = -1, kx = -1;
  bool exists() const { return ky >= 0; }
  bool operator==(const QuadTap &other) const {
    return ky == other.ky && kx == other.kx;
  }
};

/// Where quads come from and what they are multiplied with.
struct QuadPlan {
  using Kind = std::array<WindowPlace, 4>;
  struct Use {
    unsigned kind;
    int64_t col; ///< The quad's column is this beyond its kind's.
    std::array<QuadTap, 4> taps;
  };
  SmallVector<Kind> kinds;
  SmallVector<SmallVector<Use>> uses; ///< Of each of the output rows.

  static QuadPlan get(const DepthwiseShape &shape, int64_t rows);
  int64_t countUses() const;
};

/// What the bytes or words of a packed vector hold in each lane: the weights of
/// these taps, in this order.
using WeightPattern = SmallVector<QuadTap, 4>;

/// Blocks of channels of one width that are walked alike.
struct DepthwiseBlocks {
  int64_t width;  ///< Bytes of a vector, V.
  int64_t first;  ///< Channel of the first block.
  int64_t count;  ///< Blocks.
  int64_t stored; ///< Channels of a block that exist.
  bool flat;      ///< A row is one string of bytes; `phases` vectors repeat.
  int64_t phases;
  int64_t weights; ///< Byte of the packed weights.
  int64_t slot;    ///< Slot of the parameters.
};

/// Output rows that are computed `rows` at a time.
struct DepthwisePass {
  int64_t begin, end, rows;
  QuadPlan quads;
  /// The plan's patterns that each use multiplies, row after row: one, or two
  /// of words.
  SmallVector<SmallVector<unsigned, 2>> patterns;
};

/// How a tile is built.
struct DepthwiseTile {
  int64_t rows = 2, cols = 1; ///< Output rows and columns (flat: vectors).
  bool flat = false;
  /// Quads are widened to two vectors of words, bytes 0 and 2 and bytes 1 and 3
  /// of each lane, and so are the packed weights: for levels that have no dot
  /// product of bytes.
  bool words = false;

  /// Whether a level multiplies words so.
  static bool widensWeights(const Target &target) {
    return target.dot == DotKind::PMaddWd || target.dot == DotKind::PMaddUbs;
  }
  /// The patterns of the packed weights of one use.
  SmallVector<WeightPattern, 2> getPatterns(const QuadPlan::Use &use) const;
};

/// Everything that decides code and packing.
struct DepthwisePlan {
  DepthwiseTile tile;
  std::vector<DepthwisePass> passes;
  /// Of every pass. A group of channels of a block has a vector of weights for
  /// each pattern; rows and passes that multiply the same share it.
  SmallVector<DepthwiseBlocks> blocks;
  SmallVector<WeightPattern> patterns;
  int64_t weightBytes = 0, slots = 0;

  /// The tile is `tileStep` times smaller than measured best: first by its
  /// columns, then by its rows.
  static DepthwisePlan get(const DepthwiseShape &shape, const Target &target,
                           unsigned tileStep = 0);
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEPLAN_H
