//===- RequantParameters.cpp - multipliers, shifts and offsets ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

namespace {

/// The integers of one channel; which of them mean anything depends on the
/// mode.
struct Channel {
  int32_t multiplier = 0;
  int32_t shift = 0;
  int32_t offset = 0;
};

/// What one channel's choice depends on.
struct Request {
  double ratio;
  int64_t zeroPoint;
  IntegerRange clamp;
  const IntegerRange *accumulator; ///< Null if unknown.
  double biasRemainder;
};

LogicalResult refuse(std::string &reason, const Twine &text) {
  reason = text.str();
  return failure();
}

std::string number(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

double roundHalfUp(double value) { return std::floor(value + 0.5); }

/// N20.
LogicalResult chooseQ15(const Request &request, const RequantOptions &options,
                        Channel &channel, std::string &reason) {
  int exponent;
  std::frexp(request.ratio, &exponent);
  int shift = std::max(0, -options.guardBits - exponent);
  double multiplier = roundHalfUp(std::ldexp(request.ratio, 15 + shift));
  if (multiplier > 32767)
    return refuse(reason, "expected a scale ratio below 1 for q15, found " +
                              number(request.ratio));
  if (shift > 31)
    return refuse(reason,
                  "expected a scale ratio of at least 2^-35 for q15, found " +
                      number(request.ratio));
  double wanted = static_cast<double>(request.zeroPoint) / request.ratio +
                  request.biasRemainder;
  double error = std::fabs(roundHalfUp(wanted) - wanted) * request.ratio;
  if (error > options.offsetTolerance)
    return refuse(reason, "expected a q15 offset within " +
                              number(options.offsetTolerance) +
                              " steps, found an error of " + number(error));
  double offset =
      roundHalfUp(wanted) + (shift ? std::ldexp(1.0, shift - 1) : 0.0);
  if (std::fabs(offset) > INT32_MAX)
    return refuse(reason, "expected a q15 offset that fits i32, found " +
                              number(offset));
  channel = {static_cast<int32_t>(multiplier), shift,
             static_cast<int32_t>(offset)};

  bool provenToFit16 = false;
  if (request.accumulator) {
    IntegerRange moved{request.accumulator->lo + channel.offset,
                       request.accumulator->hi + channel.offset};
    if (!kInt32Range.contains(moved))
      return refuse(reason,
                    "expected accumulator and q15 offset to fit i32, found [" +
                        Twine(moved.lo) + ", " + Twine(moved.hi) + "]");
    provenToFit16 =
        (moved.lo >> shift) >= INT16_MIN && (moved.hi >> shift) <= INT16_MAX;
  }
  // The chain is monotone, so the 16-bit saturation is invisible if its two
  // ends already lie outside the clamp.
  int64_t top = (INT64_C(32767) * channel.multiplier + (1 << 14)) >> 15;
  int64_t bottom = (INT64_C(-32768) * channel.multiplier + (1 << 14)) >> 15;
  if (!provenToFit16 && (top < request.clamp.hi || bottom > request.clamp.lo))
    return refuse(
        reason,
        "expected a q15 multiplier whose 16-bit range covers the result, "
        "found " +
            Twine(channel.multiplier));
  return success();
}

/// N21.
LogicalResult chooseQ31(const Request &request, Channel &channel,
                        std::string &reason) {
  int exponent;
  double mantissa = std::frexp(request.ratio, &exponent);
  double multiplier = roundHalfUp(std::ldexp(mantissa, 31));
  if (multiplier == std::ldexp(1.0, 31)) {
    multiplier /= 2;
    ++exponent;
  }
  int shift = 31 - exponent;
  if (shift < 1 || shift > 62)
    return refuse(
        reason,
        "expected a scale ratio between 2^-32 and 2^30 for q31, found " +
            number(request.ratio));
  channel = {static_cast<int32_t>(multiplier), shift, 0};
  return success();
}

/// N22.
LogicalResult chooseF32(const Request &request, Channel &channel,
                        std::string &reason) {
  float ratio = static_cast<float>(request.ratio);
  if (!std::isnormal(ratio))
    return refuse(reason,
                  "expected a scale ratio that is a normal f32, found " +
                      number(request.ratio));
  channel = {llvm::bit_cast<int32_t>(ratio), 0, 0};
  return success();
}

/// N23.
LogicalResult choosePow2(const Request &request, Channel &channel,
                         std::string &reason) {
  double exact = -std::log2(request.ratio);
  double shift = std::round(exact);
  if (std::fabs(std::exp2(shift - exact) - 1) > 1e-6 || shift < 0 || shift > 31)
    return refuse(reason,
                  "expected a scale ratio of 2^-31 to 2^0 for pow2, found " +
                      number(request.ratio));
  channel = {0, static_cast<int32_t>(shift), 0};
  return success();
}

LogicalResult chooseChannel(RequantMode mode, const Request &request,
                            const RequantOptions &options, Channel &channel,
                            std::string &reason) {
  if (!(request.ratio > 0) || !std::isfinite(request.ratio))
    return refuse(reason, "expected a positive finite scale ratio, found " +
                              number(request.ratio));
  switch (mode) {
  case RequantMode::Q15:
    return chooseQ15(request, options, channel, reason);
  case RequantMode::Q31:
    return chooseQ31(request, channel, reason);
  case RequantMode::F32:
    return chooseF32(request, channel, reason);
  case RequantMode::Pow2:
    return choosePow2(request, channel, reason);
  case RequantMode::Q31Double:
    return refuse(reason, "expected a mode that is chosen, found q31_double, "
                          "which models bring along");
  }
  llvm_unreachable("unknown requantisation mode");
}

/// Returns element `i` of a list of one or many.
template <typename List>
auto broadcast(const List &list, size_t i) {
  return list[list.size() == 1 ? 0 : i];
}

} // namespace

std::optional<RequantMode> fxp::parseChosenMode(StringRef name) {
  std::optional<RequantMode> mode = symbolizeRequantMode(name);
  return mode == RequantMode::Q31Double ? std::nullopt : mode;
}

FailureOr<RequantAttr> fxp::chooseRequant(MLIRContext *context,
                                          RequantMode mode,
                                          ArrayRef<double> ratios, Type result,
                                          const RequantOptions &options,
                                          std::string *reason) {
  std::string ignored;
  std::string &why = reason ? *reason : ignored;
  QuantView view(result);
  assert(view && !ratios.empty() &&
         "expected a quantised result and its ratios");

  size_t channels = 1;
  for (size_t size :
       {ratios.size(), view.getZeroPoints().size(), options.min.size(),
        options.max.size(), options.accumulators.size(),
        options.biasRemainders.size()})
    channels = std::max(channels, size);
  // q15 alone holds the zero point; the others read it from the type. Keep the
  // lists of one element where nothing differs.
  bool offsetsDiffer =
      !view.hasOneZeroPoint() || options.biasRemainders.size() > 1;
  size_t entries =
      mode == RequantMode::Q15 && offsetsDiffer ? channels : ratios.size();

  SmallVector<int32_t> multiplier, shift, offset;
  for (size_t c = 0; c < channels; ++c) {
    IntegerRange clamp = view.getStorageRange();
    if (!options.min.empty())
      clamp.lo = broadcast(options.min, c);
    if (!options.max.empty())
      clamp.hi = broadcast(options.max, c);
    IntegerRange accumulator;
    if (!options.accumulators.empty())
      accumulator = broadcast(options.accumulators, c);
    Request request{
        broadcast(ratios, c), broadcast(view.getZeroPoints(), c), clamp,
        options.accumulators.empty() ? nullptr : &accumulator,
        options.biasRemainders.empty() ? 0.0
                                       : broadcast(options.biasRemainders, c)};
    Channel channel;
    if (failed(chooseChannel(mode, request, options, channel, why))) {
      if (channels > 1)
        why += (" (channel " + Twine(c) + ")").str();
      return failure();
    }
    if (c >= entries)
      continue;
    multiplier.push_back(channel.multiplier);
    shift.push_back(channel.shift);
    offset.push_back(channel.offset);
  }

  auto list = [&](bool used, ArrayRef<int32_t> values) {
    return mlir::DenseI32ArrayAttr::get(context,
                                        used ? values : ArrayRef<int32_t>());
  };
  return RequantAttr::get(context, mode,
                          list(mode != RequantMode::Pow2, multiplier),
                          list(mode != RequantMode::F32, shift),
                          list(mode == RequantMode::Q15, offset),
                          list(true, options.min), list(true, options.max));
}

FailureOr<RequantAttr>
fxp::chooseRequantOrExact(MLIRContext *context, RequantMode mode,
                          ArrayRef<double> ratios, Type result,
                          const RequantOptions &options, std::string *reason) {
  auto chosen = chooseRequant(context, mode, ratios, result, options, reason);
  if (succeeded(chosen) || mode == RequantMode::Q31)
    return chosen;
  return chooseRequant(context, RequantMode::Q31, ratios, result, options,
                       reason);
}

FailureOr<RequantAttr>
fxp::chooseElementwiseRequant(MLIRContext *context, RequantMode mode,
                              ArrayRef<double> ratios, IntegerRange values,
                              Type result, std::string *reason) {
  RequantOptions options;
  options.accumulators = values;
  options.offsetTolerance = kExactOffset;
  return chooseRequantOrExact(context, mode, ratios, result, options, reason);
}

FailureOr<SmallVector<double>> fxp::getScaleRatios(Type input, Type weights,
                                                   Type result) {
  QuantView in(input), out(result), factors(weights);
  // What several scales of an input stand for is in the weights (N1).
  if (!in || !out || (!factors && in.isPerAxis()))
    return failure();
  size_t weightScales =
      factors && factors.isPerAxis() ? factors.getNumChannels() : 1;
  size_t outScales = out.isPerAxis() ? out.getNumChannels() : 1;
  if (weightScales > 1 && outScales > 1 && weightScales != outScales)
    return failure();
  SmallVector<double> ratios;
  for (size_t c = 0, e = std::max(weightScales, outScales); c < e; ++c)
    ratios.push_back(
        in.getLargestScale() *
        (factors ? factors.getScale(weightScales > 1 ? c : 0) : 1.0) /
        out.getScale(outScales > 1 ? c : 0));
  return ratios;
}
