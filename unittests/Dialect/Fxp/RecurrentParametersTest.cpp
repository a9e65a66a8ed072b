//===- RecurrentParametersTest.cpp - tables and scales of N80 -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

/// Returns the largest error over all inputs of 11 bits of fraction, in steps
/// of the results, of which none lies beyond 32767.
static double getTableError(RealFunction function, int32_t outputBits) {
  SmallVector<int16_t> table = buildSegmentTable(function, 11, outputBits);
  EXPECT_EQ(int64_t(table.size()), kTableSegments + 1);
  double worst = 0;
  for (int64_t u = -32768; u < 32768; ++u) {
    int64_t place = u + 32768, index = place / 128, fraction = place % 128;
    int64_t y = table[index] +
                (((table[index + 1] - table[index]) * fraction + 64) >> 7);
    double real = std::ldexp(function(std::ldexp(double(u), -11)), outputBits);
    worst = std::max(worst, std::abs(double(y) - std::min(real, 32767.0)));
  }
  return worst;
}

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
static double relu(double x) { return std::max(x, 0.0); }

TEST(RecurrentParametersTest, TablesFollowTheirFunctions) {
  EXPECT_LE(getTableError(sigmoid, 15), 2);
  EXPECT_LE(getTableError([](double x) { return std::tanh(x); }, 15), 7);
  // A line whose knee is an entry; the last entry is a step too low.
  EXPECT_LE(getTableError(relu, 11), 1);
  EXPECT_LE(getTableError([](double x) { return x / 4; }, 12), 1);
}

TEST(RecurrentParametersTest, ResultsHaveTheBitsThatFit) {
  EXPECT_EQ(chooseTableBits(sigmoid, 11), 15);
  EXPECT_EQ(chooseTableBits(relu, 11), 11);
  EXPECT_EQ(chooseTableBits([](double x) { return 3 * std::tanh(x); }, 11), 13);
  EXPECT_EQ(chooseTableBits([](double x) { return std::exp(x); }, 11),
            std::nullopt);
  EXPECT_EQ(chooseTableBits([](double x) { return 1 / x; }, 11), std::nullopt);
}

TEST(RecurrentParametersTest, MultipliersKeepTheRatios) {
  RecurrentRatios ratios;
  ratios.input = 0.37;
  ratios.inputRange = {-32768, 32767};
  ratios.state = {0.011, 0.0007};
  ratios.accumulators = {{-300000, 200000}, {-90000, 4000000}};
  ratios.peepholes = {-1.25, 0.5};
  auto p = chooseRecurrent(ratios);
  ASSERT_TRUE(succeeded(p));
  EXPECT_TRUE(hasExactSums(*p, ratios));
  EXPECT_NEAR(std::ldexp(p->inputMultiplier, -p->shift), 0.37, 1e-8);
  EXPECT_NEAR(std::ldexp(p->multipliers[1], -p->shift), 0.0007, 1e-8);
  EXPECT_NEAR(std::ldexp(p->peepholes[0], -p->shift), -1.25, 1e-8);
  // The next one does not fit 31 bits.
  EXPECT_GT(std::abs(std::ldexp(-1.25, p->shift + 1)), INT32_MAX);

  ratios.resetBits = 15;
  EXPECT_TRUE(succeeded(chooseRecurrent(ratios)));
  // A shift below the reset gate's bits.
  ratios.input = 0x1p20;
  std::string reason;
  EXPECT_TRUE(failed(chooseRecurrent(ratios, &reason)));
  EXPECT_NE(reason.find("too far apart"), std::string::npos);
}
