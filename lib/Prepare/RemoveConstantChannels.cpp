//===- RemoveConstantChannels.cpp - channels that say nothing -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "narrow/Prepare/ChannelChain.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_REMOVECONSTANTCHANNELS
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

static bool hasPads(Operation *op) {
  auto pads = op->getAttrOfType<mlir::DenseI64ArrayAttr>("pads");
  return pads &&
         llvm::any_of(pads.asArrayRef(), [](int64_t pad) { return pad != 0; });
}

static bool isZeroRow(ArrayRef<float> row) {
  return llvm::all_of(row, [](float weight) { return weight == 0; });
}

/// Whether no element of the value is below 0.
static bool isNeverNegative(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto clamp = llvm::dyn_cast_or_null<tosa::ClampOp>(op))
    return cast<mlir::FloatAttr>(clamp.getMinValAttr()).getValueAsDouble() >= 0;
  return llvm::isa_and_nonnull<nn::MaxPool2DOp, nn::AvgPool2DOp,
                               tosa::ReshapeOp, tosa::TransposeOp>(op) &&
         isNeverNegative(op->getOperand(0));
}

using Constants = SmallVector<std::optional<float>>;

/// Returns what is constant in the producer's result. `next` is its reader.
static Constants findOwn(const Layer &producer, Operation *next) {
  bool isNotNegative = isNeverNegative(producer.op->getOperand(0));
  auto clamp = dyn_cast<tosa::ClampOp>(next);
  double low =
      clamp ? cast<mlir::FloatAttr>(clamp.getMinValAttr()).getValueAsDouble()
            : -std::numeric_limits<double>::infinity();
  Constants constants;
  for (auto [index, bias] : llvm::enumerate(producer.bias)) {
    ArrayRef<float> row = producer.getRow(static_cast<int64_t>(index));
    std::optional<float> &constant = constants.emplace_back();
    // A sum of terms that are not positive never rounds above the bias, and
    // what is below the bound is the bound.
    bool isBelow = isNotNegative && bias <= low &&
                   llvm::all_of(row, [](float w) { return w <= 0; });
    if (isZeroRow(row) || isBelow)
      constant = bias;
  }
  return constants;
}

/// Brings constants through an op that keeps channels apart; those that are not
/// known exactly behind it are none any more.
static void pass(Operation *op, Constants &constants) {
  if (auto clamp = dyn_cast<tosa::ClampOp>(op)) {
    auto low = static_cast<float>(
             cast<mlir::FloatAttr>(clamp.getMinValAttr()).getValueAsDouble()),
         high = static_cast<float>(
             cast<mlir::FloatAttr>(clamp.getMaxValAttr()).getValueAsDouble());
    for (std::optional<float> &constant : constants)
      if (constant)
        constant = std::min(std::max(*constant, low), high);
    return;
  }
  if (isa<nn::MaxPool2DOp, tosa::ReshapeOp>(op))
    return;
  std::optional<Layer> depthwise;
  if (isDepthwise(op))
    depthwise = Layer::match(op);
  bool keepsZero =
      isa<nn::AvgPool2DOp>(op) ||
      (isa<nn::UnaryOp>(op) && nn::getScalarFunction(op).evaluate({0.0}) == 0);
  for (auto [index, constant] : llvm::enumerate(constants)) {
    bool isZero = constant && *constant == 0;
    if (depthwise &&
        (isZero || isZeroRow(depthwise->getRow(static_cast<int64_t>(index)))))
      constant = depthwise->bias[index];
    else if (depthwise || !isZero || !keepsZero)
      constant = std::nullopt;
  }
}

/// Returns the channels that are left: those that are not constant, or whose
/// constant the consumer's border would show, and that something reads; and as
/// many others as fill the last group.
static SmallVector<int64_t>
findKept(const Chain &chain, const Constants &constants, int64_t group) {
  const Layer &consumer = chain.consumer;
  auto channels = static_cast<int64_t>(constants.size());
  SmallVector<bool> isRead(channels, false);
  for (auto [index, weight] : llvm::enumerate(consumer.weights))
    isRead[(static_cast<int64_t>(index) % consumer.countPerResult()) %
           channels] |= weight != 0;
  SmallVector<int64_t> kept, others;
  for (int64_t c = 0; c < channels; ++c) {
    bool canGo = !isRead[c] || (constants[c] &&
                                (*constants[c] == 0 || !hasPads(consumer.op)));
    (canGo ? others : kept).push_back(c);
  }
  auto left = std::max<int64_t>(static_cast<int64_t>(kept.size()), 1);
  size_t missing = llvm::alignTo(left, group) - kept.size();
  llvm::append_range(kept, ArrayRef(others).take_front(missing));
  llvm::sort(kept);
  return kept;
}

static void setChannels(Value value, int64_t channels) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = channels;
  value.setType(type.clone(shape));
}

/// Keeps these results of a layer.
static void keepResults(const Layer &layer, ArrayRef<int64_t> kept) {
  SmallVector<float> weights, bias;
  for (int64_t result : kept) {
    llvm::append_range(weights, layer.getRow(result));
    bias.push_back(layer.bias[result]);
  }
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(layer.op->getOperand(1).getType()).getShape());
  shape.front() = static_cast<int64_t>(kept.size());
  setWeights(layer.op, shape, weights, bias);
  setChannels(layer.op->getResult(0), static_cast<int64_t>(kept.size()));
}

/// Keeps these channels of what a layer reads; the others' constants join its
/// bias.
static void keepOperands(const Layer &layer, ArrayRef<int64_t> kept,
                         const Constants &constants) {
  auto channels = static_cast<int64_t>(constants.size());
  SmallVector<bool> isKept(channels, false);
  for (int64_t channel : kept)
    isKept[channel] = true;
  SmallVector<float> weights, bias;
  for (auto [result, own] : llvm::enumerate(layer.bias)) {
    double sum = own;
    for (auto [index, weight] :
         llvm::enumerate(layer.getRow(static_cast<int64_t>(result)))) {
      auto channel = static_cast<int64_t>(index) % channels;
      if (isKept[channel])
        weights.push_back(weight);
      else if (weight != 0)
        sum += static_cast<double>(weight) * *constants[channel];
    }
    bias.push_back(static_cast<float>(sum));
  }
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(layer.op->getOperand(1).getType()).getShape());
  shape.back() = shape.back() / channels * static_cast<int64_t>(kept.size());
  setWeights(layer.op, shape, weights, bias);
}

/// Keeps these channels of an op between the layers.
static void keepBetween(Operation *op, ArrayRef<int64_t> kept,
                        int64_t channels) {
  auto count = static_cast<int64_t>(kept.size());
  if (isDepthwise(op)) {
    keepResults(*Layer::match(op), kept);
    cast<nn::Conv2DOp>(op).setGroups(count);
    return;
  }
  Value result = op->getResult(0);
  setChannels(result, countChannels(result) / channels * count);
  if (auto reshape = dyn_cast<tosa::ReshapeOp>(op)) {
    OpBuilder builder(op);
    reshape.setOperand(
        1, createShape(builder, op->getLoc(),
                       cast<RankedTensorType>(result.getType()).getShape()));
  }
}

namespace {
struct RemoveConstantChannels
    : narrow::impl::RemoveConstantChannelsBase<RemoveConstantChannels> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> layers;
    getOperation().walk([&](Operation *op) {
      if (isa<nn::Conv2DOp, nn::LinearOp>(op))
        layers.push_back(op);
    });
    // A layer that lost its inputs may be the constant of the next one.
    for (Operation *op : layers)
      remove(op);
  }

private:
  void remove(Operation *op) const {
    std::optional<Chain> chain = matchChain(op);
    if (!chain)
      return;
    Constants constants = findOwn(
        chain->producer,
        chain->between.empty() ? chain->consumer.op : chain->between.front());
    for (Operation *between : chain->between)
      pass(between, constants);
    auto channels = static_cast<int64_t>(constants.size());
    SmallVector<int64_t> kept =
        findKept(*chain, constants, getLeftGroup(channels, channelGroup));
    if (static_cast<int64_t>(kept.size()) == channels)
      return;
    // What depthwise convolutions are asks for the types as they were.
    keepOperands(chain->consumer, kept, constants);
    for (Operation *between : llvm::reverse(chain->between))
      keepBetween(between, kept, channels);
    keepResults(chain->producer, kept);
    op->emitRemark() << "removed " << channels - int64_t(kept.size()) << " of "
                     << channels
                     << " channels, which are constant or not read "
                        "[constant-channels]";
  }
};
} // namespace
