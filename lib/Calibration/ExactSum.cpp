//===- ExactSum.cpp - sums of f32 without rounding ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/ExactSum.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallString.h"

#include <cassert>
#include <cmath>

using namespace narrow;

// The exponent of the unit: that of the smallest f32.
static constexpr int kUnitExponent = -149;

void ExactSum::add(float value) {
  assert(std::isfinite(value) && "only finite values have an exact sum");
  if (value == 0.0f)
    return;
  int exponent;
  // value = mantissa * 2^exponent, and 24 bits hold the mantissa.
  float fraction = std::frexp(value, &exponent);
  auto mantissa = int64_t(std::ldexp(std::fabs(fraction), 24));
  int shift = exponent - 24 - kUnitExponent;
  llvm::APInt term(kBits, uint64_t(mantissa));
  // A subnormal's mantissa ends in as many zeros as would be shifted out.
  term = shift >= 0 ? term.shl(shift) : term.lshr(-shift);
  if (value < 0)
    units -= term;
  else
    units += term;
}

double ExactSum::toDouble() const {
  llvm::APFloat value(llvm::APFloat::IEEEdouble());
  value.convertFromAPInt(units, /*IsSigned=*/true,
                         llvm::APFloat::rmNearestTiesToEven);
  return std::ldexp(value.convertToDouble(), kUnitExponent);
}

std::string ExactSum::toString() const {
  llvm::SmallString<128> digits;
  units.abs().toStringUnsigned(digits, 16);
  return (units.isNegative() ? "-0x" : "0x") + digits.str().lower();
}

std::optional<ExactSum> ExactSum::parse(llvm::StringRef text) {
  bool isNegative = text.consume_front("-");
  ExactSum sum;
  llvm::APInt value;
  if (!text.consume_front("0x") || text.getAsInteger(16, value) ||
      value.getActiveBits() >= kBits)
    return std::nullopt;
  sum.units = value.zextOrTrunc(kBits);
  if (isNegative)
    sum.units.negate();
  return sum;
}
