//===- ChannelChain.h - two layers and what lies between -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Channels between two layers, where nothing else reads them and nothing mixes
// them on the way, can be removed without anybody else's knowing.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_CHANNELCHAIN_H
#define NARROW_PREPARE_CHANNELCHAIN_H

#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow::prepare {

/// Returns the size of the last axis.
int64_t countChannels(Value value);

/// Whether `op` is a convolution whose results each read the one channel of
/// their number.
bool isDepthwise(Operation *op);

/// Channels of a layer with `channels` of them, of which some may go, are left
/// in groups of so many: kernels work on whole groups of `group`; a layer that
/// has no more is left in smaller ones.
int64_t getLeftGroup(int64_t channels, int64_t group);

/// A layer with constant weights `[O, ..., I]` and a constant bias.
struct Layer {
  Operation *op = nullptr;
  SmallVector<float> weights, bias;

  static std::optional<Layer> match(Operation *op);
  /// Returns the layer of an op in which every result reads all channels.
  static std::optional<Layer> matchDense(Operation *op);

  int64_t countPerResult() const {
    return static_cast<int64_t>(weights.size() / bias.size());
  }
  ArrayRef<float> getRow(int64_t result) const {
    return ArrayRef(weights).slice(result * countPerResult(), countPerResult());
  }
};

/// Gives a layer other weights and another bias; `shape` is that of the
/// weights.
void setWeights(Operation *op, ArrayRef<int64_t> shape, ArrayRef<float> weights,
                ArrayRef<float> bias);

/// Two dense layers, and what alone lies between them: ops that keep channels
/// apart, each with its only reader behind it. Channels of the producer come
/// around in the consumer's weights, innermost.
struct Chain {
  Layer producer, consumer;
  SmallVector<Operation *> between;
};

/// Returns the chain that begins with the layer `op`.
std::optional<Chain> matchChain(Operation *op);

} // namespace narrow::prepare

#endif // NARROW_PREPARE_CHANNELCHAIN_H
