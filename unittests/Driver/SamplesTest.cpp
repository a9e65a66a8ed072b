//===- SamplesTest.cpp - elements of another kind -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Samples.h"
#include "gtest/gtest.h"

using namespace narrow;

TEST(Samples, HalvesAreRounded) {
  HostTensor singles =
      HostTensor::get<float>({5}, {1.5f, -0.1f, 65504.0f, 1e6f, 0x1p-24f});
  HostTensor halves = convert(singles, ElementKind::F16);
  ASSERT_EQ(halves.bytes.size(), 10u);
  EXPECT_EQ(halves.getAsDouble(0), 1.5);
  EXPECT_EQ(halves.getAsDouble(1), -0.0999755859375);
  EXPECT_EQ(halves.getAsDouble(2), 65504);
  EXPECT_EQ(halves.getAsDouble(3), HUGE_VAL);
  EXPECT_EQ(halves.getAsDouble(4), 0x1p-24);
  EXPECT_EQ(convert(halves, ElementKind::F32).getAsDouble(0), 1.5);
}

TEST(Samples, IntegersSaturate) {
  HostTensor wide = HostTensor::get<int64_t>({2}, {int64_t(1) << 40, -7});
  HostTensor narrow = convert(wide, ElementKind::I32);
  EXPECT_EQ(narrow.getAsDouble(0), INT32_MAX);
  EXPECT_EQ(narrow.getAsDouble(1), -7);
}
