//===- StatisticsTest.cpp - statistics merge to the same bits -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Statistics.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace narrow;

namespace {

using Samples = std::vector<std::vector<float>>;

Samples makeSamples(std::mt19937 &random, int count) {
  std::normal_distribution<float> normal(0.1f, 1.0f);
  std::uniform_int_distribution<int> scale(-140, 120);
  Samples samples;
  for (int i = 0; i < count; ++i) {
    // Every few samples of another magnitude, down to subnormals.
    float factor = i % 5 == 0 ? std::ldexp(1.0f, scale(random)) : 1.0f;
    std::vector<float> &sample = samples.emplace_back();
    for (int j = 0; j < 37; ++j)
      sample.push_back(j % 9 == 0 ? 0.0f : normal(random) * factor);
  }
  return samples;
}

Statistics collect(llvm::ArrayRef<std::vector<float>> samples) {
  Statistics statistics;
  for (const std::vector<float> &sample : samples) {
    statistics.addSample("a", sample);
    std::vector<float> positive = sample;
    for (float &value : positive)
      value = std::fabs(value);
    statistics.addSample("b \"quoted\"", positive);
    statistics.addSampleHash(uint64_t(int64_t(sample[1])));
  }
  return statistics;
}

TEST(StatisticsTest, AnySplitMergesToTheSameBits) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    Samples samples = makeSamples(random, 24);
    Statistics whole = collect(samples);
    Statistics merged;
    llvm::ArrayRef<std::vector<float>> rest(samples);
    std::vector<Statistics> parts;
    while (!rest.empty()) {
      size_t size = 1 + random() % rest.size();
      parts.push_back(collect(rest.take_front(size)));
      rest = rest.drop_front(size);
    }
    std::shuffle(parts.begin(), parts.end(), random);
    for (const Statistics &part : parts)
      ASSERT_FALSE(errorToBool(merged.merge(part)));
    ASSERT_EQ(merged.toJson(), whole.toJson());
  }
}

TEST(StatisticsTest, FileRoundTrips) {
  std::mt19937 random(8);
  Statistics statistics = collect(makeSamples(random, 20));
  statistics.modelHash = 0xFEDCBA9876543210;
  auto read = Statistics::parseJson(statistics.toJson());
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->toJson(), statistics.toJson());
  for (const TensorStatistics &tensor : statistics.getTensors())
    EXPECT_TRUE(*read->lookup(tensor.name) == tensor);
}

TEST(StatisticsTest, ExactSum) {
  ExactSum sum;
  sum.add(1e30f);
  sum.add(std::numeric_limits<float>::denorm_min());
  sum.add(-1e30f);
  EXPECT_EQ(sum.toDouble(), double(std::numeric_limits<float>::denorm_min()));
  sum.add(-3.5f);
  auto read = ExactSum::parse(sum.toString());
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(*read == sum);
  EXPECT_EQ(ExactSum::parse("0xg"), std::nullopt);
}

TEST(StatisticsTest, HistogramCountsEveryValueOnce) {
  std::mt19937 random(9);
  for (float scale : {1e-42f, 1e-3f, 1.0f, 3e38f}) {
    std::uniform_real_distribution<float> uniform(-0.25f, 1.0f);
    Histogram histogram;
    uint64_t total = 0;
    for (int i = 0; i < 50; ++i) {
      std::vector<float> values;
      for (int j = 0; j < 100; ++j)
        values.push_back(uniform(random) * scale);
      histogram.add(values, *std::min_element(values.begin(), values.end()),
                    *std::max_element(values.begin(), values.end()));
    }
    for (uint64_t count : histogram.getCounts())
      total += count;
    EXPECT_EQ(total, 5000u);
    EXPECT_LE(histogram.getCounts().size(), size_t(Histogram::kMaxBins));
    EXPECT_GT(histogram.getCounts().front(), 0u);
    EXPECT_GT(histogram.getCounts().back(), 0u);
  }
}

TEST(StatisticsTest, BadValuesAreCounted) {
  Statistics statistics;
  EXPECT_EQ(llvm::toString(statistics.check()),
            "expected at least one calibration sample, found none");
  float inf = std::numeric_limits<float>::infinity();
  statistics.addSample("good", {1.0f});
  statistics.addSample("bad", {1.0f, NAN, inf, -inf});
  statistics.addSampleHash(1);
  EXPECT_FALSE(bool(statistics.check()));
  EXPECT_EQ(statistics.lookup("bad")->nans, 1u);
  EXPECT_EQ(statistics.lookup("bad")->infinities, 2u);
  statistics.addSample("empty", {});
  EXPECT_EQ(llvm::toString(statistics.check()),
            "expected elements in 'empty', found none");
}

TEST(StatisticsTest, OtherModelsDoNotMerge) {
  Statistics a, b, c;
  a.addSample("x", {1.0f});
  b.addSample("y", {1.0f});
  c = a;
  c.modelHash = 5;
  EXPECT_EQ(llvm::toString(a.merge(b)),
            "expected statistics of the same values, found 'y' in one part "
            "only");
  EXPECT_EQ(llvm::toString(a.merge(c)),
            "expected statistics of the same model, found another's");
}

TEST(StatisticsTest, DamagedFiles) {
  auto getError = [](llvm::StringRef text) {
    return llvm::toString(Statistics::parseJson(text).takeError());
  };
  EXPECT_EQ(getError("{}"), "expected a statistics file, found other JSON");
  EXPECT_EQ(getError("{\"format\": \"narrow-statistics\", \"version\": 2}"),
            "expected statistics format version 1, found 2");
  EXPECT_EQ(getError("{").substr(0, 60),
            "expected a statistics file, found text that is not JSON: [1:");
  // Whatever is cut or changed gives statistics or an error, never a crash.
  std::mt19937 random(10);
  std::string good = collect(makeSamples(random, 3)).toJson();
  for (int trial = 0; trial < 500; ++trial) {
    std::string bad = good;
    bad[random() % bad.size()] = char(' ' + random() % 90);
    llvm::consumeError(Statistics::parseJson(bad).takeError());
    EXPECT_NE(getError(good.substr(0, random() % (good.size() - 2))), "");
  }
}

} // namespace
