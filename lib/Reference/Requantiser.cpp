//===- Requantiser.cpp - N20 to N23, one accumulator at a time ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Requantiser.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace narrow;
using namespace narrow::reference;
using fxp::RequantMode;

/// Holds the product of two 64-bit integers.
__extension__ typedef __int128 Wide;

Requantiser::Requantiser(fxp::RequantAttr attr, Type result)
    : mode(attr.getMode()), multiplier(attr.getMultiplier().asArrayRef()),
      shift(attr.getShift().asArrayRef()),
      offset(attr.getOffset().asArrayRef()), min(attr.getMin().asArrayRef()),
      max(attr.getMax().asArrayRef()), view(result) {}

/// Returns element `c` of a list of one or of one per channel; 0 if empty.
static int64_t at(ArrayRef<int32_t> list, int64_t c) {
  return list.empty() ? 0 : list[list.size() == 1 ? 0 : c];
}

/// Returns (value + half) >> bits, the shift that rounds half up.
static Wide shiftRounded(Wide value, int64_t bits) {
  return bits == 0 ? value : (value + (Wide(1) << (bits - 1))) >> bits;
}

/// N27: rounded at bit 31 of the product, half away from zero, and then by the
/// rest of the shift, half up, in one sum.
static Wide shiftRoundedTwice(Wide value, int64_t multiplier, int64_t bits) {
  Wide rounding = Wide(1) << (bits - 1);
  if (bits > 31)
    rounding += value >= 0 ? 1 << 30 : -(1 << 30);
  return (value * multiplier + rounding) >> bits;
}

/// N22: the accumulator to f32, one f32 product, to an integer; each to nearest
/// even. The clamp keeps the last conversion defined and changes no output.
static Wide scaleInFloat(int64_t a, float ratio) {
  volatile float converted = static_cast<float>(a);
  volatile float product = converted * ratio;
  return static_cast<int64_t>(
      std::clamp(std::nearbyint(product), -1e18f, 1e18f));
}

int32_t Requantiser::operator()(int64_t a, int64_t c) const {
  int64_t zeroPoint = view.getZeroPoint(c);
  Wide y = 0;
  switch (mode) {
  case RequantMode::Q15: {
    Wide v = (Wide(a) + at(offset, c)) >> at(shift, c);
    v = std::clamp<Wide>(v, INT16_MIN, INT16_MAX);
    y = (v * at(multiplier, c) + (1 << 14)) >> 15;
    break;
  }
  case RequantMode::Q31:
    y = shiftRounded(Wide(a) * at(multiplier, c), at(shift, c)) + zeroPoint;
    break;
  case RequantMode::Q31Double:
    y = shiftRoundedTwice(a, at(multiplier, c), at(shift, c)) + zeroPoint;
    break;
  case RequantMode::F32:
    y = scaleInFloat(
            a, llvm::bit_cast<float>(static_cast<int32_t>(at(multiplier, c)))) +
        zeroPoint;
    break;
  case RequantMode::Pow2:
    y = shiftRounded(a, at(shift, c)) + zeroPoint;
    break;
  }
  fxp::IntegerRange range = view.getStorageRange();
  int64_t lo = min.empty() ? range.lo : at(min, c);
  int64_t hi = max.empty() ? range.hi : at(max, c);
  return static_cast<int32_t>(std::clamp<Wide>(y, lo, hi));
}

bool Requantiser::fits(int64_t a, int64_t c, unsigned bits) const {
  if (bits == 64)
    return true;
  auto inside = [&](int64_t value) { return llvm::isIntN(bits, value); };
  return inside(a) && (mode != RequantMode::Q15 || inside(a + at(offset, c)));
}
