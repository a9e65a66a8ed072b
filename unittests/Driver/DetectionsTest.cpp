//===- DetectionsTest.cpp - boxes of known overlap ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Detections.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace narrow;

namespace {

DetectionOptions parse(std::vector<std::string> words) {
  words.insert(words.end(), {"boxes=b", "scores=s"});
  return llvm::cantFail(DetectionOptions::parse(words));
}

HostTensor makeTensor(llvm::StringRef name, std::vector<int64_t> shape,
                      std::vector<float> values) {
  return HostTensor::get<float>(shape, values, name);
}

TEST(DetectionsTest, SuppressesWeakerOnesOfTheSameClass) {
  // The second box overlaps the first by 0.9 / 1.1, the third by nothing.
  std::vector<float> boxes = {0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 2, 2, 3, 3};
  std::vector<float> one = {0.8f, 0.9f, 0.5f};
  auto found = findDetections(boxes, one, parse({}));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FLOAT_EQ(found[0].score, 0.9f);
  EXPECT_FLOAT_EQ(found[1].left, 2);
  // Of two classes they are two things; a background is none.
  std::vector<float> two = {0.8f, 0.1f, 0.1f, 0.9f, 0.6f, 0.2f};
  EXPECT_EQ(findDetections(boxes, two, parse({})).size(), 3u);
  EXPECT_EQ(findDetections(boxes, two, parse({"background=0"})).size(), 1u);
  EXPECT_EQ(findDetections(boxes, one, parse({"nms=0.9"})).size(), 3u);
  EXPECT_EQ(findDetections(boxes, one, parse({"threshold=0.85"})).size(), 1u);
}

TEST(DetectionsTest, CentresAreCorners) {
  auto found = findDetections({3, 4, 2, 6}, {1}, parse({"form=centre"}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].left, 2);
  EXPECT_EQ(found[0].top, 1);
  EXPECT_EQ(found[0].right, 4);
  EXPECT_EQ(found[0].bottom, 7);
}

TEST(DetectionsTest, OffsetsAreFromPriors) {
  DetectionOptions options = parse({});
  options.priors = {3, 4, 2, 6};
  auto found = findDetections({5, -5, 0, 5}, {1}, options);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].left, 3 + 0.5 * 2 - 1, 1e-6);
  EXPECT_NEAR(found[0].right, 3 + 0.5 * 2 + 1, 1e-6);
  EXPECT_NEAR(found[0].top, 4 - 0.5 * 6 - 3 * std::exp(1.0), 1e-6);
  EXPECT_NEAR(found[0].bottom, 4 - 0.5 * 6 + 3 * std::exp(1.0), 1e-6);
}

TEST(DetectionsTest, CountsKeptAndNewOnes) {
  ValueSpec boxes{"b", ElementKind::F32, {1, 3, 4}},
      scores{"s", ElementKind::F32, {1, 3, 1}};
  auto comparison =
      llvm::cantFail(DetectionComparison::create(parse({}), {scores, boxes}));
  std::vector<HostTensor> wanted = {
      makeTensor("s", {1, 3, 1}, {0.9f, 0.8f, 0.1f}),
      makeTensor("b", {1, 3, 4}, {0, 0, 1, 1, 5, 5, 6, 6, 8, 8, 9, 9})};
  // The first is a little off, the second is lost, the third is new.
  std::vector<HostTensor> found = {
      makeTensor("s", {1, 3, 1}, {0.7f, 0.4f, 0.6f}),
      makeTensor("b", {1, 3, 4}, {0, 0, 1, 1.2f, 5, 5, 6, 6, 8, 8, 9, 9})};
  comparison.add(wanted, found);
  EXPECT_EQ(comparison.getNumExpected(), 2);
  EXPECT_EQ(comparison.getNumFound(), 2);
  EXPECT_EQ(comparison.getNumKept(), 1);
  EXPECT_EQ(comparison.getNumNew(), 1);
  comparison.add(wanted, wanted);
  EXPECT_EQ(comparison.getNumKept(), 3);
  EXPECT_EQ(comparison.getNumNew(), 1);
}

TEST(DetectionsTest, RefusesWhatIsNotThere) {
  auto fails = [](std::vector<std::string> words) {
    auto options = DetectionOptions::parse(words);
    bool failed = !options;
    llvm::consumeError(options.takeError());
    return failed;
  };
  EXPECT_TRUE(fails({"boxes=b"}));
  EXPECT_TRUE(fails({"boxes=b", "scores=s", "threshold=2"}));
  EXPECT_TRUE(fails({"boxes=b", "scores=s", "form=round"}));
  EXPECT_TRUE(fails({"boxes=b", "scores=s", "anchors=3"}));
  ValueSpec boxes{"b", ElementKind::F32, {1, 3, 4}},
      scores{"s", ElementKind::F32, {1, 2, 1}};
  auto refuses = [&](std::vector<std::string> words) {
    auto made = DetectionComparison::create(parse(words), {boxes, scores});
    std::string text = made ? "" : llvm::toString(made.takeError());
    return text;
  };
  EXPECT_NE(refuses({}).find("expected boxes of shape [..., N, 4]"),
            std::string::npos);
  scores.shape = {1, 3, 1};
  DetectionOptions other = parse({});
  other.priors.resize(8);
  auto made = DetectionComparison::create(other, {boxes, scores});
  EXPECT_NE(llvm::toString(made.takeError()).find("expected 3 priors"),
            std::string::npos);
  EXPECT_NE(refuses({"background=1"}).find("expected a background below 1"),
            std::string::npos);
  scores.name = "t";
  EXPECT_NE(refuses({}).find("named 's'"), std::string::npos);
}

} // namespace
