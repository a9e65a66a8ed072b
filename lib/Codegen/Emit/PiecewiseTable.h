//===- PiecewiseTable.h - a table as two straight lines ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Many tables (leaky and parametric ReLU, clamps, rescales) are two straight
// lines that meet at the zero point. Vector arithmetic then gives the same
// entries faster than loads from a table; whether it does is checked entry by
// entry at compile time.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_PIECEWISETABLE_H
#define NARROW_LIB_CODEGEN_EMIT_PIECEWISETABLE_H

#include "BuiltKernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

/// `entry(q) = clamp((d * multiplier + offset) >> 16)`, `d = q - knee`, with
/// one multiplier and offset below the knee and one from it on, per channel.
class PiecewiseTable {
public:
  /// Finds integers that give every entry of every table, or nothing. `values`
  /// is [channels][entries], the first entry that of `from.lo`.
  static std::optional<PiecewiseTable> find(ArrayRef<int64_t> values,
                                            int64_t channels,
                                            const StoredType &from,
                                            const StoredType &to);
  /// The same of an op's tables.
  static std::optional<PiecewiseTable> find(fxp::LookupOp op);

  /// Puts the rows in the order of `order`, which names channels, or -1 for
  /// any; a channel may be named several times. One table stays one.
  void arrange(ArrayRef<int64_t> order);

  /// Rows of one value a channel, of `rowBytes()` bytes each.
  std::vector<char> constantBytes() const;
  unsigned rowBytes() const { return words.empty() ? 4 : 2; }
  bool needsConstant() const { return channels > 1; }
  void addToKey(KernelKey &key) const;

  /// Computes the entries of i32 lanes.
  Value emit(KernelBuilder &kb, Value q, const TypedBuffer *constant,
             const LaneChannels &channels) const;

private:
  enum Row { LowMultiplier, LowOffset, HighMultiplier, HighOffset, RowCount };
  static constexpr int64_t kShift = 16;

  /// Fits one line to the entries of one side, its multiplier a multiple of
  /// `step`; fails if there is none.
  static bool fitLine(ArrayRef<int64_t> distances, ArrayRef<int64_t> entries,
                      const StoredType &to, int64_t step, int64_t &multiplier,
                      int64_t &offset);
  /// Fits both lines of every channel.
  bool fitLines(ArrayRef<int64_t> values, const StoredType &from,
                const StoredType &to, int64_t step);
  Value row(KernelBuilder &kb, Row row, unsigned lanes,
            const TypedBuffer *constant, const LaneChannels &lanesOf) const;
  void splitIntoWords();
  Value emitWords(KernelBuilder &kb, Value q, const TypedBuffer *constant,
                  const LaneChannels &lanesOf) const;

  int64_t channels = 1, knee = 0, lo = 0, hi = 0;
  SmallVector<int32_t> rows[RowCount];
  /// The same numbers for 16-bit arithmetic, if all multipliers are in
  /// [0, 2^16), or else 2^`gain` times signed numbers of 16 bits, as distances
  /// then are too: for each side these numbers and the offsets' low and high
  /// halves. Below the knee a distance read as unsigned is 2^16 too large, so
  /// an unsigned multiplier is taken off the high half there.
  SmallVector<SmallVector<int16_t>, 6> words;
  int64_t gain = 0;
  bool isSigned = false;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_PIECEWISETABLE_H
