//===- MetricsTest.cpp - metrics of known outputs -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Metrics.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace narrow;

namespace {

TEST(MetricsTest, WilsonInterval) {
  // Values of R's binom.confint(88, 100, methods = "wilson").
  auto [low, high] = getWilsonInterval(88, 100);
  EXPECT_NEAR(low, 80.19, 0.01);
  EXPECT_NEAR(high, 93.00, 0.01);
  EXPECT_EQ(getWilsonInterval(0, 10).first, 0);
  EXPECT_NEAR(getWilsonInterval(10, 10).second, 100, 1e-9);
}

TEST(MetricsTest, Comparison) {
  OutputComparison comparison;
  comparison.add({1, 3, 0}, {1, 3, 0}, 1);
  comparison.add({2, 0, 0}, {0, 1, 0}, 0);
  EXPECT_EQ(comparison.getNumSamples(), 2);
  EXPECT_EQ(comparison.getAgreement(), 50);
  EXPECT_EQ(comparison.getReferenceHits(), 2);
  EXPECT_EQ(comparison.getQuantizedHits(), 1);
  EXPECT_NEAR(comparison.getSqnr(), 10 * std::log10(14.0 / 5.0), 1e-9);
  EXPECT_NEAR(comparison.getCosine(), 10 / std::sqrt(14.0 * 11.0), 1e-9);
}

TEST(MetricsTest, EqualOutputs) {
  OutputComparison comparison;
  comparison.add({0, 0}, {0, 0});
  EXPECT_EQ(comparison.getSqnr(), HUGE_VAL);
  EXPECT_EQ(comparison.getCosine(), 1);
  EXPECT_EQ(comparison.getNumLabels(), 0);
}

TEST(MetricsTest, FirstOfEqualScores) { EXPECT_EQ(getTop1({0, 2, 2}), 1u); }

} // namespace
