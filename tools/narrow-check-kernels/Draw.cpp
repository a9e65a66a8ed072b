//===- Draw.cpp - the random source of the kernel check -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Draw.h"

using namespace narrow;
using fxp::IntegerRange;

/// The finaliser of a 64-bit hash: every input bit reaches every output bit.
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

Draw::Draw(ArrayRef<uint64_t> seed) {
  uint64_t state = 0;
  for (uint64_t word : seed)
    state = mix(state + 0x9e3779b97f4a7c15 + word);
  engine.seed(state);
}

int64_t Draw::size(int64_t most) {
  if (chance(15))
    return 1;
  if (chance(25)) {
    int64_t around = pick({4, 8, 16, 32, 64, 128}) + between(-1, 1);
    return std::min(around, most);
  }
  return between(1, chance(70) ? std::min<int64_t>(most, 20) : most);
}

static IntegerRange rangeOf(unsigned bits, bool isSigned) {
  int64_t values = int64_t(1) << bits;
  return isSigned ? IntegerRange{-values / 2, values / 2 - 1}
                  : IntegerRange{0, values - 1};
}

Storage Draw::storage(unsigned mostBits) {
  bool isSigned = chance(35);
  if (chance(60))
    return {8, isSigned, rangeOf(8, isSigned)};
  if (mostBits >= 16 && chance(50)) {
    isSigned = chance(75);
    return {16, isSigned, rangeOf(16, isSigned)};
  }
  if (mostBits == 32 && chance(50)) {
    unsigned bits = chance(70) ? 32 : between(17, 31);
    return {bits, true, rangeOf(bits, true)};
  }
  unsigned bits = between(2, chance(80) ? 8 : std::min(mostBits, 16u));
  Storage drawn{bits, isSigned, rangeOf(bits, isSigned)};
  if (chance(30) && bits > 2) {
    // A sub-range that keeps at least half of the values.
    int64_t quarter = (int64_t(1) << bits) / 4;
    drawn.range.lo += between(0, quarter);
    drawn.range.hi -= between(0, quarter);
  }
  return drawn;
}

fxp::RequantMode Draw::mode() {
  using fxp::RequantMode;
  return pick({RequantMode::Q15, RequantMode::Q15, RequantMode::Q31,
               RequantMode::Q31, RequantMode::Pow2, RequantMode::F32});
}

fxp::RequantAttr Draw::given(fxp::RequantAttr requant) {
  if (requant.getMode() != fxp::RequantMode::Q31 || chance(50))
    return requant;
  SmallVector<int32_t> multipliers(requant.getMultiplier().asArrayRef()),
      shifts(requant.getShift().asArrayRef());
  // Of fewer bits, or none at all.
  if (chance(20))
    multipliers.front() = between(0, 1) ? 0 : multipliers.front() >> 9;
  if (chance(20))
    shifts.front() = between(2, 62);
  auto list = [&](ArrayRef<int32_t> values) {
    return mlir::DenseI32ArrayAttr::get(requant.getContext(), values);
  };
  return fxp::RequantAttr::get(
      requant.getContext(),
      pick({fxp::RequantMode::Q31, fxp::RequantMode::Q31Double,
            fxp::RequantMode::Q31Double}),
      list(multipliers), list(shifts), requant.getOffset(), requant.getMin(),
      requant.getMax(), /*given=*/true);
}

Type narrow::perTensor(MLIRContext *context, const Storage &storage,
                       double scale, int64_t zeroPoint) {
  return mlir::quant::UniformQuantizedType::get(
      storage.isSigned ? mlir::quant::QuantizationFlags::Signed : 0,
      IntegerType::get(context, storage.bits), mlir::Float32Type::get(context),
      scale, zeroPoint, storage.range.lo, storage.range.hi);
}

Type narrow::perAxis(MLIRContext *context, const Storage &storage,
                     ArrayRef<double> scales, ArrayRef<int64_t> zeroPoints,
                     int64_t axis) {
  return mlir::quant::UniformQuantizedPerAxisType::get(
      storage.isSigned ? mlir::quant::QuantizationFlags::Signed : 0,
      IntegerType::get(context, storage.bits), mlir::Float32Type::get(context),
      scales, zeroPoints, axis, storage.range.lo, storage.range.hi);
}
