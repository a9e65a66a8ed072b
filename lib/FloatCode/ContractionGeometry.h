//===- ContractionGeometry.h - loops of a fused contraction ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FLOATCODE_CONTRACTIONGEOMETRY_H
#define NARROW_LIB_FLOATCODE_CONTRACTIONGEOMETRY_H

#include "narrow/Dialect/Fused/IR/FusedOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow::floatcode {

/// Taps along an axis of the result: result position `p` reads input positions
/// `p * stride - pad + tap * dilation` that lie in `[0, size)`.
struct Window {
  int64_t taps = 1, stride = 1, dilation = 1, pad = 0, size = 1;

  /// Whether the tap of that position lies in the input.
  bool isInside(int64_t position, int64_t tap) const {
    int64_t at = position * stride - pad + tap * dilation;
    return at >= 0 && at < size;
  }
  /// Whether all taps of all positions of `[0, positions)` lie in the input.
  bool isAlwaysInside(int64_t positions) const {
    return isInside(0, 0) && isInside(positions - 1, taps - 1);
  }
};

/// An axis of result positions. Steps are in elements.
struct Axis {
  int64_t size = 1;
  int64_t input = 0, output = 0; ///< From a position to the next.
  SmallVector<int64_t> others;   ///< The same in the body's operands.
  int64_t tap = 0;               ///< From a tap to the next in the input.
  Window window;
  bool isWindow = false;

  /// From the first position's first tap (perhaps outside) to the input's
  /// start.
  int64_t getStart() const {
    return window.dilation == 0 ? 0 : -window.pad * tap / window.dilation;
  }
};

/// The axes of result positions, outermost first, at least one. Axes that lie
/// side by side in all buffers are one.
struct Geometry {
  SmallVector<Axis> axes;
  int64_t channels = 1, outputs = 1;
  /// From a channel to the next in the body's operands: 0 or 1.
  SmallVector<int64_t> otherChannel;

  static Geometry get(fused::ContractionOp op);
};

/// Taps of one row of a window that the same rows of a tile read.
struct TapRun {
  int64_t first, count;
  int64_t rowBegin, rowEnd;
};

/// Splits the taps along a row for the tile of `rows` positions from `start`
/// on; taps of no row are left out.
SmallVector<TapRun> splitTaps(const Axis &row, int64_t start, int64_t rows);

} // namespace narrow::floatcode

#endif // NARROW_LIB_FLOATCODE_CONTRACTIONGEOMETRY_H
