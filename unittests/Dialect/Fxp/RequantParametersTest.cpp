//===- RequantParametersTest.cpp - chosen multipliers, against reals ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantTypeFixture.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <random>

using namespace narrow;
using namespace narrow::fxp;

namespace {
class RequantParameters : public QuantTypeFixture {};
} // namespace

TEST_F(RequantParameters, Q15KeepsGuardBitsAndFoldsTheZeroPoint) {
  auto r = chooseRequant(&context, RequantMode::Q15, {0.01}, u8(1.0, 7));
  ASSERT_TRUE(succeeded(r));
  // 0.01 = 0.64 * 2^-6: shift 6 - 4, multiplier round(0.01 * 2^17) of 11 bits.
  EXPECT_EQ(r->getShift()[0], 2);
  EXPECT_EQ(r->getMultiplier()[0], 1311);
  EXPECT_EQ(r->getOffset()[0], 700 + 2);
  EXPECT_TRUE(r->getMin().asArrayRef().empty());
}

TEST_F(RequantParameters, Q15IsWithinItsBoundOfTheReal) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> logRatio(-18, -0.01);
  for (int trial = 0; trial < 2000; ++trial) {
    double ratio = std::exp2(logRatio(random));
    int64_t zeroPoint = random() % 256;
    auto r =
        chooseRequant(&context, RequantMode::Q15, {ratio}, u8(1.0, zeroPoint));
    ASSERT_TRUE(succeeded(r)) << ratio;
    for (int i = 0; i < 20; ++i) {
      double wanted = std::uniform_real_distribution<double>(-300, 560)(random);
      auto a = static_cast<int64_t>((wanted - static_cast<double>(zeroPoint)) /
                                    ratio);
      int64_t v = std::clamp<int64_t>(
          (a + r->getOffset()[0]) >> r->getShift()[0], -32768, 32767);
      int64_t y = std::clamp<int64_t>(
          (v * r->getMultiplier()[0] + (1 << 14)) >> 15, 0, 255);
      double real = std::clamp<double>(static_cast<double>(a) * ratio +
                                           static_cast<double>(zeroPoint),
                                       0, 255);
      // Half a step of rounding, ratio/2 of the offset's rounding, and 255
      // steps of a multiplier of 11 bits, and of the bits shifted out.
      EXPECT_LE(std::fabs(static_cast<double>(y) - real), 0.5 + ratio / 2 + 0.2)
          << ratio << " " << a;
    }
  }
}

TEST_F(RequantParameters, Q15RefusesWhatItCannotHold) {
  std::string reason;
  EXPECT_TRUE(failed(chooseRequant(&context, RequantMode::Q15, {1.0},
                                   u8(1.0, 0), {}, &reason)));
  EXPECT_NE(reason.find("below 1 for q15"), std::string::npos);
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::Q15, {1e-12}, u8(1.0, 0))));
  // z / M = 255 * 2^30 leaves i32.
  EXPECT_TRUE(failed(chooseRequant(&context, RequantMode::Q15,
                                   {std::ldexp(1.0, -30)}, u8(1.0, 255))));
  // An i16 result needs the accumulator's range: the saturation would show.
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::Q15, {0.01}, i16(1.0))));
  IntegerRange range{-20000, 20000};
  RequantOptions options;
  options.accumulators = range;
  EXPECT_TRUE(succeeded(
      chooseRequant(&context, RequantMode::Q15, {0.01}, i16(1.0), options)));
  // Seven guard bits leave an 8-bit multiplier: 164 < 255.
  options = {};
  options.guardBits = 7;
  EXPECT_TRUE(failed(chooseRequant(&context, RequantMode::Q15, {0.005},
                                   u8(1.0, 0), options, &reason)));
  EXPECT_NE(reason.find("found 164"), std::string::npos) << reason;
}

TEST_F(RequantParameters, Q15RefusesAnAccumulatorThatOverflowsWithItsOffset) {
  IntegerRange range{0, INT32_MAX - 600};
  RequantOptions options;
  options.accumulators = range;
  EXPECT_TRUE(failed(
      chooseRequant(&context, RequantMode::Q15, {0.01}, u8(1.0, 7), options)));
  EXPECT_TRUE(succeeded(
      chooseRequant(&context, RequantMode::Q15, {0.01}, u8(1.0, 5), options)));
}

TEST_F(RequantParameters, Q15OffsetsFollowZeroPointsPerChannel) {
  Type result = u8PerAxis({1.0, 0.5}, {0, 10}, 3);
  auto r = chooseRequant(&context, RequantMode::Q15, {0.25, 0.25}, result);
  ASSERT_TRUE(succeeded(r));
  EXPECT_EQ(r->getOffset()[0], 0);
  EXPECT_EQ(r->getOffset()[1], 40);
}

TEST_F(RequantParameters, Q15RoundsTheBiasOnce) {
  double remainders[] = {0.4, -0.4};
  RequantOptions options;
  options.biasRemainders = remainders;
  // z / M = 3.33: with the remainders 3.73 and 2.93.
  auto r =
      chooseRequant(&context, RequantMode::Q15, {0.3}, u8(1.0, 1), options);
  ASSERT_TRUE(succeeded(r));
  EXPECT_EQ(r->getOffset()[0], 4);
  EXPECT_EQ(r->getOffset()[1], 3);
  // 3.33 is 0.1 steps away from 3: too much where there is no bias.
  auto elementwise = chooseElementwiseRequant(&context, RequantMode::Q15, {0.3},
                                              {-255, 255}, u8(1.0, 1));
  EXPECT_EQ(elementwise->getMode(), RequantMode::Q31);
  elementwise = chooseElementwiseRequant(&context, RequantMode::Q15, {0.3},
                                         {-255, 255}, u8(1.0, 3));
  EXPECT_EQ(elementwise->getMode(), RequantMode::Q15);
}

TEST_F(RequantParameters, Q31IsExactToTheMultipliersRounding) {
  auto r =
      chooseRequant(&context, RequantMode::Q31, {0.5, 0.3, 100.0}, i16(1.0));
  ASSERT_TRUE(succeeded(r));
  EXPECT_EQ(r->getMultiplier()[0], 1 << 30);
  EXPECT_EQ(r->getShift()[0], 31);
  double ratios[] = {0.5, 0.3, 100.0};
  for (auto [c, ratio] : llvm::enumerate(ratios)) {
    EXPECT_GE(r->getMultiplier()[c], 1 << 30);
    EXPECT_NEAR(std::ldexp(r->getMultiplier()[c], -r->getShift()[c]) / ratio, 1,
                std::exp2(-31));
  }
  // Just below a power of two the rounded mantissa moves up one exponent.
  auto top = chooseRequant(&context, RequantMode::Q31, {1 - 1e-12}, i16(1.0));
  EXPECT_EQ(top->getMultiplier()[0], 1 << 30);
  EXPECT_EQ(top->getShift()[0], 30);
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::Q31, {1e-10}, i16(1.0))));
}

TEST_F(RequantParameters, F32HoldsTheBits) {
  auto r = chooseRequant(&context, RequantMode::F32, {0.1}, u8(1.0, 0));
  ASSERT_TRUE(succeeded(r));
  EXPECT_EQ(llvm::bit_cast<float>(r->getMultiplier()[0]), 0.1f);
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::F32, {1e-40}, u8(1.0, 0))));
}

TEST_F(RequantParameters, Pow2WantsPowersOfTwo) {
  auto r = chooseRequant(&context, RequantMode::Pow2, {0.125, 1.0}, u8(1.0, 0));
  ASSERT_TRUE(succeeded(r));
  EXPECT_EQ(r->getShift()[0], 3);
  EXPECT_EQ(r->getShift()[1], 0);
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::Pow2, {0.13}, u8(1.0, 0))));
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::Pow2, {2.0}, u8(1.0, 0))));
}

TEST_F(RequantParameters, FallsBackToQ31) {
  auto r =
      chooseRequantOrExact(&context, RequantMode::Q15, {0.25, 1.5}, u8(1.0, 0));
  ASSERT_TRUE(succeeded(r));
  EXPECT_EQ(r->getMode(), RequantMode::Q31);
}

TEST_F(RequantParameters, NamesTheChannelAndRefusesNonsense) {
  std::string reason;
  EXPECT_TRUE(failed(chooseRequant(&context, RequantMode::Q15, {0.5, -1.0},
                                   u8(1.0, 0), {}, &reason)));
  EXPECT_EQ(reason,
            "expected a positive finite scale ratio, found -1 (channel 1)");
  EXPECT_TRUE(
      failed(chooseRequant(&context, RequantMode::Q31, {NAN}, u8(1.0, 0))));
}

TEST_F(RequantParameters, RatiosComeFromTheTypes) {
  auto ratios =
      getScaleRatios(u8(0.5, 3), i8PerAxis({0.25, 0.125}, 0), u8(2.0, 0));
  ASSERT_TRUE(succeeded(ratios));
  EXPECT_EQ(*ratios, (SmallVector<double>{0.0625, 0.03125}));
  EXPECT_TRUE(failed(
      getScaleRatios(u8PerAxis({1.0, 2.0}, {0, 0}, 3), Type(), u8(1.0, 0))));
  EXPECT_EQ(
      *getScaleRatios(u8(0.5, 3), Type(), u8PerAxis({1.0, 2.0}, {0, 0}, 3)),
      (SmallVector<double>{0.5, 0.25}));
}
