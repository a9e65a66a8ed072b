//===- CarriedScales.cpp - scales that say the multipliers ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CarriedScales.h"
#include <cmath>

using namespace narrow;
using fxp::QuantView;
using mlir::quant::UniformQuantizedPerAxisType;
using mlir::quant::UniformQuantizedType;

/// What each channel's accumulator is multiplied by (N20, N21); nothing for
/// modes whose multipliers are rounded to f32 or not at all.
static SmallVector<double> getMultipliers(fxp::RequantAttr requant) {
  bool isShort = requant.getMode() == fxp::RequantMode::Q15;
  if (!isShort && requant.getMode() != fxp::RequantMode::Q31)
    return {};
  SmallVector<double> result;
  for (auto [multiplier, shift] :
       llvm::zip_equal(requant.getMultiplier().asArrayRef(),
                       requant.getShift().asArrayRef()))
    result.push_back(std::ldexp(multiplier, -shift - (isShort ? 15 : 0)));
  return result;
}

/// Adds to a bias what the offsets of q15 are more than zero points and the
/// constants of rounding.
static void addOffsets(fxp::RequantAttr requant, ArrayRef<double> multipliers,
                       const QuantView &result, SmallVector<int64_t> &bias) {
  ArrayRef<int32_t> offsets = requant.getOffset().asArrayRef(),
                    shifts = requant.getShift().asArrayRef();
  for (size_t channel = 0; channel < bias.size(); ++channel) {
    auto at = [&](const auto &values) {
      return values[values.size() == 1 ? 0 : channel];
    };
    int64_t rounding = at(shifts) ? int64_t(1) << (at(shifts) - 1) : 0;
    double zero =
        static_cast<double>(result.getZeroPoint(channel)) / at(multipliers);
    bias[channel] +=
        at(offsets) - rounding - static_cast<int64_t>(std::floor(zero + 0.5));
  }
}

exporting::Carried exporting::carryMultipliers(fxp::WeightedOpInterface op,
                                               ArrayRef<int64_t> bias) {
  QuantView x(op.getInput().getType()), w(op.getWeights().getType()),
      y(op->getResult(0).getType());
  Carried carried{w.getElementType(), SmallVector<int64_t>(bias)};
  SmallVector<double> multipliers = getMultipliers(op.getRequant()), scales;
  int64_t channels = multipliers.size();
  if (!channels || (!w.isPerAxis() && (channels > 1 || !y.hasOneScale())))
    return carried;
  // Readers have scales in f32.
  auto round = [](double value) -> double { return static_cast<float>(value); };
  for (int64_t channel = 0; channel < w.getNumChannels(); ++channel) {
    double scale =
        round(multipliers[channels == 1 ? 0 : channel] *
              round(y.getScale(channel)) / round(x.getLargestScale()));
    if (!std::isnormal(static_cast<float>(scale)))
      return carried;
    scales.push_back(scale);
  }
  if (op.getRequant().getMode() == fxp::RequantMode::Q15)
    addOffsets(op.getRequant(), multipliers, y, carried.bias);
  Type own = carried.weights;
  if (auto type = dyn_cast<UniformQuantizedType>(own)) {
    carried.weights = UniformQuantizedType::get(
        type.getFlags(), type.getStorageType(), type.getExpressedType(),
        scales.front(), type.getZeroPoint(), type.getStorageTypeMin(),
        type.getStorageTypeMax());
    return carried;
  }
  auto type = cast<UniformQuantizedPerAxisType>(own);
  carried.weights = UniformQuantizedPerAxisType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(), scales,
      type.getZeroPoints(), type.getQuantizedDimension(),
      type.getStorageTypeMin(), type.getStorageTypeMax());
  return carried;
}
