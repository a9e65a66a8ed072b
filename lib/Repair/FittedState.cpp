//===- FittedState.cpp - a layer with fitted weights ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FittedState.h"

#include "LayerRequant.h"
#include "LayerValues.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;

static FitScheme getScheme(fxp::QuantView weights, int64_t block,
                           bool isFitted) {
  FitScheme scheme;
  scheme.isFitted = isFitted;
  scheme.range = weights.getStorageRange();
  // Scales that are powers of two were asked for.
  scheme.hasFreeScales = weights.isPerAxis() &&
                         !llvm::all_of(weights.getScales(), [](double scale) {
                           int exponent;
                           return std::frexp(scale, &exponent) == 0.5;
                         });
  scheme.clips = scheme.hasFreeScales && (weights.getBits() < 8 || block);
  scheme.block = block;
  return scheme;
}

std::optional<LayerState> narrow::fitState(const FitLayer &layer,
                                           const LayerState &before,
                                           const GroupMoments &moments,
                                           ArrayRef<double> means,
                                           bool isFitted, StringRef &reason) {
  Operation *op = layer.op;
  fxp::QuantView weights(before.weightsType);
  fxp::QuantView result(op->getResult(0).getType());
  fxp::QuantView input(op->getOperand(0).getType());
  double step = input.getLargestScale();
  FitScheme scheme =
      getScheme(weights, fxp::getBlock(op->getOperand(1)), isFitted);
  int64_t outputs = layer.getOutputs(), depth = layer.geometry.depth();
  int64_t some = outputs / layer.geometry.groups;
  SmallVector<int64_t> stored = getIntegers(before.weights);
  SmallVector<double> scales;
  // Results per step of the input, for each step of a weight.
  std::vector<double> real, own, floors;
  for (auto [i, w] : llvm::enumerate(layer.floats->weights))
    real.push_back(w * input.getScale(getInputChannel(
                           layer.geometry, outputs, static_cast<int64_t>(i))));
  for (int64_t o = 0; o < outputs; ++o) {
    scales.push_back(weights.getScale(o));
    own.push_back(weights.getScale(o) * step);
    floors.push_back(step * getWeightScaleFloor(layer.floats->bias[o],
                                                {step, result.getScale(o)}));
  }
  bool varies = false;
  double limit = getBiasLimit(before.bias.getElementType());
  SmallVector<int64_t> bias;
  SmallVector<double> remainders;
  for (int64_t group = 0; group < layer.geometry.groups; ++group) {
    int64_t first = group * some;
    Moments sums = moments[0][group];
    sums.add(moments[1][group]);
    FailureOr<std::vector<FittedChannel>> channels = fitGroup(
        moments[0][group], moments[1][group],
        ArrayRef<double>(real).slice(first * depth, some * depth),
        ArrayRef<double>(own).slice(first, some),
        ArrayRef<double>(floors).slice(first, some), scheme, *op->getContext());
    varies |= succeeded(channels);
    for (int64_t o = first; o < first + some; ++o) {
      FittedChannel channel;
      if (succeeded(channels)) {
        channel = (*channels)[o - first];
        scales[o] =
            static_cast<double>(static_cast<float>(channel.scale / step));
        llvm::copy(channel.stored, stored.begin() + o * depth);
      } else {
        // Where nothing varies, the weights are as good as any.
        auto own = ArrayRef<int64_t>(stored).slice(o * depth, depth);
        channel.stored.assign(own.begin(), own.end());
      }
      channel.scale = scales[o] * step;
      double steps = (channel.getOffset(sums, o - first) + means[o] +
                      layer.floats->bias[o]) /
                     channel.scale;
      reason = "what it reads or makes is not finite";
      if (!std::isfinite(steps))
        return std::nullopt;
      bias.push_back(static_cast<int64_t>(
          std::clamp(std::nearbyint(steps), -limit, limit)));
      remainders.push_back(steps - static_cast<double>(bias.back()));
    }
  }
  reason = "its inputs do not vary";
  if (!varies)
    return std::nullopt;
  LayerState state = before;
  state.weightsType = withScales(state.weightsType, scales);
  state.weights =
      makeConstant(cast<RankedTensorType>(before.weights.getType()), stored);
  state.bias =
      makeConstant(cast<RankedTensorType>(before.bias.getType()), bias);
  reason = "its accumulators or scales would leave their limits";
  if (!chooseRequant(op, op->getOperand(0).getType(), state, remainders))
    return std::nullopt;
  return state;
}
