//===- ConstantDataTest.cpp - constants survive the round trip ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/ConstantData.h"

#include "gtest/gtest.h"

using namespace narrow;

namespace {

class ConstantDataTest : public ::testing::Test {
protected:
  MLIRContext context;
  mlir::Builder builder{&context};

  RankedTensorType tensor(int64_t size, Type type) {
    return RankedTensorType::get({size}, type);
  }
};

/// Values of every width, small (dense) and large (resource), come back.
TEST_F(ConstantDataTest, IntegersRoundTrip) {
  for (unsigned width : {1u, 4u, 8u, 16u, 32u, 64u})
    for (int64_t count : {3, 3000}) {
      SmallVector<int64_t> values;
      for (int64_t i = 0; i < count; ++i) {
        int64_t value = i * 0x9E3779B97F4A7C15ull;
        values.push_back(width == 1    ? value & 1
                         : width == 64 ? value
                                       : value >> (64 - width));
      }
      values[0] = values[1] ^ 1;
      ElementsAttr attr =
          makeConstant(tensor(count, builder.getIntegerType(width)), values);
      EXPECT_EQ(isa<mlir::DenseResourceElementsAttr>(attr), count == 3000);
      EXPECT_TRUE(hasReadableData(attr));
      EXPECT_EQ(getIntegers(attr), values);
    }
}

TEST_F(ConstantDataTest, UnsignedIsZeroExtended) {
  SmallVector<uint8_t> values(2000, 200);
  values[1] = 255;
  auto type = tensor(2000, builder.getIntegerType(8, /*isSigned=*/false));
  EXPECT_EQ(getIntegers(makeConstant(type, ArrayRef<uint8_t>(values)))[1], 255);
}

TEST_F(ConstantDataTest, FloatsRoundTrip) {
  SmallVector<float> values{1.5f, -0.0f, 0.0f, 65504.0f};
  values.resize(2000, 0.25f);
  for (Type type : {Type(builder.getF32Type()), Type(builder.getF64Type()),
                    Type(builder.getF16Type())}) {
    ElementsAttr large = makeConstant(tensor(2000, type), values);
    EXPECT_TRUE(isa<mlir::DenseResourceElementsAttr>(large));
    EXPECT_EQ(getFloats(large), values);
    EXPECT_TRUE(std::signbit(getFloats(large)[1]));
    ElementsAttr small =
        makeConstant(tensor(3, type), ArrayRef<float>(values).take_front(3));
    EXPECT_EQ(getFloats(small)[0], 1.5f);
  }
}

TEST_F(ConstantDataTest, EqualValuesBecomeASplat) {
  auto type = tensor(5000, builder.getF32Type());
  ElementsAttr attr = makeConstant(type, ArrayRef<float>(2.0f));
  ASSERT_TRUE(isa<DenseElementsAttr>(attr));
  EXPECT_TRUE(cast<DenseElementsAttr>(attr).isSplat());
  EXPECT_EQ(getFloats(attr).size(), 5000u);
  SmallVector<float> zeros(5000, 0.0f);
  zeros[7] = -0.0f;
  EXPECT_TRUE(isa<mlir::DenseResourceElementsAttr>(
      makeConstant(type, ArrayRef<float>(zeros))));
}

TEST_F(ConstantDataTest, EmptyTensor) {
  ElementsAttr attr =
      makeConstant(tensor(0, builder.getF32Type()), ArrayRef<float>());
  EXPECT_TRUE(getFloats(attr).empty());
}

} // namespace
