//===- ParametersTest.cpp - add, softmax, tables, pools, resize -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "QuantTypeFixture.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

namespace {
class Parameters : public QuantTypeFixture {};

/// Largest distance of N40 from the real sum, over all 8-bit operands.
double addError(const AddParameters &p, double sl, double sr) {
  double worst = 0;
  for (int l = -255; l <= 255; l += 5)
    for (int r = -255; r <= 255; ++r) {
      int64_t y = (int64_t(p.lhsMultiplier) * l + int64_t(p.rhsMultiplier) * r +
                   (p.shift ? INT64_C(1) << (p.shift - 1) : 0)) >>
                  p.shift;
      worst = std::max(worst,
                       std::fabs(static_cast<double>(y) - (sl * l + sr * r)));
    }
  return worst;
}
} // namespace

TEST_F(Parameters, AddIsOneRounding) {
  for (double sl : {0.013, 0.4, 1.0, 3.7, 120.0})
    for (double sr : {0.02, 0.9, 2.5}) {
      auto p = chooseAdd(u8(sl, 3), i8(sr, -4), u8(1.0, 9));
      ASSERT_TRUE(succeeded(p));
      EXPECT_TRUE(isAddExact(*p, u8(sl, 3), i8(sr, -4)));
      // The larger multiplier has 15 bits: 255 steps of it are off by 2^-8.
      EXPECT_LE(addError(*p, sl, sr),
                0.5 + 510 * std::max(sl, sr) / 32768 + 1e-9);
    }
}

TEST_F(Parameters, AddOfSixteenBitsStaysInI32) {
  auto p = chooseAdd(i16(0.9), i16(0.8), i16(1.0));
  ASSERT_TRUE(succeeded(p));
  EXPECT_TRUE(isAddExact(*p, i16(0.9), i16(0.8)));
  EXPECT_GE(p->shift, 14);
  auto mixed = chooseAdd(i16(0.004), u8(1.0, 128), u8(1.0, 128));
  ASSERT_TRUE(succeeded(mixed));
  EXPECT_TRUE(isAddExact(*mixed, i16(0.004), u8(1.0, 128)));
}

TEST_F(Parameters, AddRefusesHugeRatios) {
  std::string reason;
  EXPECT_TRUE(failed(chooseAdd(u8(1e6, 0), u8(1.0, 0), u8(1.0, 0), &reason)));
  EXPECT_NE(reason.find("1e+06"), std::string::npos) << reason;
}

TEST_F(Parameters, SoftmaxOctavesAreProportionalToDistances) {
  for (double scale : {1e-9, 1e-5, 0.003, 0.1, 0.6, 3.0, 11.0, 500.0})
    for (Type type : {i8(scale, 0), i16(scale), i32(scale)}) {
      SoftmaxParameters p = planSoftmax(type);
      EXPECT_GE(p.postShift, 0);
      EXPECT_LE(p.postShift, 15);
      EXPECT_LE(p.distanceMax, 65535);
      EXPECT_GE(p.multiplier, 0); // 0: no two logits differ visibly
      EXPECT_LE(p.multiplier, 65535);
      double octaves = scale * 1.4426950408889634;
      for (double part : {0.1, 0.5, 1.0}) {
        double top =
            std::min(14.9 / octaves, std::exp2(QuantView(type).getBits()) - 1);
        auto d = static_cast<uint64_t>(top * part);
        uint64_t d16 = std::min<uint64_t>(d >> p.preShift, p.distanceMax)
                       << p.postShift;
        double t = static_cast<double>(d16 * p.multiplier >> 16) / 2048;
        EXPECT_NEAR(t, static_cast<double>(d) * octaves, 0.02)
            << scale << " " << d;
      }
    }
}

TEST_F(Parameters, TableHoldsRoundedValues) {
  // Real inputs -1 .. 1.5 in halves; storage -2..3.
  auto in = mlir::quant::UniformQuantizedType::get(
      mlir::quant::QuantizationFlags::Signed, IntegerType::get(&context, 8),
      f32(), 0.5, 0, -2, 3);
  DenseElementsAttr table =
      buildLookupTable(in, u8(0.25, 1), [](double x) { return x * x; });
  EXPECT_EQ(table.getType().getShape(), ArrayRef<int64_t>({6}));
  EXPECT_EQ(SmallVector<int8_t>(table.getValues<int8_t>()),
            (SmallVector<int8_t>{5, 2, 1, 2, 5, 10}));
}

TEST_F(Parameters, TableSaturatesAndNanIsTheZeroPoint) {
  DenseElementsAttr table =
      buildLookupTable(i8(1.0, 0), u8(1.0, 7), [](double x) {
        return x < 0 ? NAN : x == 0 ? -INFINITY : 1e30;
      });
  auto at = [&](int q) {
    return static_cast<uint8_t>(table.getValues<int8_t>()[q + 128]);
  };
  EXPECT_EQ(at(-5), 7);
  EXPECT_EQ(at(0), 0);
  EXPECT_EQ(at(5), 255);
}

TEST_F(Parameters, TablePerChannel) {
  double slopes[] = {0.5, 0.25};
  DenseElementsAttr table =
      buildLookupTable(i8(1.0, 0), i16(0.25), 2, [&](double x, int64_t c) {
        return x < 0 ? x * slopes[c] : x;
      });
  EXPECT_EQ(table.getType().getShape(), ArrayRef<int64_t>({2, 256}));
  EXPECT_EQ((table.getValues<int16_t>()[{0, 128 - 4}]), -8);
  EXPECT_EQ((table.getValues<int16_t>()[{1, 128 - 4}]), -4);
}

TEST_F(Parameters, AverageOfRimWindows) {
  int64_t kernel[] = {3, 3}, strides[] = {2, 2}, pads[] = {1, 1, 1, 1};
  PoolGeometry geometry{5, 4, 3, 2, kernel, strides, pads};
  // Rows hold 2, 3, 2 positions; columns 2, 3.
  EXPECT_EQ(getWindowCounts(geometry, false), (SmallVector<int64_t>{9, 6, 4}));
  EXPECT_EQ(getWindowCounts(geometry, true), (SmallVector<int64_t>{9}));
  auto p = chooseAvgPool(&context, RequantMode::Q15, u8(0.5, 3), u8(0.5, 3),
                         geometry, false);
  ASSERT_TRUE(succeeded(p));
  EXPECT_EQ(p->requant.getMode(), RequantMode::Q15);
  EXPECT_EQ(p->requant.getMultiplier().size(), 3);
  EXPECT_EQ(p->requant.getOffset()[0], 27);
}

TEST_F(Parameters, ResizeTaps) {
  // Half-pixel doubling of two positions.
  auto taps = buildLinearTaps(
      2, 4, [](int64_t i) { return (double(i) + 0.5) / 2 - 0.5; });
  EXPECT_EQ(taps,
            (SmallVector<int32_t>{0, 0, 0, 0, 1, 64, 0, 1, 192, 1, 1, 0}));
  auto nearest = buildNearestTaps(2, 4, [](int64_t i) { return i / 2; });
  EXPECT_EQ(nearest,
            (SmallVector<int32_t>{0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0}));
  // A fraction that rounds to one is the next position.
  auto up = buildLinearTaps(3, 1, [](int64_t) { return 0.9999; });
  EXPECT_EQ(up, (SmallVector<int32_t>{1, 1, 0}));
}
