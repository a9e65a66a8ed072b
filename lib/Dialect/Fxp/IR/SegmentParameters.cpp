//===- SegmentParameters.cpp - short tables that stand for functions ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entries are the function's values at the segments' ends, moved by half of the
// errors of the chords beside them; what they make of every input is then
// computed as kernels do, and compared with the function.
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <array>
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

namespace {
/// Octaves of distances of at most 17 bits, on both sides.
constexpr int64_t kOctaves = 18;

/// What is still wrong with a table.
struct Verdict {
  /// Octaves, of either side, whose errors are too large, or hold a single one
  /// that is.
  SmallVector<int64_t> octaves;
  bool isGood() const { return octaves.empty(); }
};

class TableFitter {
public:
  TableFitter(Type input, Type result, function_ref<double(double)> function)
      : in(input), out(result), function(function),
        stored(in.getStorageRange()), range(out.getStorageRange()) {
    bool isWide = out.getBits() > 8;
    added = isWide ? 3.0 / 8 : 1.0 / 32;
    most = isWide ? 32 : 1;
    while (fractionBits < 8 && range.lo * (2 << fractionBits) >= INT16_MIN &&
           range.hi * (2 << fractionBits) <= INT16_MAX)
      ++fractionBits;
    for (int64_t q = stored.lo; q <= stored.hi; ++q) {
      double value = evaluate(q);
      values.push_back(value);
      double error = std::floor(value + 0.5) - value;
      allowed[getOctave(q)] += error * error + added * added;
    }
  }

  int32_t getFractionBits() const { return fractionBits; }
  SmallVector<int16_t> fit(ArrayRef<SegmentSide> sides) const;
  Verdict judge(ArrayRef<SegmentSide> sides, ArrayRef<int16_t> entries);
  /// Returns lengths with which the octaves' errors are small enough, or
  /// nothing.
  std::optional<SmallVector<int32_t>> chooseLengths(const SegmentForm &form);

private:
  /// The function at `q` in steps of the result, between its storage's ends.
  double evaluate(int64_t q) const {
    double value =
        function(in.getScale() * static_cast<double>(q - in.getZeroPoint())) /
        out.getScale();
    if (std::isnan(value))
      value = 0;
    return std::clamp(value + static_cast<double>(out.getZeroPoint()),
                      static_cast<double>(range.lo),
                      static_cast<double>(range.hi));
  }
  /// The same from memory; segments reach beyond the inputs.
  double get(int64_t q) const {
    return stored.contains(q) ? values[q - stored.lo] : evaluate(q);
  }
  int64_t getOctave(int64_t q) const {
    int64_t d = q - in.getZeroPoint();
    // No octave of the farthest input alone.
    uint64_t distance = std::max<int64_t>(1, d >= 0 ? d : -1 - d);
    return llvm::Log2_64(distance) + (d < 0 ? kOctaves : 0);
  }
  /// The result less the function at place `place` of a segment.
  double getError(const SegmentBlock &block, int64_t place, int64_t q,
                  ArrayRef<int16_t> entries) const {
    int64_t i = block.entry + (place >> block.bits);
    int64_t f = (place & ((1 << block.bits) - 1)) << (kPlaceBits - block.bits);
    int64_t one = 1 << kPlaceBits, shift = kPlaceBits + fractionBits;
    int64_t y = (entries[i] * (one - f) + entries[i + 1] * f +
                 (INT64_C(1) << (shift - 1))) >>
                shift;
    return static_cast<double>(std::clamp(y, range.lo, range.hi)) - get(q);
  }

  QuantView in, out;
  function_ref<double(double)> function;
  IntegerRange stored, range;
  double added, most;
  int32_t fractionBits = 0;
  SmallVector<double> values;
  /// Sums of squares of each octave.
  std::array<double, 2 * kOctaves> allowed{}, found{};
};
} // namespace

SmallVector<int16_t> TableFitter::fit(ArrayRef<SegmentSide> sides) const {
  SmallVector<int16_t> entries;
  for (const SegmentSide &side : sides) {
    SmallVector<double> ends, gaps;
    auto at = [&](int64_t distance) {
      return get(side.first + side.direction * distance);
    };
    for (const SegmentBlock &block : side.blocks)
      for (int64_t i = 0; i < block.getSegments(); ++i) {
        int64_t length = INT64_C(1) << block.bits;
        int64_t begin = block.start + i * length;
        double left = at(begin), right = at(begin + length);
        // How far the function lies above the chord in the middle.
        gaps.push_back(
            length == 1 ? 0 : at(begin + length / 2) - (left + right) / 2);
        if (ends.empty())
          ends.push_back(left);
        ends.push_back(right);
      }
    for (auto [i, end] : llvm::enumerate(ends)) {
      double moved = end + (gaps[i == 0 ? 0 : i - 1] +
                            gaps[std::min<size_t>(i, gaps.size() - 1)]) /
                               4;
      double entry = std::floor(std::ldexp(moved, fractionBits) + 0.5);
      entries.push_back(static_cast<int16_t>(
          std::clamp<double>(entry, INT16_MIN, INT16_MAX)));
    }
  }
  return entries;
}

Verdict TableFitter::judge(ArrayRef<SegmentSide> sides,
                           ArrayRef<int16_t> entries) {
  found.fill(0);
  std::array<bool, 2 * kOctaves> isBad{};
  for (const SegmentSide &side : sides)
    for (const SegmentBlock &block : side.blocks)
      for (int64_t place = 0; place < block.inputs; ++place) {
        int64_t q = side.first + side.direction * (block.start + place);
        double error = getError(block, place, q, entries);
        int64_t octave = getOctave(q);
        found[octave] += error * error;
        isBad[octave] |= std::abs(error) > most;
      }
  Verdict verdict;
  for (int64_t octave = 0; octave < 2 * kOctaves; ++octave)
    if (isBad[octave] || found[octave] > allowed[octave])
      verdict.octaves.push_back(octave);
  return verdict;
}

std::optional<SmallVector<int32_t>>
TableFitter::chooseLengths(const SegmentForm &form) {
  // The longest that would do for each block alone.
  SmallVector<int32_t> bits;
  for (SegmentSide side : form.getSides()) {
    for (SegmentBlock block : side.blocks) {
      block.bits = std::min<int32_t>(kPlaceBits, llvm::Log2_64(block.width));
      for (; block.bits > block.getLeastBits(); --block.bits) {
        SegmentSide alone{side.first, side.direction, {block}};
        SmallVector<int16_t> entries = fit(alone);
        double excess = 0, largest = 0;
        for (int64_t place = 0; place < block.inputs; ++place) {
          int64_t q = side.first + side.direction * (block.start + place);
          double error = getError(block, place, q, entries);
          double rounded = std::floor(get(q) + 0.5) - get(q);
          excess += error * error - rounded * rounded;
          largest = std::max(largest, std::abs(error));
        }
        if (excess <= added * added * double(block.inputs) && largest <= most)
          break;
      }
      bits.push_back(block.bits);
    }
  }
  // Neighbours share entries: shorter ones where that does not suffice, those
  // whose errors are largest first.
  while (true) {
    SmallVector<SegmentSide> sides = form.getSides(bits);
    if (countSegments(form, sides) > kMostSegments)
      return std::nullopt;
    SmallVector<int16_t> entries = fit(sides);
    Verdict verdict = judge(sides, entries);
    if (verdict.isGood())
      return bits;
    SmallVector<int32_t> shorter = bits;
    for (int64_t octave : verdict.octaves) {
      double worst = -1;
      size_t index = 0, which = 0;
      for (const SegmentSide &side : sides)
        for (const SegmentBlock &block : side.blocks) {
          double sum = 0;
          for (int64_t place = 0; place < block.inputs; ++place) {
            int64_t q = side.first + side.direction * (block.start + place);
            double error = getError(block, place, q, entries);
            if (getOctave(q) == octave)
              sum += error * error;
          }
          if (sum > worst && block.bits > block.getLeastBits()) {
            worst = sum;
            which = index;
          }
          ++index;
        }
      if (worst <= 0)
        return std::nullopt;
      shorter[which] = bits[which] - 1;
    }
    bits = shorter;
  }
}

FailureOr<InterpolationTable>
fxp::chooseInterpolation(Type input, Type result,
                         function_ref<double(double)> function,
                         std::string *reason) {
  QuantView in(input), out(result);
  auto refuse = [&](std::string why) -> FailureOr<InterpolationTable> {
    if (reason)
      *reason = std::move(why);
    return failure();
  };
  if (in.isPerAxis() || out.isPerAxis())
    return refuse("its types have several scales");
  IntegerRange stored = in.getStorageRange();
  int64_t inputs = stored.hi - stored.lo + 1;
  if (inputs * out.getContainerBits() / 8 <= 2 * kMostSegments)
    return refuse("it is short anyway");
  TableFitter fitter(input, result, function);
  InterpolationTable table;
  table.form.stored = stored;
  table.fractionBits = fitter.getFractionBits();
  for (int32_t bits = kPlaceBits; bits >= 0; --bits) {
    SmallVector<SegmentSide> sides = table.form.getSides(bits);
    if (countSegments(table.form, sides) > kMostSegments)
      break;
    table.entries = fitter.fit(sides);
    table.segmentBits = {bits};
    if (fitter.judge(sides, table.entries).isGood())
      return table;
  }
  std::optional<InterpolationTable> best;
  table.form.origin =
      static_cast<int32_t>(std::clamp(in.getZeroPoint(), stored.lo, stored.hi));
  for (table.form.octaveBits = 0; table.form.octaveBits <= kMostOctaveBits;
       ++table.form.octaveBits) {
    auto bits = fitter.chooseLengths(table.form);
    if (!bits)
      continue;
    SmallVector<SegmentSide> sides = table.form.getSides(*bits);
    table.segmentBits = *bits;
    table.entries = fitter.fit(sides);
    if (!best ||
        countSegments(table.form, sides) <
            countSegments(best->form, best->form.getSides(best->segmentBits)))
      best = table;
  }
  if (best)
    return *best;
  return refuse(llvm::formatv("no table of {0} segments comes close enough",
                              kMostSegments)
                    .str());
}
