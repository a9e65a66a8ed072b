//===- AccumulatorBoundsTest.cpp - bounds against all extreme inputs ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/AccumulatorBounds.h"
#include "../Dialect/Fxp/QuantTypeFixture.h"

using namespace narrow;
using namespace narrow::fxp;

namespace {
class AccumulatorBounds : public QuantTypeFixture {
protected:
  RankedTensorType weightsType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, i8(1.0, 0));
  }
};
} // namespace

TEST_F(AccumulatorBounds, AreAttained) {
  // x - z is in -10..245: -3 contributes -735..30, 2 contributes -20..490.
  auto bounds = accumulatorBounds(u8(1.0, 10), weightsType({2, 2}),
                                  {-3, 2, 0, 127}, {5, -7});
  EXPECT_EQ(bounds[0], (IntegerRange{5 - 735 - 20, 5 + 30 + 490}));
  EXPECT_EQ(bounds[1], (IntegerRange{-7 - 1270, -7 + 127 * 245}));
}

TEST_F(AccumulatorBounds, UseEachInputChannelsZeroPoint) {
  Type input = u8PerAxis({1.0, 1.0}, {0, 255}, 3);
  auto dense = accumulatorBounds(input, weightsType({1, 1, 1, 2}), {1, 1}, {});
  EXPECT_EQ(dense[0], (IntegerRange{-255, 255}));
  auto depthwise = accumulatorBounds(input, weightsType({2, 1, 1, 1}), {1, 1},
                                     {}, /*groups=*/2);
  EXPECT_EQ(depthwise[0], (IntegerRange{0, 255}));
  EXPECT_EQ(depthwise[1], (IntegerRange{-255, 0}));
}

TEST_F(AccumulatorBounds, OfSixteenBitsLeaveI32) {
  SmallVector<int64_t> weights(1024, 127);
  auto bounds =
      accumulatorBounds(i16(1.0), weightsType({1, 1024}), weights, {});
  EXPECT_FALSE(kInt32Range.contains(bounds[0]));
}

TEST_F(AccumulatorBounds, MoveWithQ15Offsets) {
  auto list = [&](ArrayRef<int32_t> values) {
    return mlir::DenseI32ArrayAttr::get(&context, values);
  };
  auto q15 =
      RequantAttr::get(&context, RequantMode::Q15, list({300, 300}),
                       list({1, 1}), list({10, -20}), list({}), list({}));
  SmallVector<IntegerRange> ranges{{-1, 1}, {0, 5}};
  EXPECT_EQ(addOffsets(ranges, q15),
            (SmallVector<IntegerRange>{{9, 11}, {-20, -15}}));
  auto pow2 = RequantAttr::get(&context, RequantMode::Pow2, list({}), list({1}),
                               list({}), list({}), list({}));
  EXPECT_EQ(addOffsets(ranges, pow2), ranges);
}
