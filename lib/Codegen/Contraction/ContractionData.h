//===- ContractionData.h - the constants of a contraction ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_CONTRACTIONDATA_H
#define NARROW_LIB_CODEGEN_CONTRACTION_CONTRACTIONDATA_H

#include "narrow/Codegen/Kernel.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"

namespace narrow::codegen {

/// How an operand or result is stored.
struct StoredValues {
  bool isSigned = false;
  unsigned bits = 8;           ///< Of an element in memory: 8, 16 or 32.
  int64_t low = 0, high = 255; ///< Storage range.
  int64_t zeroPoint = 0;       ///< Of channel 0.
  /// One per channel of the last axis, where they differ.
  SmallVector<int64_t> zeroPoints;

  static StoredValues get(Type type);
  int64_t getZeroPoint(int64_t channel) const {
    return zeroPoints.empty() ? zeroPoint : zeroPoints[channel];
  }
  /// Whether the range is all of the storage type's.
  bool isFullRange() const;
  int64_t typeLow() const { return isSigned ? -(int64_t(1) << (bits - 1)) : 0; }
  int64_t typeHigh() const { return typeLow() + (int64_t(1) << bits) - 1; }
};

/// The weights less their zero points, and what goes with every output channel.
struct ContractionData {
  int64_t channels = 0; ///< Output channels, all groups.
  int64_t depth = 0;    ///< Products of an output: kh * kw * inputs.
  int64_t inputs = 1;   ///< Input channels of a group.
  int64_t groups = 1;
  std::vector<int32_t> weights; ///< [channels][depth]
  /// The code that the weights' constant names.
  fxp::WeightStorage storage = fxp::WeightStorage::I8;
  /// Weights that share a multiplier in it; 0 for none.
  int64_t block = 0;
  SmallVector<int64_t> bias;     ///< [channels], exact
  bool wideAccumulators = false; ///< The bias is i64.
  StoredValues input, output;
  fxp::RequantAttr requant;

  /// Zero point of the activation that product `k` of an output channel takes.
  int64_t inputZero(int64_t channel, int64_t k) const {
    return input.getZeroPoint(channel / (channels / groups) * inputs +
                              k % inputs);
  }

  /// Reads the constant operands; fails after an error at `op`.
  static FailureOr<ContractionData> get(fxp::WeightedOpInterface op);

  /// Whether results have more than 16 bits.
  bool hasLongResults() const { return output.bits > 16; }
  bool fitsBytes() const; ///< All weights are in [-128, 127].
  /// All weights are in [-255, 255], as those of 8 bits less a zero point.
  bool fitsByteParts() const;
  bool fitsWords() const; ///< All weights are in [-2^15, 2^15 - 1].
  bool isNarrow() const;  ///< All weights are in [-127, 127].
  /// Makes weights that leave 8 bits the fewest equal parts in [-127, 127]:
  /// [channels][parts][depth], so that a sum takes every activation once for
  /// each part. Returns how many, 1 where all fit as they are. The parts of a
  /// weight have its sign, so that the range of a sum stays what it was.
  int64_t splitIntoBytes();
  int32_t weight(int64_t channel, int64_t k) const {
    return weights[channel * depth + k];
  }
  int32_t multiplier(int64_t channel) const {
    return pick(requant.getMultiplier(), channel);
  }
  int32_t shift(int64_t channel) const {
    return pick(requant.getShift(), channel);
  }
  int64_t offset(int64_t channel) const {
    return pick(requant.getOffset(), channel);
  }
  /// Clamp bounds of a channel, and whether any channel needs one beyond the
  /// storage type's own saturation.
  int64_t minimum(int64_t channel) const;
  int64_t maximum(int64_t channel) const;
  bool needsMinimum() const;
  bool needsMaximum() const;

  /// Returns what accumulators start from: bias, requantisation offset and
  /// `-z_x * sum(w)`, for activations that the kernel reads `readOffset` lower
  /// than they are stored; modulo 2^32, as accumulators are. Fails after an
  /// error if some input takes the finished accumulator out of i32.
  FailureOr<std::vector<int32_t>> foldBias(Operation *op,
                                           int64_t readOffset) const;

  /// The same in 64 bits, for all sums.
  std::vector<int64_t> foldLongBias(int64_t readOffset) const;

  /// Whether no input takes a finished accumulator out of i32. Sums modulo 2^32
  /// are then exact, whatever the bias's width.
  bool fitNarrowAccumulators() const;

  /// Smallest and largest accumulator of a channel, offset included, over all
  /// inputs.
  fxp::IntegerRange getAccumulatorRange(int64_t channel) const;

private:
  static int32_t pick(mlir::DenseI32ArrayAttr values, int64_t channel) {
    return values.empty() ? 0 : values[values.size() == 1 ? 0 : channel];
  }
};

/// How a kernel of byte tiles multiplies.
struct ByteForm {
  bool flip = false; ///< Activations are xor-ed by 0x80 after the load.
  bool narrowWeights = false; ///< No weight is -128.
  bool pairSafe = false;      ///< See tile.dot.

  int64_t key() const { return flip + 2 * narrowWeights + 4 * pairSafe; }
};

/// What a kernel needs to know about requantisation; its numbers are constants
/// in memory.
struct RequantForm {
  tile::RequantMode mode;
  unsigned outputBytes;
  bool outputSigned, hasMinimum, hasMaximum;
  bool hasPreShift = false; ///< Of q31_high, where any is not 0.
  bool byteShifts = false;  ///< Shifts are stored as bytes.
  bool longSums = false;    ///< Sums, and the stored bias, are i64.
  int32_t zeroPoint;        ///< 0 in q15, which folds it.

  static RequantForm get(const ContractionData &data);
  /// The same for accumulators of 32 bits: q31 becomes q31_high where the range
  /// of every channel's accumulator leaves room for its pre-shift, q31_double
  /// becomes q31_double_high where no channel has one.
  static RequantForm getNarrow(const ContractionData &data);
  unsigned multiplierBytes() const;
  bool hasShift() const { return mode != tile::RequantMode::F32; }
  /// Whether the high halves of the products are all that is needed.
  bool isHigh() const {
    return mode == tile::RequantMode::Q31High ||
           mode == tile::RequantMode::Q31DoubleHigh;
  }
  unsigned shiftBytes() const { return byteShifts ? 1 : 4; }
  unsigned biasBytes() const { return longSums ? 8 : 4; }
  /// The shifts of a requantisation whose own shift is `shift`.
  int32_t getPreShift(int32_t shift) const;
  int32_t getShift(int32_t shift) const;
  std::string key() const;
};

/// Where the parameters of the channels lie in one constant: sections of
/// `slots` entries each, every section a multiple of 64 bytes.
///
///     bias i32 or i64 | multiplier i16, i32 or f32 | pre-shift i32 or u8 |
///     shift i32 or u8 | minimum | maximum
struct ParameterBlock {
  int64_t slots = 0;
  int64_t multiplier = 0, preShift = 0, shift = 0, minimum = 0, maximum = 0,
          bytes = 0; ///< Byte offsets.

  ParameterBlock(const RequantForm &form, int64_t slots);
  /// Returns the contents; `channels[slot]` is the channel of a slot or -1. The
  /// bounds, which apply to finished outputs, are in the order of `outputs`.
  std::vector<char> fill(const RequantForm &form, const ContractionData &data,
                         ArrayRef<int32_t> bias, ArrayRef<int64_t> channels,
                         ArrayRef<int64_t> outputs) const;
  /// The same with a bias of i64.
  std::vector<char> fill(const RequantForm &form, const ContractionData &data,
                         ArrayRef<int64_t> bias, ArrayRef<int64_t> channels,
                         ArrayRef<int64_t> outputs) const;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_CONTRACTIONDATA_H
