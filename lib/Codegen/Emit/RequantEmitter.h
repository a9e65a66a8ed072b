//===- RequantEmitter.h - emits requantisation (N20 to N23) ----------*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_REQUANTEMITTER_H
#define NARROW_LIB_CODEGEN_EMIT_REQUANTEMITTER_H

#include "BuiltKernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

/// Turns exact i32 accumulators into stored outputs. Parameters that are the
/// same for all channels are part of the code; the others are one constant of
/// i32 rows, `[rows][channels]`.
class RequantEmitter {
public:
  /// Accumulators are integers of `accumulatorBits` bits in their i32 lanes.
  RequantEmitter(fxp::RequantAttr attr, const StoredType &result,
                 unsigned accumulatorBits = 32);

  bool needsConstant() const { return !rows.empty(); }
  /// Returns the constant's contents as i32.
  std::vector<char> constantBytes() const;
  void addToKey(KernelKey &key) const;
  int64_t getChannels() const { return channels; }

  /// Requantises i32 lanes. `constant` and `channels` are used only if there
  /// are parameters per channel. Returns i32 lanes inside the clamp.
  Value emit(KernelBuilder &kb, Value acc, const TypedBuffer *constant,
             const LaneChannels &channels) const;

private:
  enum Row { Multiplier, Shift, Offset, Min, Max, RowCount };
  Value parameter(KernelBuilder &kb, Row row, unsigned lanes,
                  const TypedBuffer *constant,
                  const LaneChannels &channels) const;

  fxp::RequantMode mode;
  unsigned accumulatorBits;
  int64_t zeroPoint, lo, hi; ///< Of the result's storage.
  int64_t channels = 1;
  int64_t scalar[RowCount];   ///< Value of a row without a constant.
  int64_t rowIndex[RowCount]; ///< Row in the constant, or -1.
  SmallVector<SmallVector<int32_t>> rows;
};

/// The largest bound of `emitRoundToInteger`.
inline constexpr int64_t kMostRounded = 1 << 22;

/// Rounds f32 lanes to the nearest integer, ties to even, clamped to [lo, hi]
/// (within kMostRounded); NaN gives 0. Emits no call on any target.
Value emitRoundToInteger(KernelBuilder &kb, Value real, int64_t lo, int64_t hi);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_REQUANTEMITTER_H
