//===- CostModelTest.cpp --------------------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Cost/CostModel.h"

#include "../Support/TemporaryDirectory.h"
#include "narrow/Support/OutputFile.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::cost;

static const Target &level() { return *lookupTarget("avx2"); }

/// `macs` multiply-accumulates of which nothing is padded.
static KernelFeatures conv(StringRef key, int64_t macs) {
  return {key.str(), "conv2d", macs, macs, 100, 1000};
}

TEST(CostModel, GivesWhatWasMeasuredAtItsLevelOnly) {
  CostModel model;
  model.record("avx2", conv("a", 1000000), 12.5);
  Cost cost = model.get(conv("a", 1000000), level());
  EXPECT_TRUE(cost.isMeasured);
  EXPECT_EQ(cost.us, 12.5);
  EXPECT_FALSE(
      model.get(conv("a", 1000000), *lookupTarget("avx512vnni")).isMeasured);
  EXPECT_FALSE(model.get(conv("b", 1000000), level()).isMeasured);
}

TEST(CostModel, EstimateFollowsTheFormula) {
  CostModel model;
  model.setPeak("avx2", 50);
  // 0.9 of the peak of 50 GMAC/s, and a call.
  EXPECT_NEAR(model.estimate(conv("a", 45000000), level()), 1000.01, 1e-6);
  // Bytes from the second cache level are the limit of little work.
  KernelFeatures thin = {"t", "fully_connected", 1000, 1000, 10, 1000000};
  EXPECT_NEAR(model.estimate(thin, level()), 10.01, 1e-6);
  // Padding counts as work.
  KernelFeatures padded = conv("p", 45000000);
  padded.paddedMacs *= 2;
  EXPECT_NEAR(model.estimate(padded, level()), 2000.01, 1e-6);
  // Without multiply-accumulates, elements.
  KernelFeatures add = {"s", "add", 0, 0, 100000, 300};
  EXPECT_NEAR(model.estimate(add, level()), 40.01, 1e-6);
  // An unmeasured peak comes from the target table.
  EXPECT_GT(CostModel().getPeak(*lookupTarget("avx512vnni")),
            CostModel().getPeak(level()));
}

TEST(CostModel, PeaksCountMatrixInstructions) {
  CostModel model;
  double dots = model.getPeak(*lookupTarget("avx512vnni"));
  EXPECT_EQ(model.getPeak(*lookupTarget("amx")), 16 * dots);
  EXPECT_EQ(model.getPeak(*lookupTarget("i8mm")),
            2 * model.getPeak(*lookupTarget("dotprod")));
}

TEST(CostModel, IslandsMultiplyFloats) {
  // One product a lane and a cycle where bytes have two a lane, or four.
  CostModel model;
  for (StringRef name : {"avx2", "avx512vnni", "scalar"})
    model.setPeak(name, 64);
  EXPECT_EQ(model.getFloatPeak(level()), 32);
  EXPECT_EQ(model.getFloatPeak(*lookupTarget("avx512vnni")), 16);
  KernelFeatures island = {"i", "island", 1000000, 1000000, 100, 1000};
  EXPECT_GT(model.estimate(island, level()),
            model.estimate(conv("a", 1000000), level()));
}

TEST(CostModel, UnknownFamiliesAreNotCheap) {
  CostModel model;
  model.setPeak("avx2", 50);
  auto estimate = [&](StringRef family) {
    return model.estimate({"k", family.str(), 0, 0, 100000, 300}, level());
  };
  EXPECT_TRUE(isKnownFamily("concat"));
  EXPECT_TRUE(isKnownFamily("lookup.16"));
  EXPECT_TRUE(isKnownFamily("conv2d.16+add"));
  EXPECT_FALSE(isKnownFamily("resize_bilinear2d"));
  for (StringRef family : {"concat", "add", "softmax", "normalize"})
    EXPECT_GE(estimate("abacus"), estimate(family)) << family.str();
  // A fused kernel follows its contraction's formula.
  EXPECT_EQ(model.estimate({"k", "conv2d+lookup", 1000, 1000, 1, 1}, level()),
            model.estimate(conv("k", 1000), level()));
}

TEST(CostModel, MeasuredKernelsCorrectTheirFamily) {
  CostModel model;
  model.setPeak("avx2", 50);
  // Twice and eight times as long as the formula says: four times on average.
  model.record("avx2", conv("a", 45000000), 2 * 1000.01);
  model.record("avx2", conv("b", 45000000), 8 * 1000.01);
  Cost cost = model.get(conv("c", 45000000), level());
  EXPECT_FALSE(cost.isMeasured);
  EXPECT_NEAR(cost.us, 4 * 1000.01, 1e-6);
  // Another family has its own correction.
  KernelFeatures other = conv("c", 45000000);
  other.family = "matmul";
  EXPECT_NEAR(model.get(other, level()).us, model.estimate(other, level()),
              1e-6);
}

TEST(CostModel, ErrorsLeaveTheKernelItselfOut) {
  CostModel model;
  model.setPeak("avx2", 50);
  model.record("avx2", conv("a", 45000000), 2 * 1000.01);
  model.record("avx2", conv("b", 45000000), 8 * 1000.01);
  std::vector<EstimateError> errors = model.getErrors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].level, "avx2");
  EXPECT_EQ(errors[0].family, "conv2d");
  EXPECT_EQ(errors[0].kernels, 2);
  // `a` is estimated at 8 times the formula, `b` at 2.
  EXPECT_NEAR(errors[0].worst, 3, 1e-6);
  EXPECT_NEAR(errors[0].median, 3, 1e-6);
}

TEST(CostModel, FileGivesTheSameModelBack) {
  TemporaryDirectory directory;
  std::string path = directory.file("kernels.json");
  CostModel model;
  model.setPeak("avx2", 50);
  model.record("avx2", conv("a", 45000000), 12.25);
  ASSERT_FALSE(bool(model.save(path)));
  auto loaded = CostModel::load(path);
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  EXPECT_EQ(loaded->size(), 1u);
  EXPECT_EQ(loaded->getPeak(level()), 50);
  EXPECT_EQ(loaded->get(conv("a", 1), level()).us, 12.25);
  EXPECT_NEAR(loaded->get(conv("b", 45000000), level()).us, 12.25, 1e-6);
  EXPECT_EQ(loaded->toJson(), model.toJson());
}

TEST(CostModel, MissingFileIsEmptyAndBadOnesAreErrors) {
  TemporaryDirectory directory;
  auto missing = CostModel::load(directory.file("none.json"));
  ASSERT_TRUE(bool(missing));
  EXPECT_EQ(missing->size(), 0u);
  auto check = [&](StringRef text, StringRef wanted) {
    std::string path = directory.file("bad.json");
    ASSERT_FALSE(bool(writeFile(path, text)));
    auto model = CostModel::load(path);
    ASSERT_FALSE(bool(model));
    std::string message = llvm::toString(model.takeError());
    EXPECT_NE(message.find(wanted.str()), std::string::npos) << message;
  };
  check("{", "bad.json': ");
  check("[]", "expected kernel times of format 1");
  check(R"({"format": 2})", "expected kernel times of format 1");
  check(R"({"format": 1, "cpu": "abacus", "kernels": []})", "found abacus");
}
