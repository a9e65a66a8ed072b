//===- IndexTest.cpp - places of elements in float ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <numeric>

using namespace narrow;
using namespace narrow::testing;

namespace {
/// Returns the first `count` places of one row.
std::vector<int32_t> findPlaces(ArrayRef<float> row, int64_t count,
                                bool smallest) {
  Harness harness;
  auto size = static_cast<int64_t>(row.size());
  std::string in = llvm::formatv("tensor<1x{0}xf32>", size),
              out = llvm::formatv("tensor<1x{0}xi32>", count);
  std::string text = llvm::formatv(
      "func.func @main(%x: {0}) -> {1} {{\n %0 = nn.top_k %x {2} : {0} -> "
      "{1}\n return %0 : {1}\n}",
      in, out, smallest ? "{smallest}" : "");
  HostTensor x(ElementKind::F32, {1, size});
  llvm::copy(row, x.data<float>().begin());
  std::vector<HostTensor> results = harness.run(text, {x});
  if (results.size() != 1)
    return {};
  auto places = results.front().data<int32_t>();
  return {places.begin(), places.end()};
}

// N73: zeros of both signs are equal, a NaN is above infinity.
TEST(TopK, OrdersWhatIsNoNumber) {
  const float row[] = {0, -0.0f, NAN, 1, INFINITY, 1, -INFINITY, -NAN, -1};
  EXPECT_EQ(findPlaces(row, 9, false),
            (std::vector<int32_t>{2, 7, 4, 3, 5, 0, 1, 8, 6}));
  EXPECT_EQ(findPlaces(row, 9, true),
            (std::vector<int32_t>{6, 8, 0, 1, 3, 5, 4, 2, 7}));
}

TEST(TopK, EqualsAStableSort) {
  for (int64_t size : {1, 2, 3, 17, 200})
    for (int64_t count : {int64_t(1), (size + 1) / 2, size})
      for (bool smallest : {false, true}) {
        HostTensor values = makeValues({size}, static_cast<unsigned>(size));
        // Few values, so that many are equal.
        SmallVector<float> row;
        for (float value : values.data<float>())
          row.push_back(std::round(value * 8));
        std::vector<int32_t> expected(size);
        std::iota(expected.begin(), expected.end(), 0);
        std::stable_sort(
            expected.begin(), expected.end(), [&](int32_t left, int32_t right) {
              return smallest ? row[left] < row[right] : row[left] > row[right];
            });
        expected.resize(count);
        EXPECT_EQ(findPlaces(row, count, smallest), expected)
            << size << " " << count << " " << smallest;
      }
}

// Rows one after the other: the last one at a place stays.
TEST(Scatter, WritesInOrder) {
  Harness harness;
  HostTensor base(ElementKind::F32, {1, 4, 2}),
      rows(ElementKind::F32, {1, 3, 2}), places(ElementKind::I32, {1, 3});
  llvm::copy(ArrayRef<float>{1, 2, 3, 4, 5, 6, 7, 8},
             base.data<float>().begin());
  llvm::copy(ArrayRef<float>{10, 20, 30, 40, 50, 60},
             rows.data<float>().begin());
  llvm::copy(ArrayRef<int32_t>{3, 0, 3}, places.data<int32_t>().begin());
  std::vector<HostTensor> results = harness.run(
      "func.func @main(%b: tensor<1x4x2xf32>, %i: tensor<1x3xi32>, %r: "
      "tensor<1x3x2xf32>) -> tensor<1x4x2xf32> {\n %0 = tosa.scatter %b, %i, "
      "%r : (tensor<1x4x2xf32>, tensor<1x3xi32>, tensor<1x3x2xf32>) -> "
      "tensor<1x4x2xf32>\n return %0 : tensor<1x4x2xf32>\n}",
      {base, places, rows});
  ASSERT_EQ(results.size(), 1u);
  auto found = results.front().data<float>();
  EXPECT_EQ(std::vector<float>(found.begin(), found.end()),
            (std::vector<float>{30, 40, 3, 4, 5, 6, 50, 60}));
}
} // namespace
