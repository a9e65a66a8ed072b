//===- ElementwiseParameters.cpp - add, softmax and tables ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/LongAdd.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

//===----------------------------------------------------------------------===//
// N40
//===----------------------------------------------------------------------===//

bool fxp::isLongAdd(Type lhs, Type rhs, Type result) {
  return llvm::any_of(ArrayRef<Type>{lhs, rhs, result},
                      [](Type type) { return QuantView(type).getBits() > 16; });
}

bool fxp::isAddExact(const AddParameters &parameters, Type lhs, Type rhs,
                     Type result) {
  bool isLong = isLongAdd(lhs, rhs, result);
  for (int64_t multiplier :
       {parameters.lhsMultiplier, parameters.rhsMultiplier})
    if (multiplier < 0 || multiplier > (isLong ? INT32_MAX : 32767))
      return false;
  // Products of 31 bits and at most 22 do not leave i64.
  return isLong || isAddExact(parameters, lhs, rhs);
}

bool fxp::isAddExact(const AddParameters &parameters, Type lhs, Type rhs) {
  int64_t rounding =
      parameters.shift ? INT64_C(1) << (parameters.shift - 1) : 0;
  int64_t largest = std::abs(int64_t(parameters.lhsMultiplier)) *
                        QuantView(lhs).getCenteredRange().maxAbs() +
                    std::abs(int64_t(parameters.rhsMultiplier)) *
                        QuantView(rhs).getCenteredRange().maxAbs() +
                    rounding;
  return largest <= INT32_MAX;
}

FailureOr<AddParameters> fxp::chooseAdd(Type lhs, Type rhs, Type result,
                                        std::string *reason) {
  QuantView left(lhs), right(rhs), out(result);
  assert(left && right && out && "expected quantised types");
  double leftRatio = left.getScale() / out.getScale();
  double rightRatio = right.getScale() / out.getScale();
  for (int32_t shift = 30; shift >= 0; --shift) {
    double leftMultiplier = std::floor(std::ldexp(leftRatio, shift) + 0.5);
    double rightMultiplier = std::floor(std::ldexp(rightRatio, shift) + 0.5);
    if (leftMultiplier > INT32_MAX || rightMultiplier > INT32_MAX)
      continue;
    AddParameters parameters{static_cast<int32_t>(leftMultiplier),
                             static_cast<int32_t>(rightMultiplier), shift};
    if (isAddExact(parameters, left.getElementType(), right.getElementType(),
                   out.getElementType()))
      return parameters;
  }
  if (reason)
    llvm::raw_string_ostream(*reason) << llvm::format(
        "expected scale ratios whose rescaled sum fits %s, found %g and %g",
        isLongAdd(lhs, rhs, result) ? "i64" : "i32", leftRatio, rightRatio);
  return failure();
}

//===----------------------------------------------------------------------===//
// N43
//===----------------------------------------------------------------------===//

SoftmaxParameters fxp::planSoftmax(Type input) {
  QuantView view(input);
  assert(view && "expected a quantised type");
  constexpr double kLog2E = 1.4426950408889634;
  // From 15 octaves on a term is 0; two more keep the rounding of t harmless.
  constexpr double kOctaves = 17;
  double octavesPerStep = view.getScale() * kLog2E;
  IntegerRange storage = view.getStorageRange();
  double largest =
      static_cast<double>(storage.hi) - static_cast<double>(storage.lo);
  double top = std::min(largest, kOctaves / octavesPerStep);

  SoftmaxParameters p;
  // Distances that matter fit 16 bits after the first shift ...
  while (std::ldexp(top, -p.preShift) > 65535)
    ++p.preShift;
  // ... and are then moved up as far as they go, for a precise product, while
  // the multiplier t / (d << postShift), in Q27, keeps a bit.
  auto multiplier = [&](int postShift) {
    return std::ldexp(octavesPerStep, 27 - postShift + p.preShift);
  };
  while (p.postShift < 15 &&
         std::ldexp(top, p.postShift + 1 - p.preShift) <= 65535 &&
         multiplier(p.postShift + 1) >= 1)
    ++p.postShift;
  while (p.postShift < 15 && multiplier(p.postShift) >= 65535.5)
    ++p.postShift;
  p.distanceMax = 65535 >> p.postShift;
  // At 16 octaves per step and more every distance but 0 is beyond the end.
  p.multiplier = static_cast<int32_t>(
      std::min(65535.0, std::floor(multiplier(p.postShift) + 0.5)));
  return p;
}

//===----------------------------------------------------------------------===//
// N44
//===----------------------------------------------------------------------===//

std::optional<int32_t> fxp::getSoftmaxFraction(Type result) {
  QuantView view(result);
  if (!view || view.isPerAxis() || view.getZeroPoint() != 0)
    return std::nullopt;
  int exponent;
  bool isPower = std::frexp(view.getScale(), &exponent) == 0.5;
  int32_t fraction = 1 - exponent;
  bool isByte = !view.isSigned() && view.getBits() == 8 &&
                view.getStorageRange() == IntegerRange{0, 255};
  bool isWord = view.isSigned() && view.getBits() == 16;
  if (!isPower || !(isByte || isWord) || fraction < 8 ||
      fraction > (isByte ? 13 : 22))
    return std::nullopt;
  return fraction;
}

bool fxp::isLogSoftmaxExact(const LogSoftmaxParameters &parameters,
                            Type input) {
  IntegerRange storage = QuantView(input).getStorageRange();
  // |L| <= 2^20: at most 2^16 powers of at most 2^15.
  double most = double(storage.hi - storage.lo) * parameters.scaleMultiplier +
                std::ldexp(double(parameters.logMultiplier), 20) +
                std::ldexp(1.0, parameters.scaleShift - 1);
  // Half of what i64 holds: the rounding of this sum is far smaller.
  return most <= 0x1p62;
}

FailureOr<LogSoftmaxParameters> fxp::chooseLogSoftmax(Type input, Type result,
                                                      std::string *reason) {
  double ratio = QuantView(input).getScale() / QuantView(result).getScale();
  double octave = 0.69314718055994531 / QuantView(result).getScale();
  for (int shift = 62; shift >= 1; --shift) {
    double scale = std::floor(std::ldexp(ratio, shift) + 0.5),
           log = std::floor(std::ldexp(octave, shift - 16) + 0.5);
    if (scale > INT32_MAX || log > 0x1p42)
      continue;
    LogSoftmaxParameters parameters{static_cast<int32_t>(scale), shift,
                                    static_cast<int64_t>(log)};
    if (scale >= 1 && log >= 1 && isLogSoftmaxExact(parameters, input))
      return parameters;
  }
  if (reason)
    *reason = "its input's and its result's scales are too far apart";
  return failure();
}

//===----------------------------------------------------------------------===//
// N42
//===----------------------------------------------------------------------===//

/// Stored result of the real `value`.
static int64_t storeValue(double value, const QuantView &out, int64_t channel) {
  int64_t zeroPoint = out.getZeroPoint(channel);
  if (std::isnan(value))
    return zeroPoint;
  IntegerRange range = out.getStorageRange();
  double stored = std::floor(value / out.getScale(channel) + 0.5) +
                  static_cast<double>(zeroPoint);
  return static_cast<int64_t>(std::clamp(stored, static_cast<double>(range.lo),
                                         static_cast<double>(range.hi)));
}

DenseElementsAttr
fxp::buildLookupTable(Type input, Type result, int64_t channels,
                      function_ref<double(double, int64_t)> function) {
  QuantView in(input), out(result);
  assert(in && out && in.getBits() <= 16 && out.getBits() <= 16 &&
         "expected types of a table");
  for (const QuantView *view : {&in, &out})
    if (view->isPerAxis())
      channels = view->getNumChannels();
  IntegerRange stored = in.getStorageRange();
  int64_t entries = stored.hi - stored.lo + 1;
  SmallVector<int64_t> values;
  for (int64_t c = 0; c < std::max<int64_t>(channels, 1); ++c)
    for (int64_t q = stored.lo; q <= stored.hi; ++q) {
      double x = in.getScale(c) * static_cast<double>(q - in.getZeroPoint(c));
      values.push_back(storeValue(function(x, c), out, c));
    }
  SmallVector<int64_t> shape;
  if (channels > 0)
    shape.push_back(channels);
  shape.push_back(entries);
  auto integers = [&](auto zero) {
    SmallVector<decltype(zero)> narrow;
    for (int64_t value : values)
      narrow.push_back(static_cast<decltype(zero)>(value));
    auto element = IntegerType::get(input.getContext(), 8 * sizeof(zero));
    return DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                  ArrayRef(narrow));
  };
  return out.getBits() <= 8 ? integers(int8_t()) : integers(int16_t());
}

DenseElementsAttr fxp::buildLookupTable(Type input, Type result,
                                        function_ref<double(double)> function) {
  return buildLookupTable(input, result, /*channels=*/0,
                          [&](double x, int64_t) { return function(x); });
}
