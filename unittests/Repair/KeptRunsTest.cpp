//===- KeptRunsTest.cpp - what is kept, and for how long ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/KeptRuns.h"
#include "gtest/gtest.h"

using namespace narrow;

static const KeptRuns::Key kFirst{1, 2}, kSecond{1, 3};

TEST(KeptRuns, KeepsWhatIsAdded) {
  KeptRuns runs;
  EXPECT_EQ(KeptRuns::find<int>(kFirst), nullptr);
  KeptRuns::add(kFirst, std::make_shared<int>(7), 4);
  ASSERT_NE(KeptRuns::find<int>(kFirst), nullptr);
  EXPECT_EQ(*KeptRuns::find<int>(kFirst), 7);
  EXPECT_EQ(KeptRuns::find<int>(kSecond), nullptr);
}

TEST(KeptRuns, KeepsNothingOutside) {
  KeptRuns::add(kFirst, std::make_shared<int>(7), 4);
  EXPECT_EQ(KeptRuns::find<int>(kFirst), nullptr);
  {
    KeptRuns runs;
    EXPECT_EQ(KeptRuns::find<int>(kFirst), nullptr);
    KeptRuns::add(kFirst, std::make_shared<int>(7), 4);
  }
  EXPECT_EQ(KeptRuns::find<int>(kFirst), nullptr);
}

// What a search keeps outlives each of its repairs.
TEST(KeptRuns, LivesAsLongAsTheOutermost) {
  KeptRuns runs;
  {
    KeptRuns inner;
    KeptRuns::add(kFirst, std::make_shared<int>(7), 4);
  }
  ASSERT_NE(KeptRuns::find<int>(kFirst), nullptr);
}

// A large model is run again rather than held whole.
TEST(KeptRuns, KeepsNoMoreThanMemoryAllows) {
  KeptRuns runs;
  KeptRuns::add(kFirst, std::make_shared<int>(7), int64_t(400) << 20);
  KeptRuns::add(kSecond, std::make_shared<int>(8), int64_t(200) << 20);
  EXPECT_NE(KeptRuns::find<int>(kFirst), nullptr);
  EXPECT_EQ(KeptRuns::find<int>(kSecond), nullptr);
}
