//===- SegmentsTest.cpp - short tables that stand for functions -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "QuantTypeFixture.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

namespace {
class Segments : public QuantTypeFixture {
protected:
  /// The root of the mean square error over all inputs, and the largest, by
  /// N46's formula.
  static std::pair<double, double>
  measure(const InterpolationTable &table, Type input, Type result,
          function_ref<double(double)> function) {
    QuantView in(input), out(result);
    IntegerRange range = out.getStorageRange();
    double sum = 0, most = 0;
    int64_t inputs = 0;
    for (const SegmentSide &side : table.form.getSides(table.segmentBits))
      for (const SegmentBlock &block : side.blocks)
        for (int64_t p = 0; p < block.inputs; ++p, ++inputs) {
          int64_t q = side.first + side.direction * (block.start + p);
          double length = std::exp2(block.bits);
          double at = std::fmod(double(p), length) / length;
          size_t i = block.entry + int64_t(double(p) / length);
          double y = std::floor(std::ldexp(table.entries[i] * (1 - at) +
                                               table.entries[i + 1] * at,
                                           -table.fractionBits) +
                                0.5);
          auto clamp = [&](double v) {
            return std::clamp(v, double(range.lo), double(range.hi));
          };
          double value = function(in.getScale() * double(q));
          double real = (std::isnan(value) ? 0 : value / out.getScale()) +
                        double(out.getZeroPoint());
          double error = clamp(y) - clamp(real);
          sum += error * error;
          most = std::max(most, std::abs(error));
        }
    EXPECT_EQ(inputs, 65536);
    return {std::sqrt(sum / 65536), most};
  }
};
} // namespace

TEST_F(Segments, StandForFunctions) {
  struct Case {
    double inputs, results;
    double (*function)(double);
    bool hasOctaves;
  };
  const Case cases[] = {
      {8, 1, [](double x) { return 1 / (1 + std::exp(-x)); }, false},
      {20, 1, [](double x) { return std::tanh(x); }, true},
      {10, 10, [](double x) { return x / (1 + std::exp(-x)); }, false},
      {50, 8, [](double x) { return std::sqrt(std::max(x, 0.0)); }, true},
      {100, 12, [](double x) { return std::log(x + 1e-4); }, true},
      {10, 1, [](double x) { return std::exp(std::min(x, 0.0)); }, true},
  };
  for (const Case &c : cases) {
    Type in = i16(c.inputs / 32767);
    for (Type out : {i16(c.results / 32767), u8(c.results / 128, 127)}) {
      auto table = chooseInterpolation(in, out, c.function);
      ASSERT_TRUE(succeeded(table));
      bool isWide = QuantView(out).getBits() == 16;
      if (isWide)
        EXPECT_EQ(table->form.origin.has_value(), c.hasOctaves);
      EXPECT_EQ(table->fractionBits, isWide ? 0 : 7);
      EXPECT_LE(
          countSegments(table->form, table->form.getSides(table->segmentBits)),
          1024);
      auto [root, most] = measure(*table, in, out, c.function);
      EXPECT_LT(root, isWide ? 0.5 : 0.32);
      EXPECT_LE(most, isWide ? 32 : 1);
    }
  }
}

TEST_F(Segments, RefuseWhatTheyCannot) {
  std::string reason;
  auto refuses = [&](Type in, Type out, double (*function)(double)) {
    reason.clear();
    return failed(chooseInterpolation(in, out, function, &reason));
  };
  Type wide = i16(1.0 / 128);
  EXPECT_TRUE(refuses(wide, wide, [](double x) { return std::floor(x); }));
  EXPECT_EQ(reason, "no table of 1024 segments comes close enough");
  EXPECT_TRUE(refuses(wide, i16(1.0 / 32767),
                      [](double x) { return std::sin(4 * x); }));
  EXPECT_TRUE(refuses(i8(0.1, 0), wide, [](double x) { return x; }));
  EXPECT_EQ(reason, "it is short anyway");
  // A single jump at the zero point is between the sides.
  EXPECT_FALSE(
      refuses(wide, wide, [](double x) { return x < 0 ? -1.0 : 1.0; }));
}

TEST_F(Segments, CountsReachedInputsAlone) {
  SegmentForm form;
  form.stored = {0, 99};
  form.origin = 0;
  auto sides = form.getSides();
  ASSERT_EQ(sides.size(), 1u);
  // Blocks of 1, 2, 4, ... 32 inputs, and 37 of the next 64.
  ASSERT_EQ(sides[0].blocks.size(), 7u);
  EXPECT_EQ(sides[0].blocks.back().start, 63);
  EXPECT_EQ(sides[0].blocks.back().inputs, 37);
  sides = form.getSides({0, 0, 0, 0, 0, 0, 4});
  EXPECT_EQ(sides[0].blocks.back().getSegments(), 3);
  EXPECT_EQ(countEntries(sides), 63 + 3 + 1);
  EXPECT_EQ(countSegments(form, sides), 63 + 3 + 14);
}
