//===- Softmax.cpp - softmax and its logarithm (N43, N44)
//-------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Ops.h"
#include <cmath>

using namespace narrow;
using namespace narrow::reference;

namespace {

/// Shifts right, rounding half up.
uint32_t shiftRounded(uint32_t value, int bits) {
  if (bits <= 0)
    return value;
  return bits > 31 ? 0 : ((value >> (bits - 1)) + 1) >> 1;
}

/// (a * b + 2^14) >> 15.
int16_t multiplyRounded(int16_t a, int16_t b) {
  return static_cast<int16_t>((int32_t(a) * b + (1 << 14)) >> 15);
}

/// 2^-f for f in Q15, 0 <= f < 1: a cubic; Q15 in 16384..32767.
int16_t exp2OfMinus(int16_t f) {
  auto h = static_cast<int16_t>(-7570 + multiplyRounded(f, 1298));
  h = static_cast<int16_t>(22655 + multiplyRounded(f, h));
  return static_cast<int16_t>(32765 - multiplyRounded(f, h));
}

int floorLog2(uint64_t value) {
  int k = 0;
  while (value >>= 1)
    ++k;
  return k;
}

/// log2(sum / 2^15) in Q16, rounded down: the bits of the fraction are the
/// carries of repeated squaring.
int64_t logarithm(uint64_t sum) {
  int k = floorLog2(sum);
  uint64_t x = sum << (31 - k); // Q31
  int64_t result = k - 15;
  for (int bit = 0; bit < 16; ++bit) {
    x = x * x >> 31;
    result *= 2;
    if (x >> 32) {
      x >>= 1;
      ++result;
    }
  }
  return result;
}

/// The power of two of the distance `d` below the row's largest logit, Q15.
template <typename OpTy>
uint32_t exponential(OpTy op, uint32_t d) {
  uint32_t moved =
      std::min<uint32_t>(d >> op.getPreShift(), op.getDistanceMax())
      << op.getPostShift();
  uint32_t octaves = moved * op.getMultiplier() >> 16; // Q11
  uint32_t whole = octaves >> 11;
  if (whole >= 15)
    return 0;
  return shiftRounded(exp2OfMinus(static_cast<int16_t>((octaves & 2047) << 4)),
                      whole);
}

} // namespace

template <>
LogicalResult reference::evaluate(fxp::SoftmaxOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView to = result.getQuantView();
  auto largestResult = static_cast<uint64_t>(to.getStorageRange().hi);
  int fraction = -std::ilogb(to.getScale());
  int64_t lowest = input.getQuantView().getStorageRange().lo;
  int64_t length = input.getShape().back();
  for (int64_t row = 0; row < input.getNumElements(); row += length) {
    ArrayRef<int32_t> x = input.stored().slice(row, length);
    int64_t largest = *std::max_element(x.begin(), x.end());
    SmallVector<uint32_t> e;
    uint64_t sum = 0;
    for (int32_t logit : x) {
      // A row of nothing but masked logits is one of equal ones.
      bool masked = op.getMasked() && logit == lowest && largest != lowest;
      e.push_back(
          masked ? 0 : exponential(op, static_cast<uint32_t>(largest - logit)));
      sum += e.back();
    }
    // 1 / sum as a 16-bit mantissa: 2^k <= sum < 2^(k+1).
    int k = floorLog2(sum);
    uint64_t reciprocal =
        std::min<uint64_t>(((UINT64_C(1) << (16 + k)) + sum / 2) / sum, 65535);
    for (int64_t i = 0; i < length; ++i) {
      uint64_t product = e[i] * reciprocal;
      int shift = 16 + k - fraction;
      uint64_t rounded = (product + (UINT64_C(1) << (shift - 1))) >> shift;
      result.stored()[row + i] =
          static_cast<int32_t>(std::min(rounded, largestResult));
    }
  }
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::LogSoftmaxOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView to = result.getQuantView();
  fxp::IntegerRange range = to.getStorageRange();
  int shift = op.getScaleShift();
  int64_t length = input.getShape().back();
  for (int64_t row = 0; row < input.getNumElements(); row += length) {
    ArrayRef<int32_t> x = input.stored().slice(row, length);
    int64_t largest = *std::max_element(x.begin(), x.end());
    uint64_t sum = 0;
    for (int32_t logit : x)
      sum += exponential(op, static_cast<uint32_t>(largest - logit));
    int64_t steps =
        logarithm(sum) * static_cast<int64_t>(op.getLogMultiplier());
    for (int64_t i = 0; i < length; ++i) {
      int64_t distance =
          (largest - x[i]) * static_cast<int64_t>(op.getScaleMultiplier());
      int64_t y = (((int64_t(1) << (shift - 1)) - steps - distance) >> shift) +
                  to.getZeroPoint();
      result.stored()[row + i] =
          static_cast<int32_t>(std::clamp(y, range.lo, range.hi));
    }
  }
  return success();
}
