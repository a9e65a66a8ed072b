//===- ScaleDraft.cpp - layers with scales per activation channel ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaleDraft.h"

#include "LayerRequant.h"
#include "LayerValues.h"
#include "narrow/Plan/BlockWeights.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Simulate/PatchGeometry.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;

RankedTensorType narrow::withChannels(RankedTensorType type,
                                      ArrayRef<double> scales,
                                      ArrayRef<int64_t> zeroPoints,
                                      int64_t axis) {
  auto element = cast<mlir::quant::UniformQuantizedType>(type.getElementType());
  return type.clone(mlir::quant::UniformQuantizedPerAxisType::get(
      element.getFlags(), element.getStorageType(), element.getExpressedType(),
      scales, zeroPoints, static_cast<int32_t>(axis),
      element.getStorageTypeMin(), element.getStorageTypeMax()));
}

LayerState &ScaleDraft::get(Operation *op) {
  return states.try_emplace(op, *LayerState::get(op)).first->second;
}

Type ScaleDraft::getInput(Operation *op) const {
  Type found = inputs.lookup(op);
  return found ? found : op->getOperand(0).getType();
}

/// Moves bounds of a clamp from the scale `from` to `scales`.
static SmallVector<int32_t> moveBounds(ArrayRef<int32_t> bounds,
                                       const fxp::QuantView &stored,
                                       ArrayRef<double> scales) {
  SmallVector<int32_t> result;
  if (bounds.empty())
    return result;
  fxp::IntegerRange range = stored.getStorageRange();
  auto zero = static_cast<double>(stored.getZeroPoint());
  for (auto [c, scale] : llvm::enumerate(scales)) {
    double steps = bounds[bounds.size() == 1 ? 0 : c] - zero;
    result.push_back(static_cast<int32_t>(std::clamp(
        std::nearbyint(steps * stored.getScale() / scale) + zero,
        static_cast<double>(range.lo), static_cast<double>(range.hi))));
  }
  if (llvm::all_equal(result))
    result.resize(1);
  return result;
}

RankedTensorType ScaleDraft::scaleResult(Operation *producer,
                                         ArrayRef<double> scales) {
  LayerState &state = get(producer);
  fxp::QuantView stored(state.resultType);
  state.requant = fxp::RequantAttr::get(
      producer->getContext(), state.requant.getMode(),
      state.requant.getMultiplier(), state.requant.getShift(),
      state.requant.getOffset(),
      mlir::DenseI32ArrayAttr::get(
          producer->getContext(),
          moveBounds(state.requant.getMin(), stored, scales)),
      mlir::DenseI32ArrayAttr::get(
          producer->getContext(),
          moveBounds(state.requant.getMax(), stored, scales)));
  state.resultType =
      withChannels(state.resultType, scales,
                   SmallVector<int64_t>(scales.size(), stored.getZeroPoint()),
                   state.resultType.getRank() - 1);
  return state.resultType;
}

void ScaleDraft::scaleReader(Operation *reader, Type type,
                             const FloatLayers &floats,
                             ArrayRef<double> offsets) {
  LayerState &state = get(reader);
  fxp::QuantView from(getInput(reader)), to(type), weights(state.weightsType),
      result(state.resultType);
  PatchGeometry geometry = getGeometry(reader);
  SmallVector<int64_t> stored = getIntegers(state.weights),
                       bias = getIntegers(state.bias);
  auto outputs = static_cast<int64_t>(bias.size());
  double step = to.getLargestScale();
  fxp::IntegerRange range = weights.getStorageRange();
  int64_t block = fxp::getBlock(reader->getOperand(1));
  SmallVector<double> scales, lost;
  for (int64_t o = 0; o < outputs; ++o) {
    double real = static_cast<double>(bias[o]) * from.getLargestScale() *
                  weights.getScale(o);
    int64_t depth = geometry.depth(), first = o * depth;
    if (!offsets.empty())
      for (int64_t i = first; i < first + depth; ++i)
        real += floats.find(reader)->weights[i] *
                offsets[getInputChannel(geometry, outputs, i)];
    if (depth == geometry.taps()) {
      // All weights of the channel have one factor, which is their scale's.
      int64_t c = getInputChannel(geometry, outputs, first);
      scales.push_back(
          static_cast<float>(weights.getScale(o) * from.getLargestScale() /
                             from.getScale(c) * to.getScale(c) / step));
    } else {
      std::vector<double> row;
      double largest = 0;
      for (int64_t i = first; i < first + depth; ++i) {
        row.push_back(floats.find(reader)->weights[i] *
                      to.getScale(getInputChannel(geometry, outputs, i)) /
                      step);
        largest = std::max(largest, std::abs(row.back()));
      }
      double floor = getWeightScaleFloor(real, {step, result.getScale(o)});
      if (block) {
        BlockChannel fitted = fitBlocks(row, block, floor, /*pow2=*/false);
        scales.push_back(fitted.scale);
        llvm::copy(fitted.integers, stored.begin() + first);
      } else {
        scales.push_back(static_cast<float>(
            std::max(largest / static_cast<double>(range.hi), floor)));
        for (auto [i, w] : llvm::enumerate(row))
          stored[first + i] = std::clamp<int64_t>(
              std::llrint(w / scales.back()), range.lo, range.hi);
      }
    }
    double steps = real / (step * scales.back()),
           limit = getBiasLimit(state.bias.getElementType());
    bias[o] =
        static_cast<int64_t>(std::clamp(std::nearbyint(steps), -limit, limit));
    lost.push_back(steps - static_cast<double>(bias[o]));
  }
  state.weightsType = withScales(state.weightsType, scales);
  state.weights =
      makeConstant(cast<RankedTensorType>(state.weights.getType()), stored);
  state.bias = makeConstant(cast<RankedTensorType>(state.bias.getType()), bias);
  inputs[reader] = type;
  remainders[reader] = lost;
}

Operation *ScaleDraft::finish() {
  for (auto &[op, state] : states) {
    if (!state.hasWeights())
      continue;
    fxp::RequantMode mode = state.requant.getMode();
    if (!chooseRequant(op, getInput(op), state, remainders.lookup(op)) ||
        state.requant.getMode() != mode)
      return op;
  }
  return nullptr;
}
