//===- BlockWeightsTest.cpp - blocks of weights against all there are -----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/BlockWeights.h"

#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace narrow;

static std::vector<double> drawRow(size_t size, double growth) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  std::vector<double> row;
  for (size_t i = 0; i < size; ++i)
    row.push_back(normal(random) * std::pow(growth, double(i / 32)));
  return row;
}

static double getLoss(ArrayRef<double> row, const BlockChannel &channel) {
  double loss = 0;
  for (auto [weight, q] : llvm::zip_equal(row, channel.integers))
    loss += std::pow(weight - channel.scale * double(q), 2);
  return loss;
}

TEST(BlockWeights, FindsMultipliersOfExactMultiples) {
  std::vector<double> row;
  SmallVector<int64_t> wanted = {11, 1, 15};
  for (int64_t multiplier : wanted)
    for (int64_t i = 0; i < 32; ++i)
      row.push_back(double(multiplier * (i % 15 - 7)));
  row.resize(80);
  EXPECT_EQ(fitMultipliers(row, {}, 32), wanted);
}

TEST(BlockWeights, WeighsWhatIsLost) {
  // Alike, the large weight decides; where it counts for nothing, the others
  // do.
  std::vector<double> row(32, 1.0), importance(32, 1.0);
  row[5] = 105;
  EXPECT_EQ(fitMultipliers(row, {}, 32)[0], 15);
  importance[5] = 0;
  EXPECT_EQ(fitMultipliers(row, importance, 32)[0], 1);
}

TEST(BlockWeights, LosesLessThanOneScale) {
  // Blocks of unlike sizes: with one step for all, small ones lose most.
  std::vector<double> row = drawRow(200, 1.6);
  double largest = 0, plain = 0;
  for (double weight : row)
    largest = std::max(largest, std::abs(weight));
  for (double weight : row)
    plain += std::pow(
        weight - largest / 7 * std::nearbyint(weight * 7 / largest), 2);
  BlockChannel fitted = fitBlocks(row, 32, /*floor=*/0, /*pow2=*/false);
  EXPECT_LT(getLoss(row, fitted), plain / 2);
  EXPECT_LT(getLoss(row, fitBlocks(row, 32, 0, false)),
            getLoss(row, fitBlocks(row, 128, 0, false)));
}

TEST(BlockWeights, KeepsTheCodeAndTheScale) {
  std::vector<double> row = drawRow(100, 2.5);
  for (bool pow2 : {false, true})
    for (double floor : {0.0, 3.0}) {
      BlockChannel fitted = fitBlocks(row, 64, floor, pow2);
      EXPECT_GE(fitted.scale, floor);
      int exponent;
      if (pow2)
        EXPECT_EQ(std::frexp(fitted.scale, &exponent), 0.5);
      fxp::BlockMultipliers found =
          fxp::findMultipliers(64, fitted.integers, 1);
      EXPECT_EQ(found.misfit, "");
      EXPECT_EQ(found.values.size(), 2u);
    }
}

TEST(BlockWeights, TellsWhichBlockIsNone) {
  SmallVector<int64_t> weights(80, 6);
  weights[70] = 100; // Of channel 1, whose weights begin at 40.
  EXPECT_EQ(
      fxp::findMultipliers(32, weights, 2).misfit,
      "expected weights 0 to 31 of channel 1 to be -7 to 7 times a number "
      "from 1 to 15 where they are stored as i4 in blocks of 32 (N4)");
  EXPECT_EQ(fxp::findMultiplier({0, 0}), 1);
  EXPECT_EQ(fxp::findMultiplier({14, -98}), 14);
  EXPECT_FALSE(fxp::findMultiplier({1, 8}));
  EXPECT_FALSE(fxp::findMultiplier({16 * 7}));
}
