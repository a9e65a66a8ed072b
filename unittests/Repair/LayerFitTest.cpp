//===- LayerFitTest.cpp - fitted weights against all there are ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/LayerFit.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"

#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <random>

using namespace narrow;

namespace {
/// Inputs and targets at drawn positions, and their moments.
struct Problem {
  /// `mix` makes the inputs depend on each other, `shift` moves the targets'
  /// inputs away from those that are seen.
  Problem(int64_t inputs, int64_t outputs, int64_t count, double mix,
          double shift)
      : parts(2, Moments(inputs, outputs)), weights(outputs * inputs) {
    std::mt19937 random(7);
    std::normal_distribution<double> normal;
    for (double &w : weights)
      w = normal(random);
    std::vector<double> x(inputs);
    for (int64_t n = 0; n < count; ++n) {
      double common = 20 * normal(random);
      for (double &v : x)
        v = std::round(30 + mix * common + 8 * normal(random));
      std::vector<double> t(outputs);
      for (int64_t o = 0; o < outputs; ++o)
        for (int64_t i = 0; i < inputs; ++i)
          t[o] += weights[o * inputs + i] * (x[i] + shift * (i ? x[i - 1] : 0));
      samples.push_back(x);
      targets.push_back(t);
      Moments &moments = parts[n % 2];
      ++moments.count;
      for (int64_t i = 0; i < inputs; ++i) {
        moments.sums[i] += x[i];
        for (int64_t j = 0; j < inputs; ++j)
          moments.products[i * inputs + j] += x[i] * x[j];
      }
      for (int64_t o = 0; o < outputs; ++o) {
        moments.targetSums[o] += t[o];
        for (int64_t i = 0; i < inputs; ++i)
          moments.cross[o * inputs + i] += t[o] * x[i];
      }
    }
  }

  /// Mean square of what a channel's results miss, their mean aside.
  double getError(int64_t channel, ArrayRef<double> w) const {
    double sum = 0, squares = 0;
    for (size_t n = 0; n < samples.size(); ++n) {
      double error = targets[n][channel];
      for (size_t i = 0; i < w.size(); ++i)
        error -= w[i] * samples[n][i];
      sum += error;
      squares += error * error;
    }
    auto count = static_cast<double>(samples.size());
    return squares / count - sum * sum / count / count;
  }
  double getError(int64_t channel, const FittedChannel &fitted) const {
    std::vector<double> w;
    for (int8_t q : fitted.stored)
      w.push_back(fitted.scale * q);
    return getError(channel, w);
  }

  FailureOr<std::vector<FittedChannel>> fit(ArrayRef<double> scales,
                                            ArrayRef<double> floors,
                                            const FitScheme &scheme) const {
    MLIRContext context;
    return fitGroup(parts[0], parts[1], weights, scales, floors, scheme,
                    context);
  }

  std::vector<Moments> parts;
  std::vector<double> weights;
  std::vector<std::vector<double>> samples, targets;
};
} // namespace

static ArrayRef<double> getChannel(const Problem &problem, int64_t channel) {
  size_t inputs = problem.parts[0].sums.size();
  return ArrayRef<double>(problem.weights).slice(channel * inputs, inputs);
}

TEST(LayerFit, IsCloseToTheBestOfAllIntegers) {
  // Three bits and a given scale: 7^4 rows, of which the best is found by
  // trying all.
  Problem problem(4, 12, 4000, /*mix=*/1, /*shift=*/0);
  FitScheme scheme{{-3, 3}, /*hasFreeScales=*/false, /*clips=*/false};
  std::vector<double> scales(12, 0.8), floors(12, 0);
  auto fitted = problem.fit(scales, floors, scheme);
  ASSERT_TRUE(succeeded(fitted));
  double found = 0, best = 0, nearest = 0;
  for (int64_t o = 0; o < 12; ++o) {
    EXPECT_EQ((*fitted)[o].scale, 0.8);
    found += problem.getError(o, (*fitted)[o]);
    double least = std::numeric_limits<double>::infinity();
    for (int code = 0; code < 7 * 7 * 7 * 7; ++code) {
      std::vector<double> w;
      for (int rest = code, i = 0; i < 4; ++i, rest /= 7)
        w.push_back(0.8 * (rest % 7 - 3));
      least = std::min(least, problem.getError(o, w));
    }
    best += least;
    std::vector<double> w;
    for (double v : getChannel(problem, o))
      w.push_back(0.8 * std::clamp(std::round(v / 0.8), -3.0, 3.0));
    nearest += problem.getError(o, w);
  }
  EXPECT_GE(found, best * 0.999999);
  EXPECT_LT(found, best * 1.2);
  EXPECT_GT(nearest, best * 3);
}

TEST(LayerFit, MakesUpForOtherInputs) {
  // The targets were made of inputs that none of the layer's is; only other
  // weights come near them.
  Problem problem(6, 5, 4000, /*mix=*/0, /*shift=*/0.3);
  FitScheme scheme{{-127, 127}, true, false};
  std::vector<double> scales(5, 1), floors(5, 0);
  auto fitted = problem.fit(scales, floors, scheme);
  ASSERT_TRUE(succeeded(fitted));
  for (int64_t o = 0; o < 5; ++o)
    EXPECT_LT(problem.getError(o, (*fitted)[o]),
              0.1 * problem.getError(o, getChannel(problem, o)));
}

TEST(LayerFit, KeepsWeightsWhereOthersDoNotHelpElsewhere) {
  // Targets of noise in one part and the layer's own in the other: nothing that
  // is learnt of either helps there.
  Problem problem(4, 1, 60, 0, 0);
  FitScheme scheme{{-127, 127}, true, false};
  std::vector<double> own = problem.weights;
  auto error = [&](bool isMisled) {
    if (isMisled)
      for (double &sum : problem.parts[0].cross)
        sum *= 3;
    auto fitted = problem.fit({1.0}, {0.0}, scheme);
    EXPECT_TRUE(succeeded(fitted));
    double largest = 0;
    for (int i = 0; i < 4; ++i)
      largest = std::max(
          largest,
          std::abs((*fitted)[0].scale * (*fitted)[0].stored[i] - own[i]));
    return largest;
  };
  double rounding = error(false);
  EXPECT_LT(rounding, 0.05);
  EXPECT_NEAR(error(true), rounding, 1e-9);
}

TEST(LayerFit, KeepsTheScaleAboveItsFloor) {
  Problem problem(4, 3, 400, 1, 0);
  for (bool clips : {false, true}) {
    FitScheme scheme{{-7, 7}, true, clips};
    std::vector<double> scales(3, 1), floors{0, 2, 0.5};
    auto fitted = problem.fit(scales, floors, scheme);
    ASSERT_TRUE(succeeded(fitted));
    for (int64_t o = 0; o < 3; ++o) {
      EXPECT_GE((*fitted)[o].scale, floors[o]);
      for (int8_t q : (*fitted)[o].stored)
        EXPECT_LE(std::abs(q), 7);
    }
  }
}

TEST(LayerFit, RoundsInBlocks) {
  // A block whose weights are a sixth of the others': a multiplier of its own
  // is worth a bit and more.
  Problem problem(48, 12, 4000, 0.2, 0);
  for (size_t i = 0; i < problem.weights.size(); ++i)
    if (i % 48 >= 32)
      problem.weights[i] /= 6;
  double plain = 0, blocks = 0;
  for (int64_t block : {0, 32}) {
    FitScheme scheme{{-7, 7}, true, true, /*isFitted=*/false, block};
    std::vector<double> scales(12, 1), floors(12, 0);
    auto fitted = problem.fit(scales, floors, scheme);
    ASSERT_TRUE(succeeded(fitted));
    for (int64_t o = 0; o < 12; ++o) {
      const FittedChannel &channel = (*fitted)[o];
      std::vector<double> error(48);
      for (int64_t i = 0; i < 48; ++i)
        error[i] =
            channel.scale * channel.stored[i] - problem.weights[o * 48 + i];
      for (double e : error)
        (block ? blocks : plain) += e * e;
      if (!block)
        continue;
      SmallVector<int64_t> stored(channel.stored.begin(), channel.stored.end());
      EXPECT_EQ(fxp::findMultipliers(32, stored, 1).misfit, "");
    }
  }
  EXPECT_LT(blocks, 0.8 * plain);
}

TEST(LayerFit, ChoosesABetterScaleForFewBits) {
  Problem problem(16, 20, 4000, 0.2, 0);
  double plain = 0, clipped = 0;
  for (bool clips : {false, true}) {
    FitScheme scheme{{-1, 1}, true, clips};
    std::vector<double> scales(20, 1), floors(20, 0);
    auto fitted = problem.fit(scales, floors, scheme);
    ASSERT_TRUE(succeeded(fitted));
    for (int64_t o = 0; o < 20; ++o)
      (clips ? clipped : plain) += problem.getError(o, (*fitted)[o]);
  }
  EXPECT_LT(clipped, 0.8 * plain);
}

TEST(LayerFit, LeavesWhatIsOfNoUse) {
  FitScheme scheme{{-127, 127}, true, false};
  std::vector<double> scales(2, 1), floors(2, 0);
  auto fits = [&](const Problem &problem) {
    return succeeded(problem.fit(scales, floors, scheme));
  };
  // More inputs than positions, and inputs that are all one: singular, and
  // still a rounding.
  EXPECT_TRUE(fits(Problem(32, 2, 3, 1, 0)));
  Problem twice(2, 2, 100, 1, 0);
  for (Moments &part : twice.parts) {
    part.products.assign(4, part.products[0]);
    part.sums.assign(2, part.sums[0]);
  }
  EXPECT_TRUE(fits(twice));
  // Nothing varies; nothing was seen; nothing is finite.
  EXPECT_FALSE(fits(Problem(4, 2, 1, 1, 0)));
  EXPECT_FALSE(fits(Problem(4, 2, 0, 1, 0)));
  for (auto vector : {&Moments::products, &Moments::cross}) {
    Problem problem(4, 2, 100, 1, 0);
    (problem.parts[1].*vector)[1] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(fits(problem));
  }
}

TEST(LayerFit, LeavesAnInputThatNeverVaries) {
  Problem problem(3, 1, 1000, 0, 0);
  // The first input is 5 throughout.
  for (Moments &part : problem.parts) {
    part.sums[0] = 5.0 * static_cast<double>(part.count);
    for (int i = 0; i < 3; ++i)
      part.products[i] = part.products[3 * i] = 5 * part.sums[i];
    part.cross[0] = 5 * part.targetSums[0];
  }
  problem.weights = {0.5, 1, -1};
  FitScheme scheme{{-127, 127}, true, false};
  auto fitted = problem.fit({1.0}, {0.0}, scheme);
  ASSERT_TRUE(succeeded(fitted));
  // Its weight is what it was, rounded.
  const FittedChannel &channel = fitted->front();
  EXPECT_NEAR(channel.scale * channel.stored[0], 0.5, channel.scale / 2 + 1e-9);
}
