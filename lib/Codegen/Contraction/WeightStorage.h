//===- WeightStorage.h - how weights lie in memory -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one that knows how the weights of register tiles are packed and unpacked.
// Consecutive steps of K share the bits of a byte, not neighbouring channels:
// a vector of any width then unpacks into as wide a vector of each step, so
// that one packing serves all levels of an object.
//
//     bits of a byte     7 6 5 4 3 2 1 0
//     i4                 [step 1][step 0]    of each two steps
//     i2                 [ 3][ 2][ 1][ 0]    of each four
//     lut4, lut2         as i4, i2: places in a table that lies in front
//     i4 in blocks       as i4: weights without their block's multiplier; the
//                        multipliers lie behind (BlockPieces.h)
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_WEIGHTSTORAGE_H
#define NARROW_LIB_CODEGEN_CONTRACTION_WEIGHTSTORAGE_H

#include "ContractionData.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace narrow::codegen {

/// A storage code (N4) and how a kernel reads it.
class WeightStorage {
public:
  /// A byte each.
  WeightStorage() = default;

  /// Returns the storage of `data` for `target`; fails after an error at `op`
  /// if the code does not hold the weights.
  static FailureOr<WeightStorage>
  get(Operation *op, const ContractionData &data, const Target &target);

  /// The same code, unpacked to the weights themselves.
  WeightStorage unscaled() const {
    WeightStorage storage = *this;
    storage.isScaled = false;
    return storage;
  }

  /// Whether blocks of weights have multipliers.
  bool hasBlocks() const { return block != 0; }
  int64_t getBlock() const { return block; }
  /// Returns the multiplier of product `k` of a channel; 1 without blocks.
  int64_t getMultiplier(int64_t channel, int64_t k) const {
    return hasBlocks() ? multipliers[channel * blocksPerChannel + k / block]
                       : 1;
  }

  bool isPacked() const { return code != fxp::WeightStorage::I8; }
  /// K steps that share a byte.
  int64_t stepsPerByte() const { return 8 / bits(); }
  /// Steps of bytes that hold `steps` of weights.
  int64_t storedSteps(int64_t steps) const {
    return llvm::divideCeil(steps, stepsPerByte());
  }
  /// Bytes in front of the weights: the table, four times.
  int64_t headBytes() const { return hasTable() ? kHeadBytes : 0; }
  bool hasTable() const { return fxp::isTable(code); }
  /// By how many bits weights, and so accumulators, are larger than they are:
  /// bits that stay where they lie need no sign extended.
  unsigned scaleBits() const { return isScaled ? 8 - bits() : 0; }
  /// Writes the bytes in front.
  void packHead(char *bytes) const;
  /// Loads the table from the start of the packed weights; null without one.
  Value loadTable(mlir::ImplicitLocOpBuilder &b, Value weights) const;
  std::string key() const;

  /// Returns a byte of weights that are 0.
  char getPadding() const;
  /// Puts the weight of K step `step` into its byte.
  void insert(char &byte, int32_t weight, int64_t step) const;
  /// Returns the weights of K step `step` of a loaded vector of bytes, times
  /// 2^scaleBits(). `table` is what loadTable returned.
  Value unpack(mlir::ImplicitLocOpBuilder &b, const Target &target,
               Value packed, int64_t step, Value table) const;

private:
  static constexpr int64_t kHeadBytes = 64; ///< Keeps the weights aligned.

  unsigned bits() const { return fxp::getStoredBits(code); }

  fxp::WeightStorage code = fxp::WeightStorage::I8;
  bool isScaled = false;
  SmallVector<int64_t> table; ///< Ascending; of lut4.
  int64_t block = 0, blocksPerChannel = 0;
  SmallVector<int64_t> multipliers; ///< [channels][blocksPerChannel]
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_WEIGHTSTORAGE_H
