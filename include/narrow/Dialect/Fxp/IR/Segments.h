//===- Segments.h - the segments of fxp.interpolate ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the segments of a short table lie (N46), and the choice of one for a
// function.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_SEGMENTS_H
#define NARROW_DIALECT_FXP_IR_SEGMENTS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "llvm/Support/MathExtras.h"
#include <string>

namespace narrow::fxp {

/// Segments of a table, of two bytes each, a block counted as two: 2 KiB.
inline constexpr int64_t kMostSegments = 1024;
/// Bits of a place in a segment.
inline constexpr int32_t kPlaceBits = 14;
/// Each octave has at most 2^this many blocks.
inline constexpr int32_t kMostOctaveBits = 2;

/// Neighbouring inputs whose segments have one length.
struct SegmentBlock {
  int64_t start = 0;  ///< Distance of the first from the side's first input.
  int64_t width = 0;  ///< Of a whole block.
  int64_t inputs = 0; ///< Those that the input's type has.
  int32_t bits = 0;   ///< A segment has 2^bits inputs.
  int64_t entry = 0;  ///< The first segment's first entry.

  int64_t getSegments() const {
    return llvm::divideCeilSigned(inputs, 1 << bits);
  }
  /// Those of the shortest segments that a block may have, cut or not.
  int32_t getLeastBits() const {
    return static_cast<int32_t>(
        llvm::Log2_64(std::max<int64_t>(1, width / kMostSegments)));
  }
};

/// Inputs from `first` on in steps of `direction`, block after block, whose
/// entries follow one another, with one more at the end.
struct SegmentSide {
  int64_t first = 0, direction = 1;
  SmallVector<SegmentBlock> blocks;
};

/// The form of a table: how long its segments are.
struct SegmentForm {
  IntegerRange stored;
  std::optional<int32_t> origin;
  int32_t octaveBits = 0;

  static SegmentForm of(InterpolateOp op);

  /// Returns the sides with their blocks, all of segments of one input.
  SmallVector<SegmentSide> getSides() const;
  /// Returns the sides with these lengths, one for each block, and the places
  /// of their entries.
  SmallVector<SegmentSide> getSides(ArrayRef<int32_t> segmentBits) const;
};

/// Returns the entries of all sides.
int64_t countEntries(ArrayRef<SegmentSide> sides);
/// Returns the segments of all sides, those between two sides too, a block
/// counted as two.
int64_t countSegments(const SegmentForm &form, ArrayRef<SegmentSide> sides);

/// A table that stands for a function.
struct InterpolationTable {
  SegmentForm form;
  SmallVector<int32_t> segmentBits;
  int32_t fractionBits = 0;
  SmallVector<int16_t> entries;
};

/// Chooses the shortest table of at most `kMostSegments` segments that stands
/// for `function` of the stored inputs of `input`, in `result`: with an error
/// whose mean square, in each octave of distances from the zero point on either
/// side, is at most that of rounded entries (N42) and `x^2` more, and which is
/// nowhere larger than `most`, both in steps of the result. Results of at most
/// 8 bits have x = 1/32 and most = 1, others, which are rounded twice, 3/8 and
/// 32. Equal lengths are tried first: they cost less time. Fails, with a
/// reason, where types have several scales or no such table is found, and where
/// one entry for each input takes no more memory.
FailureOr<InterpolationTable>
chooseInterpolation(Type input, Type result,
                    function_ref<double(double)> function,
                    std::string *reason = nullptr);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_SEGMENTS_H
