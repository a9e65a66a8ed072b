//===- ChannelAffine.h - per-channel scale and offset ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A batch normalisation, a product or a sum with one constant per channel are
// all x * scale[c] + offset[c], which a convolution or a linear layer before or
// behind it can take into its weights and bias.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_CHANNELAFFINE_H
#define NARROW_LIB_PREPARE_CHANNELAFFINE_H

#include "mlir/IR/PatternMatch.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow::prepare {

/// `op`'s result is input[..., c] * scale[c] + offset[c].
struct ChannelAffine {
  Operation *op;
  Value input;
  SmallVector<double> scale, offset;
};

/// What an input's offset may add to a result through one weight. Products that
/// hold the offset and a bias that takes it away again round at its size: of
/// the 24 bits of an f32, 12 are left for a result of about 1. A time stamp
/// minus its mean would lose all of them.
constexpr double kLargestFoldedShift = 4096;

/// The same for what normalises an input of the network. It can be computed in
/// the input's cast, while a layer that takes it in leaves the input one type
/// for all channels: offsets that are large beside what they give, and scales
/// further apart than this, would leave some of them few steps.
constexpr double kLargestInputShift = 64, kMostUnlikeScales = 4;

/// Matches a batch normalisation whose statistics are constant.
std::optional<ChannelAffine> matchBatchNorm(Operation *op);

/// Matches a `tosa.mul`, `tosa.add` or `tosa.sub` of an f32 value and a
/// constant per channel (or one number).
std::optional<ChannelAffine> matchScaleOrOffset(Operation *op);

/// Multiplies scale and offset into the convolution or linear layer that alone
/// makes the input, and replaces the op by it. Fails, and changes nothing,
/// where there is none with constant weights and bias.
LogicalResult foldIntoProducer(mlir::PatternRewriter &rewriter,
                               const ChannelAffine &affine);

/// Multiplies scale and offset into `consumer`, the convolution or linear layer
/// that reads the op's result, if it has constant weights. An offset other than
/// zero cannot be folded into a convolution that pads, since the padding would
/// have to be moved as well, and one that adds more than `kLargestFoldedShift`
/// is not; the normalisation of an input is folded within its own limits.
/// Fails, and changes nothing, where it cannot be done.
LogicalResult foldIntoConsumer(mlir::PatternRewriter &rewriter,
                               const ChannelAffine &affine,
                               Operation *consumer);

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_CHANNELAFFINE_H
