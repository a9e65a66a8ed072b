//===- FittedState.cpp - a layer with fitted weights ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FittedState.h"

#include "narrow/Analysis/AccumulatorBounds.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;

static FitScheme getScheme(fxp::QuantView weights) {
  FitScheme scheme;
  scheme.range = weights.getStorageRange();
  // Scales that are powers of two were asked for.
  scheme.hasFreeScales = weights.isPerAxis() &&
                         !llvm::all_of(weights.getScales(), [](double scale) {
                           int exponent;
                           return std::frexp(scale, &exponent) == 0.5;
                         });
  scheme.clips = scheme.hasFreeScales && weights.getBits() < 8;
  return scheme;
}

/// The type of `weights` with other scales.
static Type withScales(fxp::QuantView weights, ArrayRef<double> scales) {
  auto type = dyn_cast<mlir::quant::UniformQuantizedPerAxisType>(
      weights.getElementType());
  if (!type)
    return weights.getElementType();
  return mlir::quant::UniformQuantizedPerAxisType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(), scales,
      type.getZeroPoints(), type.getQuantizedDimension(),
      type.getStorageTypeMin(), type.getStorageTypeMax());
}

/// Chooses the requantisation of `op` with the weights and biases of `state`,
/// whose rounding lost `remainders`; returns whether there is one.
static bool chooseRequant(Operation *op, LayerState &state,
                          ArrayRef<double> remainders) {
  Type inputType = op->getOperand(0).getType();
  Type result = getTensorType(op->getResult(0)).getElementType();
  SmallVector<int64_t> bias = getIntegers(state.bias);
  SmallVector<fxp::IntegerRange> accumulators = accumulatorBounds(
      inputType, state.weightsType, getIntegers(state.weights), bias,
      getGeometry(op).groups);
  if (!llvm::all_of(accumulators, [](fxp::IntegerRange range) {
        return fxp::kInt32Range.contains(range);
      }))
    return false;
  FailureOr<SmallVector<double>> ratios =
      fxp::getScaleRatios(inputType, state.weightsType, result);
  if (failed(ratios))
    return false;
  fxp::RequantOptions options;
  options.min = state.requant.getMin();
  options.max = state.requant.getMax();
  options.accumulators = accumulators;
  options.biasRemainders = remainders;
  FailureOr<fxp::RequantAttr> chosen = fxp::chooseRequantOrExact(
      op->getContext(), state.requant.getMode(), *ratios, result, options);
  if (failed(chosen))
    return false;
  state.requant = *chosen;
  return true;
}

std::optional<LayerState> narrow::fitState(const FitLayer &layer,
                                           const LayerState &before,
                                           const GroupMoments &moments,
                                           ArrayRef<double> means,
                                           StringRef &reason) {
  Operation *op = layer.op;
  fxp::QuantView weights(before.weightsType);
  fxp::QuantView result(op->getResult(0).getType());
  double step = fxp::QuantView(op->getOperand(0).getType()).getScale();
  FitScheme scheme = getScheme(weights);
  int64_t outputs = layer.getOutputs(), depth = layer.geometry.depth();
  int64_t some = outputs / layer.geometry.groups;
  SmallVector<int64_t> stored = getIntegers(before.weights);
  SmallVector<double> scales;
  // Results per step of the input, for each step of a weight.
  std::vector<double> real, own, floors;
  for (float w : layer.floats->weights)
    real.push_back(w * step);
  for (int64_t o = 0; o < outputs; ++o) {
    scales.push_back(weights.getScale(o));
    own.push_back(weights.getScale(o) * step);
    floors.push_back(step * getWeightScaleFloor(layer.floats->bias[o],
                                                {step, result.getScale(o)}));
  }
  bool isFitted = false;
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
    isFitted |= succeeded(channels);
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
          std::clamp(std::nearbyint(steps), -0x1p31 + 1, 0x1p31 - 1)));
      remainders.push_back(steps - static_cast<double>(bias.back()));
    }
  }
  reason = "its inputs do not vary";
  if (!isFitted)
    return std::nullopt;
  LayerState state = before;
  state.weightsType = state.weightsType.clone(withScales(weights, scales));
  state.weights =
      makeConstant(cast<RankedTensorType>(before.weights.getType()), stored);
  state.bias =
      makeConstant(cast<RankedTensorType>(before.bias.getType()), bias);
  reason = "its accumulators or scales would leave their limits";
  if (!chooseRequant(op, state, remainders))
    return std::nullopt;
  return state;
}
