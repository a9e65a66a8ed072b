//===- TileLowering.h - how one ISA level spells the tile ops --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DIALECT_TILE_TRANSFORMS_TILELOWERING_H
#define NARROW_LIB_DIALECT_TILE_TRANSFORMS_TILELOWERING_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Target/Target.h"
#include <memory>

namespace narrow::tile {

using mlir::ImplicitLocOpBuilder;
using mlir::VectorType;

/// The lowering of every tile op to plain `arith` and `vector` ops, right on
/// any CPU. A level overrides what it has instructions for, and calls this
/// class where a case is rare.
class TileLowering {
public:
  virtual ~TileLowering() = default;

  /// Returns the lowering of `target`.
  static std::unique_ptr<TileLowering> create(const Target &target);

  /// Returns what `op` computes.
  virtual Value lowerDot(ImplicitLocOpBuilder &b, DotOp op);
  virtual Value lowerWordDot(ImplicitLocOpBuilder &b, WordDotOp op);
  virtual Value lowerWideDot(ImplicitLocOpBuilder &b, WideDotOp op);
  /// Returns both results of `op`.
  virtual SmallVector<Value> lowerSplitDot(ImplicitLocOpBuilder &b,
                                           SplitDotOp op);
  /// Returns `op`'s results.
  SmallVector<Value> lowerChannelDot(ImplicitLocOpBuilder &b, ChannelDotOp op);
  virtual Value lowerMma(ImplicitLocOpBuilder &b, MmaOp op);
  /// Returns `op`'s results.
  virtual SmallVector<Value> lowerRequant(ImplicitLocOpBuilder &b,
                                          RequantOp op);
  /// Returns `op`'s results.
  virtual SmallVector<Value> lowerAdd(ImplicitLocOpBuilder &b, AddOp op);
  /// Emits all of a block's products and stores the sums.
  virtual void lowerMatrixBlock(ImplicitLocOpBuilder &b, MatrixBlockOp op);
  /// Emits a compiler barrier.
  virtual void lowerBarrier(ImplicitLocOpBuilder &b);

protected:
  /// Multiplies signed bytes into words.
  virtual Value multiplyWords(ImplicitLocOpBuilder &b, Value x, Value y);

  // Small spellings that all levels share.
  static VectorType vec(ImplicitLocOpBuilder &b, int64_t n, unsigned bits);
  static Value splat(ImplicitLocOpBuilder &b, VectorType type, int64_t value);
  static Value bitcast(ImplicitLocOpBuilder &b, Value v, VectorType type);
  static Value shuffle(ImplicitLocOpBuilder &b, Value x, Value y,
                       ArrayRef<int64_t> mask);
  static Value slice(ImplicitLocOpBuilder &b, Value v, int64_t at, int64_t n);
  static Value concat(ImplicitLocOpBuilder &b, ArrayRef<Value> parts);
  static Value call(ImplicitLocOpBuilder &b, StringRef intrinsic,
                    ValueRange args, Type result);
  /// The activations that `op` multiplies lane by lane: broadcast where it says
  /// so.
  static Value activations(ImplicitLocOpBuilder &b, DotOp op);
  /// Accumulator `index` of `op` requantised but for the clamp: i32 lanes.
  Value requantLanes(ImplicitLocOpBuilder &b, RequantOp op, size_t index);
  /// Returns whether the level shifts i32 lanes left by different amounts;
  /// elsewhere LLVM may make powers of two in floating point.
  virtual bool hasLaneShifts() const { return false; }
  /// Returns whether the level multiplies the even i32 lanes of two vectors
  /// into signed products of 64 bits.
  virtual bool multipliesEvenLanes() const { return false; }
  /// Sign-extends or zero-extends to `bits`; 16-bit elements are signed.
  static Value extend(ImplicitLocOpBuilder &b, Value v, unsigned bits,
                      bool isSigned);
  /// Clamps signed lanes to the bounds of `op`.
  static Value clampSum(ImplicitLocOpBuilder &b, AddOp op, Value v);
  /// The loops of a block over K, inside out: `body` takes the bytes to add to
  /// the activations and to the weights, and what is carried.
  static SmallVector<Value>
  matrixLoops(ImplicitLocOpBuilder &b, MatrixBlockOp op, ValueRange carried,
              function_ref<SmallVector<Value>(Value, Value, ValueRange)> body);
  /// Clamps channel-ordered outputs to the op's bounds.
  static Value clampToBounds(ImplicitLocOpBuilder &b, RequantOp op,
                             Value outputs);
};

std::unique_ptr<TileLowering> createX86Lowering(const Target &target);
std::unique_ptr<TileLowering> createArmLowering(const Target &target);

} // namespace narrow::tile

#endif // NARROW_LIB_DIALECT_TILE_TRANSFORMS_TILELOWERING_H
