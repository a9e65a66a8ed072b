//===- TensorTest.cpp - elements as they lie in memory --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Reference/Tensor.h"
#include "../Dialect/Fxp/QuantTypeFixture.h"

using namespace narrow;
using namespace narrow::reference;

namespace {
class TensorTest : public fxp::QuantTypeFixture {
protected:
  RankedTensorType pair(Type element) {
    return RankedTensorType::get({2}, element);
  }
};
} // namespace

TEST_F(TensorTest, StoredIntegersTakeTheirContainer) {
  auto bytes = [&](Type element, std::vector<char> in) {
    auto tensor = Tensor::fromBytes(pair(element), in);
    EXPECT_TRUE(succeeded(tensor));
    EXPECT_EQ(tensor->toBytes(), in);
    return std::vector<int32_t>(tensor->stored().begin(),
                                tensor->stored().end());
  };
  EXPECT_EQ(bytes(u8(1.0, 0), {char(200), 1}), (std::vector<int32_t>{200, 1}));
  EXPECT_EQ(bytes(i8(1.0, 0), {char(200), 1}), (std::vector<int32_t>{-56, 1}));
  EXPECT_EQ(bytes(uniform(false, 4, 1.0, 0), {15, 0}),
            (std::vector<int32_t>{15, 0}));
  EXPECT_EQ(bytes(uniform(true, 4, 1.0, 0), {char(-8), 7}),
            (std::vector<int32_t>{-8, 7}));
  EXPECT_EQ(bytes(i16(1.0), {char(0xfe), char(0xff), 1, 2}),
            (std::vector<int32_t>{-2, 513}));
  EXPECT_EQ(bytes(i32(1.0), {0, 0, 0, char(0x80), 1, 0, 0, 0}),
            (std::vector<int32_t>{INT32_MIN, 1}));
}

TEST_F(TensorTest, BiasesAndFloats) {
  Tensor bias = *Tensor::fromBytes(
      pair(IntegerType::get(&context, 64)),
      {0, 0, 0, 0, 1, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1});
  EXPECT_EQ(bias.integers(), (ArrayRef<int64_t>{INT64_C(1) << 32, -1}));
  Tensor floats(pair(f32()));
  floats.floats()[1] = -1.5f;
  Tensor copy = *Tensor::fromBytes(pair(f32()), floats.toBytes());
  EXPECT_EQ(copy.floats()[1], -1.5f);
}

TEST_F(TensorTest, RefusesOtherSizes) {
  EXPECT_TRUE(failed(Tensor::fromBytes(pair(i16(1.0)), {1, 2, 3})));
  EXPECT_TRUE(
      failed(Tensor::fromBytes(pair(f32()), {1, 2, 3, 4, 5, 6, 7, 8, 9})));
}

TEST_F(TensorTest, ReadsConstantsOfUnsignedTypesAsBits) {
  auto values = DenseElementsAttr::get(
      RankedTensorType::get({2}, IntegerType::get(&context, 8)),
      ArrayRef<int8_t>{-1, 3});
  Tensor tensor = Tensor::fromElements(pair(u8(1.0, 0)), values);
  EXPECT_EQ(tensor.stored(), (ArrayRef<int32_t>{255, 3}));
}
