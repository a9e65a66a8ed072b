//===- EstimatorsTest.cpp - ranges from known distributions ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Estimators.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace narrow;

namespace {

TensorStatistics collect(const std::vector<std::vector<float>> &samples) {
  TensorStatistics statistics;
  for (const std::vector<float> &sample : samples)
    statistics.addSample(sample);
  return statistics;
}

/// Normally distributed values and one far outlier.
std::vector<float> makeNormal(float outlier) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> values{outlier};
  for (int i = 0; i < 100000; ++i)
    values.push_back(normal(random));
  return values;
}

constexpr Estimator kAll[] = {
    Estimator::MinMax,  Estimator::Average, Estimator::Percentile,
    Estimator::Entropy, Estimator::Mse,     Estimator::HistogramUniform,
    Estimator::Pow2};

double getError(const std::vector<float> &values, Range range, int bits) {
  double steps = std::ldexp(1.0, bits) - 1;
  double step = (range.highest - range.lowest) / steps, sum = 0;
  double low = std::rint(range.lowest / step);
  for (float value : values) {
    double q = std::clamp(std::rint(value / step), low, low + steps);
    sum += (q * step - value) * (q * step - value);
  }
  return sum;
}

TEST(EstimatorsTest, NamesRoundTrip) {
  for (Estimator estimator : kAll)
    EXPECT_EQ(parseEstimatorName(getEstimatorName(estimator)), estimator);
  EXPECT_EQ(parseEstimatorName("best"), std::nullopt);
  EXPECT_NE(getEstimatorNames().find("entropy, mse"), std::string::npos);
}

TEST(EstimatorsTest, MinMaxAndAverage) {
  TensorStatistics statistics = collect({{-1, 3}, {-2, 5}, {0, 4}});
  EXPECT_TRUE((estimateRange(statistics, {Estimator::MinMax}) == Range{-2, 5}));
  EXPECT_TRUE(
      (estimateRange(statistics, {Estimator::Average}) == Range{-1, 4}));
  RangeOptions symmetric{Estimator::MinMax};
  symmetric.isSymmetric = true;
  EXPECT_TRUE((estimateRange(statistics, symmetric) == Range{-5, 5}));
}

TEST(EstimatorsTest, EveryRangeHoldsZero) {
  for (Estimator estimator : kAll)
    for (float sign : {-1.0f, 1.0f})
      for (unsigned bits : {2u, 4u, 8u, 12u, 16u}) {
        TensorStatistics statistics = collect({{2 * sign, 3 * sign, 7 * sign}});
        Range range = estimateRange(statistics, {estimator, bits});
        EXPECT_LE(range.lowest, 0);
        EXPECT_GE(range.highest, 0);
        EXPECT_LT(range.lowest, range.highest);
      }
}

TEST(EstimatorsTest, ZerosOnly) {
  TensorStatistics statistics = collect({{0, -0.0f, 0}});
  for (Estimator estimator : kAll)
    EXPECT_TRUE((estimateRange(statistics, {estimator}) == Range{0, 1}));
}

/// Where few levels or an outlier make clipping worthwhile, the searching
/// estimators clip, and the one for the squared error has the smallest.
TEST(EstimatorsTest, SearchBeatsMinMax) {
  for (auto [outlier, bits] : {std::pair(40.0f, 8u), std::pair(0.0f, 4u)}) {
    std::vector<float> values = makeNormal(outlier);
    TensorStatistics statistics = collect({values});
    double full = getError(
        values, estimateRange(statistics, {Estimator::MinMax, bits}), bits);
    double least = getError(
        values, estimateRange(statistics, {Estimator::Mse, bits}), bits);
    EXPECT_LT(least, 0.95 * full);
    for (Estimator estimator : kAll) {
      double error =
          getError(values, estimateRange(statistics, {estimator, bits}), bits);
      EXPECT_GE(error, 0.99 * least) << getEstimatorName(estimator).str();
    }
  }
}

/// Against a search of both ends that tries everything on the values.
TEST(EstimatorsTest, MseIsNearTheOptimum) {
  std::vector<float> values = makeNormal(0);
  for (float &value : values)
    value = value < 0 ? 0.3f * value : value;
  values.resize(5000);
  double least = HUGE_VAL;
  for (double low = -0.1; low > -1.3; low -= 0.05)
    for (double high = 0.5; high < 4; high += 0.05)
      least = std::min(least, getError(values, {low, high}, 4));
  Range range = estimateRange(collect({values}), {Estimator::Mse, 4});
  EXPECT_LT(getError(values, range, 4), 1.02 * least);
}

TEST(EstimatorsTest, PercentileCutsTheShare) {
  std::vector<float> values;
  for (int i = 0; i < 10000; ++i)
    values.push_back(float(i));
  RangeOptions options{Estimator::Percentile};
  options.percentile = 98;
  Range range = estimateRange(collect({values}), options);
  EXPECT_NEAR(range.highest, 9900, 2);
  EXPECT_EQ(range.lowest, 0); // 100, widened to hold zero.
}

TEST(EstimatorsTest, Pow2StepsArePowersOfTwo) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-3, 9);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<float> values;
    for (int i = 0; i < 50; ++i)
      values.push_back(uniform(random) * (trial + 1));
    for (bool isSymmetric : {false, true}) {
      RangeOptions options{Estimator::Pow2};
      options.isSymmetric = isSymmetric;
      Range range = estimateRange(collect({values}), options);
      double step = (range.highest - range.lowest) / (isSymmetric ? 254 : 255);
      int exponent;
      EXPECT_EQ(std::frexp(step, &exponent), 0.5);
      EXPECT_EQ(std::rint(range.lowest / step), range.lowest / step);
    }
  }
}

} // namespace
