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

/// Logits become probabilities.
std::vector<float> squash(std::vector<float> logits) {
  for (float &logit : logits)
    logit = 1 / (1 + std::exp(-logit));
  return logits;
}

TEST(PartVerdictTest, ProbabilitiesAreDecisions) {
  AccuracyFloors floors;
  // Four of forty say yes. One of them is lost, and another is new: of the
  // eight yeses of both models two are not the other's.
  std::vector<float> wanted(40, -9.0f), found = wanted;
  for (int i = 0; i < 4; ++i)
    wanted[i] = found[i] = 3;
  wanted[4] = -0.1f;
  found[4] = 0.1f;
  wanted[3] = 0.1f;
  found[3] = -0.1f;
  PartVerdict part =
      judge(PartKind::Probabilities, squash(wanted), squash(found), 0);
  ASSERT_TRUE(part.areDecisions());
  EXPECT_EQ(part.decisions->count, 40);
  EXPECT_EQ(part.decisions->wanted, 4);
  EXPECT_EQ(part.decisions->found, 4);
  EXPECT_EQ(part.decisions->differing, 2);
  EXPECT_NEAR(part.decisions->getSeen(), 75, 1e-9);
  EXPECT_GT(part.sqnr, 20);
  EXPECT_FALSE(part.isHeld(floors));
  // 25 % instead of 1 % at least: as many dB of noise.
  EXPECT_GE(part.getLack(floors), 20 * std::log10(25.0) - 1e-6);
  // The same of those that say no, where these are rarer.
  for (float &logit : wanted)
    logit = -logit;
  for (float &logit : found)
    logit = -logit;
  PartVerdict other =
      judge(PartKind::Probabilities, squash(wanted), squash(found), 0);
  EXPECT_EQ(other.decisions->wanted, 4);
  EXPECT_EQ(other.decisions->differing, 2);
  EXPECT_NEAR(other.decisions->agreement, part.decisions->agreement, 1e-3);
}

TEST(PartVerdictTest, NoiseOfLogitsSaysWhatChanges) {
  // Margins of one deviation: 16 of 100 change, and none that is far away.
  std::vector<float> wanted, found;
  for (int i = 0; i < 400; ++i) {
    float side = i % 2 ? 0.1f : -0.1f;
    wanted.push_back(side);
    found.push_back(side + (i % 4 < 2 ? 0.1f : -0.1f) * 0.999f);
  }
  wanted.insert(wanted.end(), 4000, -12.0f);
  found.insert(found.end(), 4000, -11.0f);
  PartVerdict part =
      judge(PartKind::Probabilities, squash(wanted), squash(found), 0);
  ASSERT_TRUE(part.areDecisions());
  EXPECT_NEAR(part.decisions->agreement, 84.13, 0.3);
}

TEST(PartVerdictTest, WhatIsUndecidedOrNeverThereIsNoDecision) {
  AccuracyFloors floors;
  std::vector<float> between, never(50, 0.01f);
  for (int i = 0; i < 50; ++i)
    between.push_back(static_cast<float>(i) / 50);
  for (const std::vector<float> &numbers : {between, never}) {
    PartVerdict part = judge(PartKind::Probabilities, numbers, numbers, 0);
    ASSERT_TRUE(part.decisions);
    EXPECT_FALSE(part.areDecisions());
    EXPECT_TRUE(part.isHeld(floors));
    // Then numbers count.
    std::vector<float> others = numbers;
    for (float &number : others)
      number *= 1.2f;
    EXPECT_NEAR(
        judge(PartKind::Probabilities, numbers, others, 0).getLack(floors),
        20 - 20 * std::log10(5), 1e-3);
  }
}

TEST(PartVerdictTest, RowsThatAreNotBackgroundAreDecisions) {
  AccuracyFloors floors;
  // Ten of two hundred rows choose the second class; one of these is lost.
  std::vector<float> wanted, found;
  for (int i = 0; i < 200; ++i) {
    float lead = i % 20 ? -8 : 2;
    wanted.insert(wanted.end(), {0, lead});
    found.insert(found.end(), {0, i ? lead : -2});
  }
  PartVerdict part = judge(PartKind::Classes, wanted, found, 2);
  ASSERT_TRUE(part.areDecisions());
  EXPECT_EQ(part.decisions->wanted, 10);
  EXPECT_EQ(part.decisions->found, 9);
  EXPECT_EQ(part.decisions->differing, 1);
  EXPECT_GT(part.sqnr, 20);
  EXPECT_FALSE(part.isHeld(floors));
  EXPECT_NEAR(part.decisions->getSeen(), 100 * 18.0 / 19, 1e-9);
  // Where half of the rows choose each class, first choices are counted.
  for (size_t i = 0; i < wanted.size(); i += 4)
    wanted[i + 1] = found[i + 1] = 8;
  PartVerdict even = judge(PartKind::Classes, wanted, found, 2);
  EXPECT_FALSE(even.decisions);
  EXPECT_TRUE(even.isHeld(floors));
  // One row of a sample that says no says nothing of a detector.
  PartVerdict alone = judge(PartKind::Classes, {3, 1}, {3, 1}, 2);
  EXPECT_FALSE(alone.decisions);
  EXPECT_TRUE(alone.isHeld(floors));
  // Many that all say no are judged by their noise, not by their agreement.
  PartVerdict empty = judge(PartKind::Classes, {3, 1, 3, 1}, {5, 1, 5, 1}, 2);
  ASSERT_TRUE(empty.decisions);
  EXPECT_FALSE(empty.areDecisions());
  EXPECT_FALSE(empty.isHeld(floors));
}

} // namespace
