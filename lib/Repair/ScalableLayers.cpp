//===- ScalableLayers.cpp - layers around scales per channel --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalableLayers.h"
#include "LayerValues.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Simulate/PatchGeometry.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;

/// Rows of a value that are kept to measure noise on, over all samples.
static constexpr int64_t kRows = 2048;
/// A multiplier of q15 is less than 1.
static constexpr double kMostRatio = 0.98;

bool narrow::isWeightedLayer(Operation *op) {
  return isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op);
}

bool narrow::isDepthwise(Operation *op) {
  PatchGeometry geometry = getGeometry(op);
  return geometry.depth() == geometry.taps();
}

bool narrow::isPowerOfTwo(double scale) {
  int exponent;
  return std::frexp(scale, &exponent) == 0.5;
}

bool narrow::canReadChannels(Operation *op, const FloatLayers &floats,
                             const RepairContext &context) {
  if (!isWeightedLayer(op) || !LayerState::get(op))
    return false;
  // Weights of one scale, or of powers of two, were asked for.
  fxp::QuantView weights(op->getOperand(1).getType());
  if (!weights.isPerAxis() || llvm::all_of(weights.getScales(), isPowerOfTwo) ||
      llvm::any_of(weights.getZeroPoints(), [](int64_t z) { return z != 0; }))
    return false;
  return isDepthwise(op) || (floats.find(op) && !context.arePairsSafe);
}

llvm::StringMap<Value> narrow::getNamedValues(ModuleOp original) {
  llvm::StringMap<Value> named;
  original->walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (StringRef name = findValueName(result); !name.empty())
        named.try_emplace(name, result);
  });
  return named;
}

ChannelValues narrow::makeChannelValues(int64_t channels,
                                        const RepairContext &context) {
  return {channels, static_cast<int64_t>(
                        llvm::divideCeil(kRows, context.split.countDrawn()))};
}

llvm::Error
narrow::collectChannelValues(ArrayRef<std::pair<Value, ChannelValues *>> wanted,
                             const RepairContext &context) {
  static const char kind = 0;
  const SampleSplit &split = context.split;
  int64_t count = std::min(split.training, split.judgesBegin);
  auto getKey = [&](Value original) -> KeptRuns::Key {
    return {reinterpret_cast<uintptr_t>(&kind),
            reinterpret_cast<uintptr_t>(original.getAsOpaquePointer()),
            static_cast<uintptr_t>(split.countDrawn()),
            static_cast<uintptr_t>(count)};
  };
  FloatTaps taps(context.original);
  SmallVector<std::pair<Value, ChannelValues *>> unknown;
  for (auto [original, values] : wanted) {
    if (auto found = KeptRuns::find<ChannelValues>(getKey(original))) {
      *values = *found;
      continue;
    }
    unknown.emplace_back(original, values);
    taps.add(original, [values = values](ArrayRef<float> elements) {
      values->add(elements);
    });
  }
  if (unknown.empty())
    return llvm::Error::success();
  if (llvm::Error error = taps.prepare(context.getExecutor))
    return error;
  std::vector<HostTensor> sample;
  for (int64_t i = 0; i < count; ++i) {
    if (llvm::Error error = context.getSample(i, sample))
      return error;
    if (llvm::Error error = taps.run(sample))
      return error;
  }
  for (auto [original, values] : unknown)
    KeptRuns::add(getKey(original), std::make_shared<ChannelValues>(*values),
                  static_cast<int64_t>(sizeof(float) * values->rows.size() +
                                       24 * values->sums.size()));
  return llvm::Error::success();
}

ReaderWeights narrow::getReaderWeights(ArrayRef<Operation *> readers,
                                       int64_t channels,
                                       const FloatLayers &floats) {
  ReaderWeights result;
  result.squares.resize(channels);
  result.largest.resize(channels);
  for (Operation *reader : readers) {
    const FloatLayer &layer = *floats.find(reader);
    PatchGeometry geometry = getGeometry(reader);
    size_t outputs = layer.bias.size(), first = result.byOutput.size();
    result.byOutput.resize(first + outputs * channels);
    for (auto [i, w] : llvm::enumerate(layer.weights)) {
      int64_t c = getInputChannel(geometry, static_cast<int64_t>(outputs),
                                  static_cast<int64_t>(i));
      double size = std::abs(w);
      result.squares[c] += size * size;
      result.largest[c] = std::max(result.largest[c], size);
      double &most =
          result.byOutput[first + i / geometry.depth() * channels + c];
      most = std::max(most, size);
    }
    result.taps = geometry.taps();
    fxp::QuantView weights(reader->getOperand(1).getType());
    result.highest = static_cast<double>(fxp::getBlock(reader->getOperand(1))
                                             ? fxp::kMostBlockField
                                             : weights.getStorageRange().hi);
  }
  return result;
}

std::vector<double> narrow::getLeastScales(Operation *op) {
  fxp::QuantView input(op->getOperand(0).getType()),
      weights(op->getOperand(1).getType());
  std::vector<double> least(getTensorType(op->getResult(0)).getShape().back());
  if (op->getAttrOfType<fxp::RequantAttr>("requant").getMode() ==
      fxp::RequantMode::Q15)
    for (auto [c, scale] : llvm::enumerate(least))
      scale = input.getLargestScale() * weights.getScale(c) / kMostRatio;
  return least;
}

llvm::Expected<SmallVector<RepairedLayer>>
narrow::applyDraft(const ScaleDraft &draft, mlir::func::FuncOp function,
                   const RepairContext &context, RepairReport &report) {
  SmallVector<RepairedLayer> layers;
  if (draft.getStates().empty())
    return layers;
  DenseMap<Operation *, LayerState> before;
  for (const auto &[op, state] : draft.getStates()) {
    before[op] = *LayerState::get(op);
    state.apply(op);
  }
  // Other values are rounded otherwise: all biases are corrected for it.
  llvm::Expected<SmallVector<RepairedLayer>> corrected =
      createCorrectBias()->run(function, context, report);
  if (!corrected)
    return corrected.takeError();
  layers = std::move(*corrected);
  for (RepairedLayer &layer : layers)
    if (auto found = before.find(layer.op); found != before.end()) {
      layer.before = found->second;
      before.erase(found);
    }
  for (const auto &[op, state] : draft.getStates())
    if (auto found = before.find(op); found != before.end())
      layers.push_back({op, found->second});
  for (RepairedLayer &layer : layers)
    layer.with = layers.front().op;
  return layers;
}
