//===- X86Epilogue.h - what x86 does with sums ------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DIALECT_TILE_TRANSFORMS_X86EPILOGUE_H
#define NARROW_LIB_DIALECT_TILE_TRANSFORMS_X86EPILOGUE_H

#include "TileLowering.h"

namespace narrow::tile {

/// One instruction's names at 128, 256 and 512 bits.
struct X86Intrinsic {
  StringRef name128, name256, name512;
  StringRef of(int64_t lanes) const {
    return lanes == 16 ? name512 : lanes == 8 ? name256 : name128;
  }
};
inline constexpr X86Intrinsic kMultiplyAddPairs = {
    "llvm.x86.sse2.pmadd.wd", "llvm.x86.avx2.pmadd.wd",
    "llvm.x86.avx512.pmaddw.d.512"};

/// Requantised sums and additions on all x86 levels: saturating packs, rounding
/// high products, in-lane orders.
class X86Epilogue : public TileLowering {
public:
  explicit X86Epilogue(const Target &target) : target(target) {}

  SmallVector<Value> lowerRequant(ImplicitLocOpBuilder &b,
                                  RequantOp op) override;
  SmallVector<Value> lowerAdd(ImplicitLocOpBuilder &b, AddOp op) override;

protected:
  // SSE2 shifts all lanes by one amount.
  bool hasLaneShifts() const override { return target.vectorBytes > 16; }
  // As does SSE4.1's PMULDQ alone.
  bool multipliesEvenLanes() const override { return target.vectorBytes > 16; }

  static int64_t lanesOf(Value v) {
    return cast<VectorType>(v.getType()).getNumElements();
  }
  bool isWhole(int64_t lanes) const {
    return (lanes == 4 || lanes == 8 || lanes == 16) &&
           4 * lanes <= target.vectorBytes;
  }

  const Target &target;

private:
  /// The sums of `piece` elements as i16, clamped to the result's range if that
  /// has 16 bits.
  Value addWords(ImplicitLocOpBuilder &b, AddOp op, Value x, Value y);
  /// Words in order, clamped, as bytes in order.
  Value toBytes(ImplicitLocOpBuilder &b, AddOp op, ArrayRef<Value> words);
  /// Moves the builder up in its block, to where all of `values` are defined.
  static void setInsertionPointAfterLast(ImplicitLocOpBuilder &b,
                                         ArrayRef<Value> values);
  /// Pairs of requantised accumulators, saturated to i16. In each 16-byte lane:
  /// four of the first, four of the second.
  SmallVector<Value> narrowPairs(ImplicitLocOpBuilder &b, RequantOp op);
  /// The same for q15: saturate(a >> s), then the rounding high product.
  SmallVector<Value> narrowPairsQ15(ImplicitLocOpBuilder &b, RequantOp op);
  /// `(v * m + 2^14) >> 15` of 16-bit lanes.
  Value roundingHigh(ImplicitLocOpBuilder &b, Value v, Value m, int64_t lanes);
  /// Four accumulators' bytes in channel order, from pairs `at` and `at + 1`.
  Value packBytes(ImplicitLocOpBuilder &b, RequantOp op, ArrayRef<Value> pairs,
                  size_t at);
  /// Undoes the in-lane order of `slots` packed accumulators of 16 bits.
  Value inOrder(ImplicitLocOpBuilder &b, Value v, int64_t lanes, int64_t slots);
  /// Cuts or joins the pieces, which hold all outputs in order, into pixels.
  SmallVector<Value> splitPixels(ImplicitLocOpBuilder &b, RequantOp op,
                                 ArrayRef<Value> pieces);
  SmallVector<Value> clampAll(ImplicitLocOpBuilder &b, RequantOp op,
                              SmallVector<Value> values);
};

} // namespace narrow::tile

#endif // NARROW_LIB_DIALECT_TILE_TRANSFORMS_X86EPILOGUE_H
