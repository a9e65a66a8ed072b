//===- RecurrentParameters.cpp - integers of recurrent layers -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

/// What sums keep below: i64 holds twice that.
static constexpr double kMostSum = 0x1p62;

SmallVector<IntegerRange> fxp::getStateBounds(QuantView state,
                                              ArrayRef<int64_t> weights,
                                              ArrayRef<int64_t> bias) {
  IntegerRange centred = state.getCenteredRange();
  size_t depth = weights.size() / std::max<size_t>(bias.size(), 1);
  SmallVector<IntegerRange> bounds;
  for (auto [gate, start] : llvm::enumerate(bias)) {
    IntegerRange range{start, start};
    for (int64_t w : weights.slice(gate * depth, depth)) {
      range.lo += std::min(w * centred.lo, w * centred.hi);
      range.hi += std::max(w * centred.lo, w * centred.hi);
    }
    bounds.push_back(range);
  }
  return bounds;
}

bool fxp::hasExactSums(const RecurrentParameters &p,
                       const RecurrentRatios &ratios) {
  double rest = double(ratios.inputRange.maxAbs()) * p.inputMultiplier +
                std::ldexp(1.0, p.shift - 1);
  for (int32_t multiplier : p.peepholes)
    rest =
        std::max(rest, double(ratios.inputRange.maxAbs()) * p.inputMultiplier +
                           std::ldexp(1.0, p.shift - 1) +
                           32768.0 * std::abs(double(multiplier)));
  double most = 0;
  for (auto [range, multiplier] :
       llvm::zip_equal(ratios.accumulators, p.multipliers))
    most = std::max(most, double(range.maxAbs()) * multiplier);
  if (ratios.resetBits) {
    if (p.shift < ratios.resetBits)
      return false;
    most = std::max(most, std::ldexp(1.0, kCandidateBits + 15 + p.shift -
                                              ratios.resetBits));
  }
  return rest + most <= kMostSum;
}

FailureOr<RecurrentParameters>
fxp::chooseRecurrent(const RecurrentRatios &ratios, std::string *reason) {
  auto scaled = [](double ratio, int32_t shift) {
    return std::nearbyint(std::ldexp(ratio, shift));
  };
  for (int32_t shift = 62; shift >= 1; --shift) {
    RecurrentParameters p;
    p.shift = shift;
    bool fits = true;
    auto round = [&](double ratio) {
      double value = scaled(ratio, shift);
      fits &= std::abs(value) <= INT32_MAX;
      return fits ? static_cast<int32_t>(value) : 0;
    };
    p.inputMultiplier = round(ratios.input);
    for (double ratio : ratios.state)
      p.multipliers.push_back(round(ratio));
    for (double ratio : ratios.peepholes)
      p.peepholes.push_back(round(ratio));
    if (fits && hasExactSums(p, ratios))
      return p;
  }
  if (reason)
    *reason = "the scales of its input, its state and its activations are too "
              "far apart";
  return failure();
}

/// Calls `visit` with the real input of each entry; `step` is an entry's
/// distance to the next.
static void forEachEntry(int32_t inputBits,
                         function_ref<void(double x, double step)> visit) {
  double step = std::ldexp(65536.0 / kTableSegments, -inputBits);
  for (int64_t i = 0; i <= kTableSegments; ++i)
    visit(step * double(i) - std::ldexp(32768.0, -inputBits), step);
}

std::optional<int32_t> fxp::chooseTableBits(RealFunction function,
                                            int32_t inputBits) {
  double most = 0;
  bool isFinite = true;
  forEachEntry(inputBits, [&](double x, double) {
    double value = function(x);
    isFinite &= std::isfinite(value);
    most = std::max(most, std::abs(value));
  });
  if (!isFinite)
    return std::nullopt;
  for (int32_t bits = 15; bits >= 1; --bits)
    if (std::ldexp(most, bits) <= 32768)
      return bits;
  return std::nullopt;
}

SmallVector<int16_t> fxp::buildSegmentTable(RealFunction function,
                                            int32_t inputBits,
                                            int32_t outputBits) {
  SmallVector<int16_t> table;
  forEachEntry(inputBits, [&](double x, double step) {
    bool isFirst = table.empty(),
         isLast = int64_t(table.size()) == kTableSegments;
    double here = function(x);
    // How far the function lies above the chord in the middle.
    double left =
        isFirst ? 0 : function(x - step / 2) - (function(x - step) + here) / 2;
    double right =
        isLast ? 0 : function(x + step / 2) - (here + function(x + step)) / 2;
    double moved = here + (isFirst  ? right
                           : isLast ? left
                                    : (left + right) / 2) /
                              2;
    double value = std::floor(std::ldexp(moved, outputBits) + 0.5);
    // -2^15 is left out: a product of two would leave i32.
    table.push_back(static_cast<int16_t>(std::clamp(value, -32767.0, 32767.0)));
  });
  return table;
}
