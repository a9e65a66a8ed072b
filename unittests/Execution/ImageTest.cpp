//===- ImageTest.cpp - pools and resizing in float ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using namespace narrow::testing;

namespace {
struct PoolCase {
  int64_t size, kernel, stride, before, after, dilation, out;
  bool countPads = false;
};

void checkPool(bool average, const PoolCase &c) {
  Harness harness;
  std::string in = llvm::formatv("tensor<1x{0}x{0}x3xf32>", c.size),
              out = llvm::formatv("tensor<1x{0}x{0}x3xf32>", c.out);
  std::string text = llvm::formatv(
      "func.func @main(%x: {0}) -> {1} {{\n %0 = nn.{2}_pool2d %x {{kernel = "
      "array<i64: {3}, {3}>, strides = array<i64: {4}, {4}>, pads = array<i64: "
      "{5}, {5}, {6}, {6}>, dilations = array<i64: {7}, {7}>{8}} : {0} -> "
      "{1}\n return %0 : {1}\n}",
      in, out, average ? "avg" : "max", c.kernel, c.stride, c.before, c.after,
      c.dilation,
      average ? (c.countPads ? ", count_include_pad = true"
                             : ", count_include_pad = false")
              : "");
  // Below zero, so that padding would win a maximum if it took part.
  HostTensor x = makeValues({1, c.size, c.size, 3}, 5);
  for (float &value : x.data<float>())
    value -= 2;
  HostTensor expected(ElementKind::F32, {1, c.out, c.out, 3});
  for (int64_t y = 0; y < c.out; ++y)
    for (int64_t x0 = 0; x0 < c.out; ++x0)
      for (int64_t ch = 0; ch < 3; ++ch) {
        float sum = 0, highest = -INFINITY, count = 0;
        for (int64_t ky = 0; ky < c.kernel; ++ky)
          for (int64_t kx = 0; kx < c.kernel; ++kx) {
            int64_t py = y * c.stride - c.before + ky * c.dilation,
                    px = x0 * c.stride - c.before + kx * c.dilation;
            bool inside = py >= 0 && px >= 0 && py < c.size && px < c.size;
            bool padded = py < c.size + c.after && px < c.size + c.after;
            count += inside || (c.countPads && padded);
            if (!inside)
              continue;
            sum += at(x, 0, py, px, ch);
            highest = std::max(highest, at(x, 0, py, px, ch));
          }
        expected.data<float>()[(y * c.out + x0) * 3 + ch] =
            average ? sum / count : highest;
      }
  expectNear(harness.run(text, {x}), expected);
}

/// Resizes a row of 4 values, the height staying 1.
std::vector<float> resizeRow(StringRef mode, StringRef attributes, double scale,
                             int64_t out) {
  Harness harness;
  std::string text = llvm::formatv(
      "func.func @main(%x: tensor<1x1x4x1xf32>) -> tensor<1x1x{0}x1xf32> {{\n"
      " %0 = nn.resize {1} %x {{scales = array<f64: 1.0, {2:f6}>{3}} : "
      "tensor<1x1x4x1xf32> -> tensor<1x1x{0}x1xf32>\n"
      " return %0 : tensor<1x1x{0}x1xf32>\n}",
      out, mode, scale, attributes);
  auto outputs =
      harness.run(text, {HostTensor::get<float>({1, 1, 4, 1}, {1, 2, 3, 4})});
  return outputs.empty() ? std::vector<float>() : outputs[0].toFloats();
}

void expectRow(const std::vector<float> &found,
               const std::vector<float> &expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-4f) << "element " << i;
}
} // namespace

TEST(MaxPool2D, Floor) { checkPool(false, {7, 3, 2, 0, 0, 1, 3}); }
TEST(MaxPool2D, Ceil) { checkPool(false, {8, 3, 2, 0, 0, 1, 4}); }
TEST(MaxPool2D, Padded) { checkPool(false, {6, 3, 2, 1, 1, 1, 3}); }
TEST(MaxPool2D, Dilated) { checkPool(false, {7, 2, 1, 1, 1, 3, 6}); }
TEST(MaxPool2D, StrideBeyondKernel) { checkPool(false, {7, 1, 2, 0, 0, 1, 4}); }
TEST(AvgPool2D, Floor) { checkPool(true, {7, 3, 2, 0, 0, 1, 3}); }
TEST(AvgPool2D, Padded) { checkPool(true, {6, 3, 2, 1, 1, 1, 3}); }
TEST(AvgPool2D, CountsPads) { checkPool(true, {6, 3, 2, 1, 1, 1, 3, true}); }
TEST(AvgPool2D, CeilCountsPads) {
  checkPool(true, {8, 3, 2, 1, 1, 1, 5, true});
}
TEST(AvgPool2D, Global) { checkPool(true, {5, 5, 1, 0, 0, 1, 1}); }

// Expected rows by hand, and for the filters from ONNX's own cases, which
// resize a plane of both axes.
TEST(Resize, Nearest) {
  expectRow(resizeRow("nearest asymmetric",
                      ", nearest_mode = #nn.nearest_mode<floor>", 2, 8),
            {1, 1, 2, 2, 3, 3, 4, 4});
  expectRow(resizeRow("nearest half_pixel", "", 0.5, 2), {1, 3});
  expectRow(resizeRow("nearest half_pixel",
                      ", nearest_mode = #nn.nearest_mode<round_prefer_ceil>",
                      0.5, 2),
            {2, 4});
  expectRow(resizeRow("nearest half_pixel",
                      ", nearest_mode = #nn.nearest_mode<ceil>", 2, 8),
            {1, 2, 2, 3, 3, 4, 4, 4});
}

TEST(Resize, Linear) {
  expectRow(resizeRow("linear half_pixel", "", 2, 8),
            {1, 1.25f, 1.75f, 2.25f, 2.75f, 3.25f, 3.75f, 4});
  expectRow(resizeRow("linear align_corners", "", 1.75, 7),
            {1, 1.5f, 2, 2.5f, 3, 3.5f, 4});
  expectRow(resizeRow("linear asymmetric", "", 2, 8),
            {1, 1.5f, 2, 2.5f, 3, 3.5f, 4, 4});
  expectRow(resizeRow("linear half_pixel_symmetric", "", 0.6, 2),
            {1.6666667f, 3.3333333f});
  expectRow(resizeRow("linear half_pixel", ", antialias = true", 0.6, 2),
            {1.375f, 3});
  expectRow(resizeRow("linear pytorch_half_pixel", "", 0.25, 1), {1});
}

TEST(Resize, Cubic) {
  expectRow(resizeRow("cubic half_pixel", "", 0.8, 3),
            {1.0942383f, 2.4042969f, 3.7055664f});
  expectRow(
      resizeRow("cubic half_pixel",
                ", cubic_coefficient = -0.5 : f32, exclude_outside = true", 2,
                8),
      {0.9117647f, 1.1678833f, 1.7099236f, 2.25f, 2.75f, 3.2900763f, 3.8321168f,
       4.0882353f});
}

TEST(Resize, Crop) {
  expectRow(
      resizeRow(
          "linear tf_crop_and_resize",
          ", roi = array<f64: 0.0, 0.0, 0.0, 2.0>, extrapolation = 9.0 : f32",
          0.75, 3),
      {1, 4, 9});
}
