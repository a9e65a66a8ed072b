//===- BlockCode.h - weights of blocks that share a multiplier -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `i4` in blocks (N4): along the weights of an output channel, in the order in
// which their constant has them, each 32, 64 or 128 are `u * q` with q of 4
// bits and one u, of 4 bits, for all of them. The last block of a channel may
// be shorter. Integer scales of a second level, after Dai et al., VS-Quant:
// Per-vector Scaled Quantization for Accurate Low-Precision Neural Network
// Inference, 2021; here the products are whole numbers, so that the weights
// stay i8 integers.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_BLOCKCODE_H
#define NARROW_DIALECT_FXP_IR_BLOCKCODE_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::fxp {

/// The discardable attribute of a constant that is stored as i4: how many
/// weights have a multiplier, an i64.
inline constexpr llvm::StringLiteral kBlockAttr = "narrow.block";

/// Multipliers are 1 to 15, what they multiply is -7 to 7.
inline constexpr int64_t kMostBlockMultiplier = 15, kMostBlockField = 7;
/// The largest magnitude of a weight in blocks.
inline constexpr int64_t kMostBlockWeight =
    kMostBlockMultiplier * kMostBlockField;

/// Returns whether there are blocks of so many weights.
bool isBlockSize(int64_t size);

/// Returns how many weights of the constant behind `weights` share a
/// multiplier; 0 where they have none, or it is no constant.
int64_t getBlock(Value weights);

/// Names the blocks of a constant; 0 for none.
void setBlock(ConstantOp constant, int64_t block);

/// Returns the least multiplier of which all of `block` are -7 to 7 times, or
/// nothing.
std::optional<int64_t> findMultiplier(ArrayRef<int64_t> block);

/// Returns the multipliers of `weights` [channels, depth] as
/// [channels, ceil(depth / block)], or what a message says where a block has
/// none.
struct BlockMultipliers {
  SmallVector<int64_t> values;
  std::string misfit;
};
BlockMultipliers findMultipliers(int64_t block, ArrayRef<int64_t> weights,
                                 int64_t channels);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_BLOCKCODE_H
