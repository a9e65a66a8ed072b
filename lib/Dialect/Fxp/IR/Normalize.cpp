//===- Normalize.cpp - rules and parameters of fxp.normalize --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Fxp/IR/LongAdd.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

/// What N45 keeps below 2^62: i64 holds twice that.
static constexpr double kMost = 0x1p62;
static constexpr double kMostNarrow = INT32_MAX;

/// Most that |t| can be: a row of one value apart from all others has one of
/// sqrt(length); rounding the mean and the multiplier adds less than a 64th.
static double getMostNormal(int64_t length, int32_t fractionBits) {
  return std::ceil(
             std::ldexp(std::sqrt(static_cast<double>(length)), fractionBits) *
             (1 + 1.0 / 64)) +
         1;
}

/// Most that |u| can be.
static double getMostDistance(QuantView in, bool centred, int32_t inputShift) {
  IntegerRange stored = in.getStorageRange();
  int64_t most =
      centred ? stored.hi - stored.lo : in.getCenteredRange().maxAbs();
  return std::ldexp(static_cast<double>(most), inputShift) + 1;
}

/// Whether the product of u and a multiplier, and its rounding, fit i32.
static bool hasNarrowMultiplier(QuantView in, bool centred, int32_t inputShift,
                                int32_t multiplierBits) {
  return std::ldexp(getMostDistance(in, centred, inputShift), multiplierBits) +
             0x1p30 <=
         kMostNarrow;
}

/// Whether u fits i32 and its product with a multiplier 62 bits.
static bool hasExactProducts(QuantView in, bool centred, int32_t inputShift,
                             int32_t multiplierBits) {
  double most = getMostDistance(in, centred, inputShift);
  return most <= kMostNarrow && std::ldexp(most, multiplierBits) <= kMost;
}

/// Whether N45 can square the sums of rows of `length` and keep `spreadShift`
/// bits of fraction.
static bool hasExactSums(QuantView in, int64_t length, int32_t spreadShift) {
  double sum = double(length) * double(in.getCenteredRange().maxAbs());
  return std::ldexp(sum * sum, spreadShift) <= kMost;
}

int64_t NormalizeOp::getRowLength() {
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(getInput().getType()).getShape();
  int64_t length = 1;
  for (int64_t axis : getAxes())
    length *= shape[axis];
  return length;
}

bool NormalizeOp::hasNarrowMultiplier() {
  return ::hasNarrowMultiplier(QuantView(getInput().getType()), getCentred(),
                               getInputShift(), getMultiplierBits());
}

/// Returns the largest magnitude among the elements.
static double getMost(ElementsAttr elements) {
  double most = 0;
  for (int64_t value : getIntegers(elements))
    most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

/// Most that the last sum of N45 can be.
static double getMostSum(NormalizeOp op) {
  return getMostNormal(op.getRowLength(), op.getFractionBits()) *
             getMost(op.getScale()) +
         getMost(op.getOffset()) + std::ldexp(1.0, op.getShift() - 1);
}

bool NormalizeOp::hasNarrowResult() { return getMostSum(*this) <= kMostNarrow; }

LogicalResult NormalizeOp::verify() {
  if (failed(verifySameShape(*this, getInput(), getResult())) ||
      failed(verifyQuantised(*this, getInput(), "the input", ScaleAxis::None,
                             kMostStreamBits)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::None)))
    return failure();
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(getInput().getType()).getShape();
  ArrayRef<int64_t> axes = getAxes();
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] < (i ? axes[i - 1] + 1 : 0) ||
        axes[i] >= static_cast<int64_t>(shape.size()))
      return emitOpError("expected ascending axes of the input (N45), found ")
             << axes[i];
  if (axes.empty() || getRowLength() == 0)
    return emitOpError("expected rows of at least one element (N45)");
  for (auto [elements, bits] :
       {std::pair(getScale(), 32), std::pair(getOffset(), 64)}) {
    auto type = cast<ShapedType>(elements.getType());
    bool fits = type.getElementType().isSignlessInteger(bits) &&
                type.getRank() == static_cast<int64_t>(shape.size());
    for (size_t i = 0; fits && i < shape.size(); ++i)
      fits = type.getDimSize(i) == 1 || type.getDimSize(i) == shape[i];
    if (!fits)
      return emitOpError("expected i")
             << bits << " of the input's rank, and of its sizes or 1 (N45), "
             << "found " << type;
  }
  QuantView in(getInput().getType());
  auto inside = [](int32_t value, int32_t lo, int32_t hi) {
    return lo <= value && value <= hi;
  };
  int32_t inputShift = getInputShift(), bits = getMultiplierBits(),
          fraction = getFractionBits(), shift = getShift();
  double mostNormal = getMostNormal(getRowLength(), fraction);
  // The second: a row's multiplier is at most 1.5 of the row length's root, so
  // that its shift is positive.
  if (!inside(getSpreadShift(), 0, 60) || getSpreadShift() % 2)
    return emitOpError("expected an even spread_shift in 0..60 (N45), found ")
           << getSpreadShift();
  if (!inside(inputShift, 6, 14) || !inside(bits, 12, 30) ||
      !inside(fraction, 0, 30) || !inside(shift, 1, 62) ||
      mostNormal > 0x1p31 ||
      std::ldexp(1.5 * mostNormal, -inputShift) > std::ldexp(1.0, bits - 2))
    return emitOpError("expected an input_shift in 6..14, multiplier_bits in "
                       "12..30, a shift in 1..62, and fraction_bits for which "
                       "normalised values fit i32 and multipliers "
                       "multiplier_bits (N45), found ")
           << inputShift << ", " << bits << ", " << fraction << " and "
           << shift;
  int64_t epsilon = static_cast<int64_t>(getEpsilon());
  if (epsilon < 0 || static_cast<double>(epsilon) > kMost ||
      !hasExactSums(in, getRowLength(), getSpreadShift()) ||
      getMostSum(*this) > kMost)
    return emitOpError("expected sums below 2^62 (N45)");
  if (!hasExactProducts(in, getCentred(), inputShift, bits))
    return emitOpError("expected shifted inputs below 2^31, and their products "
                       "with multipliers below 2^62 (N45)");
  return success();
}

FailureOr<NormalizeParameters>
fxp::chooseNormalize(Type input, Type result, int64_t length, bool centred,
                     double epsilon, ArrayRef<float> scale,
                     ArrayRef<float> offset, std::string *reason) {
  auto refuse = [&](const char *why) {
    if (reason)
      *reason = why;
    return failure();
  };
  QuantView in(input), out(result);
  if (!hasExactSums(in, length, 0))
    return refuse("its rows are too long for exact sums of squares");
  NormalizeParameters p;
  // As many bits of fraction as the sums leave, so that rows which hardly vary
  // feel an epsilon of less than a step.
  double steps = static_cast<double>(length) / in.getScale();
  auto scaled = [&](int32_t shift) {
    return std::floor(std::ldexp(epsilon * steps * steps, shift) + 0.5);
  };
  if (!(scaled(0) >= 0 && scaled(0) <= kMost))
    return refuse("its epsilon is far larger than its input");
  while (p.spreadShift < 60 && hasExactSums(in, length, p.spreadShift + 2) &&
         scaled(p.spreadShift + 2) <= kMost)
    p.spreadShift += 2;
  p.epsilon = static_cast<int64_t>(scaled(p.spreadShift));

  // Results of 8 bits need about 18 bits of the normalised value, which leaves
  // 12 for the scale in 32-bit lanes.
  constexpr int32_t kNarrowBits = 18, kWideBits = 30, kLeastFraction = 9;
  // 8-bit inputs have room for 7 bits more in 16, and those for 15; wider ones
  // for what is left of 32.
  constexpr int32_t kNarrowShift = 7, kWideShift = 14, kLeastShift = 6,
                    kNarrowFactor = 15, kWideFactor = 30;
  int32_t half = (llvm::Log2_64_Ceil(length) + 1) / 2;
  bool narrow = out.getBits() <= 8 && kNarrowBits - half >= kLeastFraction;
  p.fractionBits = (narrow ? kNarrowBits : kWideBits) - half;
  bool narrowInput =
      narrow && hasNarrowMultiplier(in, centred, kNarrowShift, kNarrowFactor);
  p.inputShift = narrowInput ? kNarrowShift : kWideShift;
  p.multiplierBits = narrowInput ? kNarrowFactor : kWideFactor;
  while (p.inputShift > kLeastShift &&
         !hasExactProducts(in, centred, p.inputShift, p.multiplierBits))
    --p.inputShift;

  double mostScale = 0, mostOffset = 0;
  for (float value : scale)
    mostScale = std::max(mostScale, std::abs(value / out.getScale()));
  for (float value : offset)
    mostOffset = std::max(mostOffset, std::abs(value / out.getScale()));
  if (!std::isfinite(mostScale) || !std::isfinite(mostOffset))
    return refuse("its scale or its offset is not finite");
  auto fits = [&](int32_t shift) {
    double largest = std::ldexp(mostScale, shift - p.fractionBits) + 1;
    return largest <= INT32_MAX &&
           getMostNormal(length, p.fractionBits) * largest +
                   std::ldexp(mostOffset, shift) + 1 +
                   std::ldexp(1.0, shift - 1) <=
               (narrow ? kMostNarrow : kMost);
  };
  p.shift = 62;
  while (p.shift > 1 && !fits(p.shift))
    --p.shift;
  if (!fits(p.shift))
    return refuse("its scale and its result's are too far apart");
  for (float value : scale)
    p.scale.push_back(static_cast<int32_t>(std::floor(
        std::ldexp(value / out.getScale(), p.shift - p.fractionBits) + 0.5)));
  for (float value : offset)
    p.offset.push_back(static_cast<int64_t>(
        std::floor(std::ldexp(value / out.getScale(), p.shift) + 0.5)));
  return p;
}
