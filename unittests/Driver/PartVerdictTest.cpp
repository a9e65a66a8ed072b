//===- PartVerdictTest.cpp - floors of known scores -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/PartVerdict.h"

#include "gtest/gtest.h"

using namespace narrow;

namespace {

PartVerdict judge(PartKind kind, std::vector<float> wanted,
                  std::vector<float> found, int64_t classes) {
  PartMeter meter("part", kind, {classes, 1});
  meter.add(wanted, found);
  return *meter.get();
}

TEST(PartVerdictTest, TokensAreJudgedByDivergence) {
  AccuracyFloors floors;
  // An offset that all scores share changes no distribution, at any noise.
  PartVerdict moved = judge(PartKind::Tokens, {1, 2, 3}, {5, 6, 7}, 3);
  EXPECT_NEAR(*moved.divergence, 0, 1e-6);
  EXPECT_LT(moved.sqnr, 0);
  EXPECT_TRUE(moved.isHeld(floors));
  EXPECT_EQ(moved.getLack(floors), 0);
  // Where the noise is asked for as well it has to be reached.
  floors.needsSqnr = true;
  EXPECT_FALSE(moved.isHeld(floors));
  // Two tokens of the same chance that become 3/4 and 1/4, beside a large
  // offset: ln(4 / 3) / 2 nats, at more than 40 dB.
  float half = std::log(3.0f) / 2;
  PartVerdict apart =
      judge(PartKind::Tokens, {99, 99}, {99 + half, 99 - half}, 2);
  EXPECT_NEAR(*apart.divergence, 0.5 * std::log(4.0 / 3), 1e-5);
  EXPECT_NEAR(apart.getPerplexity(), std::sqrt(4.0 / 3), 1e-5);
  EXPECT_GT(apart.sqnr, 40);
  floors.needsSqnr = false;
  EXPECT_FALSE(apart.isHeld(floors));
  // A divergence is a power: dB above what 1.05 times the perplexity is.
  EXPECT_NEAR(apart.getLack(floors),
              10 * std::log10(0.5 * std::log(4.0 / 3) / std::log(1.05)), 1e-3);
  floors.perplexity = 1.2;
  EXPECT_TRUE(apart.isHeld(floors));
}

TEST(PartVerdictTest, OtherScoresAreNot) {
  PartVerdict values = judge(PartKind::Values, {1, 2, 3}, {5, 6, 7}, 3);
  EXPECT_FALSE(values.divergence);
  EXPECT_FALSE(values.areClasses());
  PartVerdict classes = judge(PartKind::Classes, {1, 2, 3}, {5, 6, 7}, 3);
  EXPECT_FALSE(classes.divergence);
  EXPECT_TRUE(classes.isHeld(AccuracyFloors()));
}

} // namespace
