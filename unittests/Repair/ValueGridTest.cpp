//===- ValueGridTest.cpp - values that are steps of a grid ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/ValueGrid.h"
#include "gtest/gtest.h"
#include <limits>

using namespace narrow;

/// Pixels from `first` to `last`, every `stride`-th, normalised.
static GridFinder addPixels(int first, int last, int stride = 1) {
  GridFinder finder;
  for (int pixel = last; pixel >= first; pixel -= stride)
    finder.add((static_cast<float>(pixel) / 255.0f - 0.406f) / 0.225f);
  return finder;
}

TEST(ValueGrid, FindsTheStepsOfNormalisedPixels) {
  GridFinder finder = addPixels(0, 255);
  // The same pixels, computed in another order.
  for (int pixel = 0; pixel < 256; ++pixel)
    finder.add(static_cast<float>(pixel) * (1 / (255.0f * 0.225f)) -
               0.406f / 0.225f);
  std::optional<ValueGrid> grid = finder.find();
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->last, 255);
  EXPECT_NEAR(grid->step, 1 / (255 * 0.225), 1e-6);
  EXPECT_NEAR(grid->origin, -0.406 / 0.225, 1e-6);
  // A mean of 103.53.
  EXPECT_NEAR(grid->getZeroOffset(), -0.47, 1e-3);
}

TEST(ValueGrid, FindsCoarserAndShorterGrids) {
  EXPECT_EQ(addPixels(0, 254, 2).find()->last, 127);
  EXPECT_EQ(addPixels(100, 180).find()->last, 80);
  // A gap says nothing.
  GridFinder finder = addPixels(0, 100);
  finder.add((200 / 255.0f - 0.406f) / 0.225f);
  EXPECT_EQ(finder.find()->last, 200);
}

TEST(ValueGrid, LeavesOtherValues) {
  EXPECT_FALSE(GridFinder().find());
  // Too few say little.
  EXPECT_FALSE(addPixels(0, 63).find());
  GridFinder between = addPixels(0, 255);
  between.add((100.1f / 255.0f - 0.406f) / 0.225f);
  EXPECT_FALSE(between.find());
  GridFinder beyond = addPixels(0, 255);
  beyond.add((256.0f / 255.0f - 0.406f) / 0.225f);
  EXPECT_FALSE(beyond.find());
  GridFinder unknown = addPixels(0, 255);
  unknown.add(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(unknown.find());
  GridFinder all;
  for (int i = 0; i < 5000; ++i)
    all.add(0.001f * static_cast<float>(i * i));
  EXPECT_FALSE(all.find());
}
