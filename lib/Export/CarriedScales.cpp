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

Type exporting::getCarriedType(fxp::WeightedOpInterface op) {
  QuantView x(op.getInput().getType()), w(op.getWeights().getType()),
      y(op->getResult(0).getType());
  Type own = w.getElementType();
  SmallVector<double> multipliers = getMultipliers(op.getRequant()), scales;
  int64_t channels = multipliers.size();
  bool isOne = channels == 1 && y.hasOneScale();
  if (!channels || (!w.isPerAxis() && !isOne))
    return own;
  // Readers have scales in f32.
  auto round = [](double value) -> double { return static_cast<float>(value); };
  for (int64_t channel = 0; channel < w.getNumChannels(); ++channel) {
    double scale =
        round(multipliers[channels == 1 ? 0 : channel] *
              round(y.getScale(channel)) / round(x.getLargestScale()));
    if (!std::isnormal(static_cast<float>(scale)))
      return own;
    scales.push_back(scale);
  }
  if (auto type = dyn_cast<UniformQuantizedType>(own))
    return UniformQuantizedType::get(
        type.getFlags(), type.getStorageType(), type.getExpressedType(),
        scales.front(), type.getZeroPoint(), type.getStorageTypeMin(),
        type.getStorageTypeMax());
  auto type = cast<UniformQuantizedPerAxisType>(own);
  return UniformQuantizedPerAxisType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(), scales,
      type.getZeroPoints(), type.getQuantizedDimension(),
      type.getStorageTypeMin(), type.getStorageTypeMax());
}
