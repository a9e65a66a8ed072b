//===- ChannelChain.cpp - two layers and what lies between ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Prepare/ChannelChain.h"

#include "Constants.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

int64_t prepare::countChannels(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

bool prepare::isDepthwise(Operation *op) {
  auto conv = dyn_cast<nn::Conv2DOp>(op);
  return conv && conv.getGroups() > 1 &&
         static_cast<int64_t>(conv.getGroups()) ==
             countChannels(conv.getInput()) &&
         countChannels(conv.getInput()) == countChannels(conv.getResult());
}

int64_t prepare::getLeftGroup(int64_t channels, int64_t group) {
  constexpr int64_t kSmallGroup = 4;
  group = std::max<int64_t>(group, 1);
  return channels <= group ? std::min(group, kSmallGroup) : group;
}

std::optional<Layer> Layer::match(Operation *op) {
  auto weights = matchFloats(op->getOperand(1)),
       bias = matchFloats(op->getOperand(2));
  if (!weights || !bias)
    return std::nullopt;
  return Layer{op, std::move(*weights), std::move(*bias)};
}

std::optional<Layer> Layer::matchDense(Operation *op) {
  auto conv = dyn_cast<nn::Conv2DOp>(op);
  if (!isa<nn::LinearOp>(op) && !(conv && conv.getGroups() == 1))
    return std::nullopt;
  return match(op);
}

void prepare::setWeights(Operation *op, ArrayRef<int64_t> shape,
                         ArrayRef<float> weights, ArrayRef<float> bias) {
  OpBuilder builder(op);
  op->setOperand(1, createFloats(builder, op->getLoc(), shape, weights));
  op->setOperand(2, createFloats(builder, op->getLoc(),
                                 static_cast<int64_t>(bias.size()), bias));
}

/// Returns whether `op`, which reads a value of so many channels, is a reshape
/// in which they come around along the last axis, in their order.
static bool keepsChannels(Operation *op) {
  auto reshape = dyn_cast<tosa::ReshapeOp>(op);
  return reshape && countChannels(reshape.getResult()) %
                            countChannels(reshape.getInput1()) ==
                        0;
}

std::optional<Chain> prepare::matchChain(Operation *op) {
  std::optional<Layer> producer = Layer::matchDense(op);
  if (!producer)
    return std::nullopt;
  Chain chain{std::move(*producer), {}, {}};
  Value value = op->getResult(0);
  for (bool isFlat = false;;) {
    if (!value.hasOneUse())
      return std::nullopt;
    Operation *reader = *value.user_begin();
    if (reader->getNumResults() != 1 || reader->getOperand(0) != value)
      return std::nullopt;
    if (auto consumer = Layer::matchDense(reader)) {
      chain.consumer = std::move(*consumer);
      return chain;
    }
    // Channels that come around several times are read by a layer alone.
    bool isApart =
        !isFlat &&
        (isa<tosa::ClampOp, nn::UnaryOp, nn::MaxPool2DOp, nn::AvgPool2DOp>(
             reader) ||
         (isDepthwise(reader) && Layer::match(reader)));
    bool isReshape = keepsChannels(reader);
    if (!isApart && !isReshape)
      return std::nullopt;
    isFlat |= isReshape &&
              countChannels(reader->getResult(0)) != countChannels(value);
    chain.between.push_back(reader);
    value = reader->getResult(0);
  }
}
