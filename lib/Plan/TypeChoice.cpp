//===- TypeChoice.cpp - fixed-point types from ranges ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/TypeChoice.h"
#include <cmath>

using namespace narrow;
namespace QuantizationFlags = mlir::quant::QuantizationFlags;
using mlir::quant::UniformQuantizedType;

/// The smallest scale: 1 / scale must be a finite f32.
static constexpr double kSmallestScale = 0x1p-100;

double narrow::roundScale(double scale, bool pow2) {
  scale = std::max(scale, kSmallestScale);
  if (!pow2)
    return static_cast<double>(static_cast<float>(scale));
  int exponent;
  double fraction = std::frexp(scale, &exponent);
  return std::ldexp(1.0, fraction == 0.5 ? exponent - 1 : exponent);
}

std::optional<std::pair<StringRef, RealRange>>
narrow::parseRange(StringRef text) {
  auto [name, interval] = text.rsplit('=');
  auto [low, high] = interval.split(':');
  RealRange range;
  if (name.empty() || low.getAsDouble(range.low) ||
      high.getAsDouble(range.high) || !(range.low <= range.high) ||
      !std::isfinite(range.low) || !std::isfinite(range.high))
    return std::nullopt;
  return std::make_pair(name, range);
}

std::optional<Storage> narrow::parseStorage(StringRef name) {
  Storage storage;
  storage.isSigned = name.consume_front("i");
  if ((!storage.isSigned && !name.consume_front("u")) || name.empty() ||
      name.front() == '0' || name.getAsInteger(10, storage.bits) ||
      storage.bits < 2 ||
      (storage.bits > 8 &&
       !(storage.isSigned && storage.bits >= 16 && storage.bits <= 22)))
    return std::nullopt;
  return storage;
}

UniformQuantizedType narrow::makeUniformType(MLIRContext *context,
                                             Storage storage, double scale,
                                             int64_t zeroPoint) {
  auto [isSigned, bits] = storage;
  int64_t low = isSigned ? llvm::minIntN(bits) : 0;
  int64_t high = isSigned ? llvm::maxIntN(bits)
                          : static_cast<int64_t>(llvm::maxUIntN(bits));
  return UniformQuantizedType::get(
      isSigned ? QuantizationFlags::Signed : 0, IntegerType::get(context, bits),
      mlir::Float32Type::get(context), scale, zeroPoint, low, high);
}

UniformQuantizedType
narrow::chooseActivationType(MLIRContext *context, RealRange range,
                             const ActivationScheme &scheme) {
  range.include({0, 0});
  // Constant zero still needs a scale; one step per unit says nothing wrong.
  if (range.low == range.high)
    range.high = 1;
  if (scheme.bits > 8)
    return chooseWideType(context, range, scheme.pow2);
  bool isSigned = scheme.isSigned.value_or(scheme.symmetric && range.low < 0);
  double steps = (int64_t(1) << scheme.bits) - 1;
  if (scheme.symmetric && !isSigned)
    return makeUniformType(context, {isSigned, scheme.bits},
                           roundScale(range.high / steps, scheme.pow2), 0);
  if (scheme.symmetric) {
    double half = (int64_t(1) << (scheme.bits - 1)) - 1;
    double scale =
        roundScale(std::max(-range.low, range.high) / half, scheme.pow2);
    return makeUniformType(context, {isSigned, scheme.bits}, scale, 0);
  }
  double scale = roundScale((range.high - range.low) / steps, scheme.pow2);
  int64_t zeroPoint = std::clamp<int64_t>(std::llrint(-range.low / scale), 0,
                                          static_cast<int64_t>(steps));
  return makeUniformType(context, {isSigned, scheme.bits}, scale,
                         zeroPoint -
                             (isSigned ? int64_t(1) << (scheme.bits - 1) : 0));
}

UniformQuantizedType narrow::chooseWideType(MLIRContext *context,
                                            RealRange range, bool pow2) {
  double largest = std::max(std::abs(range.low), std::abs(range.high));
  return makeUniformType(context, {/*isSigned=*/true, 16},
                         roundScale(largest > 0 ? largest / 32767 : 1, pow2),
                         0);
}

bool narrow::hasEnoughSteps(double rms, double scale) {
  // Rounding to steps s has a noise of s^2 / 12.
  double steps = rms / scale;
  return 12 * steps * steps >= 400;
}

UniformQuantizedType narrow::chooseSoftmaxType(MLIRContext *context,
                                               int64_t length, double largest,
                                               bool isWide) {
  auto isEnough = [&](int64_t fraction) {
    return hasEnoughSteps(1.0 / static_cast<double>(length),
                          std::ldexp(1.0, -static_cast<int>(fraction)));
  };
  // The largest fraction at which `steps` hold `largest` to a step.
  auto getFraction = [&](int64_t steps, int64_t most) {
    double fraction = std::floor(
        std::log2(static_cast<double>(steps) / std::min(largest, 1.0)));
    return std::clamp<int64_t>(
        std::isfinite(fraction) ? static_cast<int64_t>(fraction) : most, 8,
        most);
  };
  auto make = [&](bool isSigned, unsigned bits, int64_t highest,
                  int64_t fraction) {
    return UniformQuantizedType::get(
        isSigned ? QuantizationFlags::Signed : 0,
        IntegerType::get(context, bits), mlir::Float32Type::get(context),
        std::ldexp(1.0, -static_cast<int>(fraction)), 0, 0, highest);
  };
  int64_t fraction = isEnough(8) ? 8 : getFraction(256, 13);
  if (!isWide && isEnough(fraction))
    return make(/*isSigned=*/false, 8, 255, fraction);
  // 2^31 over the largest of bytes less their zero point, and the row.
  int64_t steps = llvm::bit_floor(
      static_cast<uint64_t>(INT32_MAX / (255 * std::max<int64_t>(length, 1))));
  // Where that leaves no more than bytes no product is possible anyway.
  steps = steps > 256 ? std::min<int64_t>(steps, 32768) : 32768;
  return make(/*isSigned=*/true, 16, steps - 1, getFraction(steps, 22));
}

UniformQuantizedType narrow::withScale(UniformQuantizedType type,
                                       double scale) {
  double low =
      (type.getStorageTypeMin() - type.getZeroPoint()) * type.getScale();
  int64_t zeroPoint = type.getZeroPoint();
  if (zeroPoint != 0)
    zeroPoint = std::clamp<int64_t>(
        type.getStorageTypeMin() + std::llrint(-low / scale),
        type.getStorageTypeMin(), type.getStorageTypeMax());
  return UniformQuantizedType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(), scale,
      zeroPoint, type.getStorageTypeMin(), type.getStorageTypeMax());
}

std::pair<int64_t, int64_t>
narrow::getWeightStorageRange(const WeightScheme &scheme) {
  int64_t high = (int64_t(1) << (scheme.bits - 1)) - 1;
  return {scheme.fullRange ? -high - 1 : -high, high};
}

double narrow::getWeightScaleFloor(double bias,
                                   const WeightScaleFloors &floors) {
  // (a + offset) must stay in i32 after the zero point is divided by the ratio.
  return std::max(std::abs(bias) / (floors.inputScale * 0x1p30),
                  0x1p-20 * floors.outputScale / floors.inputScale);
}

WeightScales narrow::chooseWeightScales(ArrayRef<float> weights,
                                        ArrayRef<float> bias,
                                        const WeightScheme &scheme,
                                        const WeightScaleFloors &floors) {
  WeightScales result;
  size_t channels = bias.size();
  size_t depth = channels ? weights.size() / channels : 0;
  double qmax = static_cast<double>(getWeightStorageRange(scheme).second);
  double largest = 0;
  for (size_t c = 0; c < channels; ++c) {
    double channelLargest = 0;
    for (float w : weights.slice(c * depth, depth))
      channelLargest =
          std::max(channelLargest, std::abs(static_cast<double>(w)));
    double scale = channelLargest / qmax;
    double floor = getWeightScaleFloor(bias[c], floors);
    if (channelLargest == 0)
      result.dead.push_back(c);
    else if (scale < floor)
      result.raised.push_back(c);
    scale = std::max(scale, floor);
    largest = std::max(largest, scale);
    result.scales.push_back(roundScale(scale, scheme.pow2));
  }
  if (scheme.perTensor)
    std::fill(result.scales.begin(), result.scales.end(),
              roundScale(largest, scheme.pow2));
  return result;
}

int64_t narrow::toStored(double real, UniformQuantizedType type) {
  if (std::isnan(real))
    return type.getZeroPoint();
  double steps =
      std::clamp(std::nearbyint(real / type.getScale()), -0x1p40, 0x1p40);
  return std::clamp<int64_t>(static_cast<int64_t>(steps) + type.getZeroPoint(),
                             type.getStorageTypeMin(),
                             type.getStorageTypeMax());
}
