//===- BiasCorrector.cpp - biases for the float model's means -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasCorrector.h"

#include "LayerRequant.h"
#include "LayerValues.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using reference::Tensor;

llvm::Expected<BiasCorrector>
BiasCorrector::create(const FloatLayers &layers, const RepairContext &context,
                      FloatMeans *others) {
  auto made = std::make_shared<FloatMeans>();
  for (const FloatLayer &layer : layers.getLayers())
    made->emplace_back(getGeometry(layer.op));
  FloatTaps taps(context.original);
  for (auto [index, layer] : llvm::enumerate(layers.getLayers())) {
    InputMeans &means = (*made)[index];
    taps.add(layer.op->getOperand(0),
             [&means](ArrayRef<float> values) { means.patch.add(values); });
    if (!layer.residual)
      continue;
    int64_t channels = getTensorType(layer.residual).getShape().back();
    taps.add(layer.residual, [&means, channels](ArrayRef<float> values) {
      means.residual.add(values, channels);
    });
  }
  if (llvm::Error error = taps.prepare(context.getExecutor))
    return std::move(error);
  std::vector<HostTensor> sample;
  for (int64_t i = 0; i < context.split.training; ++i) {
    if (llvm::Error error = context.getSample(i, sample))
      return std::move(error);
    if (llvm::Error error = taps.run(sample))
      return std::move(error);
    if (others && i + 1 == context.split.judgesBegin)
      *others = *made;
  }
  BiasCorrector result(layers, context.split.training);
  result.floats = std::move(made);
  return std::move(result);
}

llvm::Expected<BiasCorrector>
BiasCorrector::createKept(const FloatLayers &layers,
                          const RepairContext &context) {
  static const char kind = 0;
  ModuleOp original = context.original;
  auto getKey = [&](int64_t samples) -> KeptRuns::Key {
    return {reinterpret_cast<uintptr_t>(&kind),
            reinterpret_cast<uintptr_t>(original.getOperation()),
            static_cast<uintptr_t>(samples)};
  };
  const SampleSplit &split = context.split;
  if (auto found = KeptRuns::find<FloatMeans>(getKey(split.training))) {
    BiasCorrector result(layers, context.split.training);
    result.floats = std::move(found);
    return std::move(result);
  }
  auto others = std::make_shared<FloatMeans>();
  llvm::Expected<BiasCorrector> made =
      create(layers, context, split.isShared() ? others.get() : nullptr);
  if (!made)
    return made.takeError();
  int64_t bytes = 0;
  for (const FloatLayer &layer : layers.getLayers())
    bytes += static_cast<int64_t>(sizeof(double)) *
             (getGeometry(layer.op).taps() * getGeometry(layer.op).channels +
              static_cast<int64_t>(layer.bias.size()));
  KeptRuns::add(getKey(split.training), made->floats, bytes);
  // The network that is judged will ask for them.
  if (split.isShared())
    KeptRuns::add(getKey(split.judgesBegin), others, bytes);
  return made;
}

std::optional<BiasCorrector::Measured>
BiasCorrector::measure(Operation *op, LayerWalk &walk) const {
  const FloatLayer *layer = layers->find(op);
  const SampleTensors *inputs = walk.find(op->getOperand(0));
  if (!layer || !inputs ||
      getTensorType(op->getOperand(2)).getNumElements() !=
          static_cast<int64_t>(layer->bias.size()))
    return std::nullopt;
  size_t index = layer - layers->getLayers().data();
  Measured result{InputMeans(getGeometry(op)), &(*floats)[index], layer, false};

  // What the other side of an addition lost on average is made up for here.
  Value other = getResidual<fxp::AddOp>(op->getResult(0));
  const SampleTensors *others =
      other && layer->residual ? walk.find(other) : nullptr;
  auto outputs = static_cast<int64_t>(layer->bias.size());
  if (layer->residual &&
      getTensorType(layer->residual).getShape().back() != outputs)
    others = nullptr;
  result.hasResidual = others;
  // A tensor for all samples is added once.
  auto at = [](const SampleTensors *tensors, int64_t i) {
    return tensors && i < static_cast<int64_t>(tensors->size()) ? &(*tensors)[i]
                                                                : nullptr;
  };
  for (int64_t i = 0; i < samples; ++i) {
    if (const Tensor *input = at(inputs, i))
      result.means.patch.add(input->getReals());
    if (const Tensor *residual = at(others, i))
      result.means.residual.add(residual->getReals(), outputs);
  }
  return result;
}

/// Returns the biases that make the mean of each channel of `op` what it is in
/// the float model, in steps of the accumulators of `state` and not rounded.
static std::vector<double> solve(Operation *op, const LayerState &state,
                                 const BiasCorrector::Measured &measured) {
  const FloatLayer &layer = *measured.layer;
  auto outputs = static_cast<int64_t>(layer.bias.size());
  const InputMeans &found = measured.means, &wanted = *measured.floats;
  std::vector<double> sums =
      found.patch.multiply(getWeights(op, state), outputs);
  std::vector<double> wantedSums =
      wanted.patch.multiply(layer.weights, outputs);
  std::vector<double> residual = found.residual.get(),
                      wantedResidual = wanted.residual.get();
  double inputScale =
      fxp::QuantView(op->getOperand(0).getType()).getLargestScale();
  fxp::QuantView weights(state.weightsType);
  std::vector<double> steps;
  for (int64_t o = 0; o < outputs; ++o) {
    double real = wantedSums[o] + layer.bias[o] - sums[o];
    if (measured.hasResidual && !residual.empty())
      real += wantedResidual[o] - residual[o];
    steps.push_back(real / (inputScale * weights.getScale(o)));
  }
  return steps;
}

void BiasCorrector::correct(Operation *op, LayerState &state,
                            const Measured &measured) {
  RankedTensorType type = getTensorType(op->getOperand(2));
  SmallVector<int64_t> stored = getIntegers(state.bias);
  double limit = getBiasLimit(type);
  std::vector<double> steps = solve(op, state, measured);
  for (auto [bias, real] : llvm::zip_equal(stored, steps))
    if (std::isfinite(real))
      bias =
          static_cast<int64_t>(std::clamp(std::nearbyint(real), -limit, limit));
  state.bias = makeConstant(type, stored);
}
