//===- ContractionTest.cpp - convolutions and products in float -----------===//
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
struct ConvCase {
  int64_t height, width, channels, outputs, kh, kw;
  int64_t strides[2], pads[4], dilations[2], groups;
  int64_t outHeight, outWidth;
};

std::string toType(ArrayRef<int64_t> shape) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + "f32>";
}

std::string toText(StringRef op, const ConvCase &c, bool constantWeights,
                   const HostTensor &weights) {
  std::string in = toType({2, c.height, c.width, c.channels}),
              w = toType(weights.shape), b = toType({c.outputs}),
              out = toType({2, c.outHeight, c.outWidth, c.outputs});
  std::string text = "func.func @main(%x: " + in + ", %w0: " + w +
                     ", %b: " + b + ") -> " + out + " {\n";
  std::string name = "%w0";
  if (constantWeights) {
    name = "%w";
    StringRef bytes(reinterpret_cast<const char *>(weights.bytes.data()),
                    weights.bytes.size());
    text += "%w = \"tosa.const\"() {values = dense<\"0x" + llvm::toHex(bytes) +
            "\"> : " + w + "} : () -> " + w + "\n";
  }
  return text +
         llvm::formatv(
             "%0 = nn.{0} %x, {1}, %b {{strides = array<i64: {2}, {3}>, pads = "
             "array<i64: {4}, {5}, {6}, {7}>, dilations = array<i64: {8}, "
             "{9}>, groups = {10} : i64} : ({11}, {12}, {13}) -> {14}\n",
             op, name, c.strides[0], c.strides[1], c.pads[0], c.pads[1],
             c.pads[2], c.pads[3], c.dilations[0], c.dilations[1], c.groups, in,
             w, b, out)
             .str() +
         "return %0 : " + out + "\n}";
}

/// Calls `visit(out index, in y, in x, in channel, weight index)` for every
/// product of the convolution that `c` describes, read as a gather.
template <typename Visit>
void forEachTap(const ConvCase &c, Visit visit) {
  int64_t inner = c.channels / c.groups, perGroup = c.outputs / c.groups;
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t y = 0; y < c.outHeight; ++y)
      for (int64_t x = 0; x < c.outWidth; ++x)
        for (int64_t o = 0; o < c.outputs; ++o)
          for (int64_t ky = 0; ky < c.kh; ++ky)
            for (int64_t kx = 0; kx < c.kw; ++kx)
              for (int64_t i = 0; i < inner; ++i)
                visit(n, y, x, o, ky, kx, o / perGroup * inner + i,
                      ((o * c.kh + ky) * c.kw + kx) * inner + i);
}

HostTensor startFromBias(const ConvCase &c, const HostTensor &bias) {
  HostTensor out(ElementKind::F32, {2, c.outHeight, c.outWidth, c.outputs});
  for (auto [i, value] : llvm::enumerate(out.data<float>()))
    value = bias.data<float>()[i % c.outputs];
  return out;
}

float &element(HostTensor &image, int64_t n, int64_t y, int64_t x, int64_t c) {
  return image.data<float>()[((n * image.shape[1] + y) * image.shape[2] + x) *
                                 image.shape[3] +
                             c];
}

void check(StringRef op, const ConvCase &c) {
  Harness harness;
  HostTensor x = makeValues({2, c.height, c.width, c.channels}, 1),
             w = makeValues({c.outputs, c.kh, c.kw, c.channels / c.groups}, 2),
             b = makeValues({c.outputs}, 3);
  HostTensor expected = startFromBias(c, b);
  if (op == "conv2d")
    forEachTap(c, [&](int64_t n, int64_t y, int64_t x0, int64_t o, int64_t ky,
                      int64_t kx, int64_t i, int64_t weight) {
      element(expected, n, y, x0, o) +=
          at(x, n, y * c.strides[0] + ky * c.dilations[0] - c.pads[0],
             x0 * c.strides[1] + kx * c.dilations[1] - c.pads[1], i) *
          w.data<float>()[weight];
    });
  else
    // Scatter: every input position that lands on (y, x).
    forEachTap(c, [&](int64_t n, int64_t y, int64_t x0, int64_t o, int64_t ky,
                      int64_t kx, int64_t i, int64_t weight) {
      int64_t fromY = y + c.pads[0] - ky * c.dilations[0],
              fromX = x0 + c.pads[1] - kx * c.dilations[1];
      if (fromY % c.strides[0] == 0 && fromX % c.strides[1] == 0)
        element(expected, n, y, x0, o) +=
            at(x, n, fromY / c.strides[0], fromX / c.strides[1], i) *
            w.data<float>()[weight];
    });
  for (bool constantWeights : {false, true})
    expectNear(harness.run(toText(op, c, constantWeights, w), {x, w, b}),
               expected);
}
} // namespace

TEST(Conv2D, Plain) {
  check("conv2d", {5, 6, 3, 4, 3, 3, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 3, 4});
}
TEST(Conv2D, PaddedStrided) {
  check("conv2d", {8, 7, 3, 5, 3, 3, {2, 2}, {1, 0, 1, 1}, {1, 1}, 1, 4, 3});
}
TEST(Conv2D, Dilated) {
  check("conv2d", {9, 9, 2, 3, 3, 2, {1, 1}, {2, 1, 2, 1}, {2, 3}, 1, 9, 8});
}
TEST(Conv2D, Grouped) {
  check("conv2d", {5, 5, 6, 4, 3, 3, {1, 2}, {1, 1, 1, 1}, {1, 1}, 2, 5, 3});
}
TEST(Conv2D, Depthwise) {
  check("conv2d", {6, 6, 8, 8, 3, 3, {2, 1}, {0, 1, 1, 1}, {1, 1}, 8, 3, 6});
}
TEST(Conv2D, DepthwiseWithMultiplier) {
  check("conv2d", {5, 5, 3, 6, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 3, 5, 5});
}
TEST(Conv2D, Pointwise) {
  check("conv2d", {4, 4, 16, 32, 1, 1, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 4, 4});
}
// Register tiles with rows and channels left over, and without a whole one.
TEST(Conv2D, TilesWithRemainder) {
  check("conv2d", {3, 15, 5, 37, 3, 3, {1, 1}, {1, 0, 1, 0}, {1, 1}, 1, 3, 13});
}
TEST(Conv2D, DepthwiseTilesWithRemainder) {
  check("conv2d", {9, 8, 35, 35, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 35, 9, 8});
}
// Panels of several vectors of channels, and what is left of them.
TEST(Conv2D, DepthwiseOfManyChannels) {
  check("conv2d",
        {7, 10, 147, 147, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 147, 7, 10});
  check("conv2d",
        {9, 9, 128, 128, 5, 5, {2, 2}, {2, 2, 2, 2}, {1, 1}, 128, 5, 5});
}
TEST(Conv2D, GroupedTilesWithRemainder) {
  check("conv2d", {2, 7, 6, 40, 1, 1, {1, 1}, {0, 0, 0, 0}, {1, 1}, 2, 2, 7});
}
TEST(Conv2D, OneDimensional) {
  check("conv2d", {1, 16, 4, 6, 1, 5, {1, 2}, {0, 2, 0, 2}, {1, 1}, 1, 1, 8});
}

TEST(TransposedConv2D, Plain) {
  check("transposed_conv2d",
        {3, 4, 2, 3, 3, 3, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 5, 6});
}
TEST(TransposedConv2D, StridedCropped) {
  check("transposed_conv2d",
        {3, 4, 2, 3, 3, 3, {2, 2}, {1, 1, 1, 1}, {1, 1}, 1, 5, 7});
}
TEST(TransposedConv2D, OutputPadding) {
  check("transposed_conv2d",
        {3, 3, 2, 3, 3, 3, {2, 3}, {1, 0, 0, 0}, {1, 1}, 1, 6, 11});
}
TEST(TransposedConv2D, GroupedDilated) {
  check("transposed_conv2d",
        {3, 3, 4, 6, 2, 2, {2, 1}, {0, 1, 0, 1}, {2, 2}, 2, 7, 3});
}

TEST(Linear, AddsBiasPerOutput) {
  Harness harness;
  HostTensor x = makeValues({2, 3, 5}, 1), w = makeValues({4, 5}, 2),
             b = makeValues({4}, 3), expected(ElementKind::F32, {2, 3, 4});
  for (int64_t row = 0; row < 6; ++row)
    for (int64_t o = 0; o < 4; ++o) {
      float sum = b.data<float>()[o];
      for (int64_t k = 0; k < 5; ++k)
        sum += x.data<float>()[row * 5 + k] * w.data<float>()[o * 5 + k];
      expected.data<float>()[row * 4 + o] = sum;
    }
  expectNear(harness.run(R"(
func.func @main(%x: tensor<2x3x5xf32>, %w: tensor<4x5xf32>, %b: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = nn.linear %x, %w, %b : (tensor<2x3x5xf32>, tensor<4x5xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
})",
                         {x, w, b}),
             expected);
}

TEST(MatMul, IsBatched) {
  Harness harness;
  HostTensor l = makeValues({2, 3, 4}, 1), r = makeValues({2, 4, 5}, 2),
             expected(ElementKind::F32, {2, 3, 5});
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t i = 0; i < 3; ++i)
      for (int64_t j = 0; j < 5; ++j)
        for (int64_t k = 0; k < 4; ++k)
          expected.data<float>()[(n * 3 + i) * 5 + j] +=
              l.data<float>()[(n * 3 + i) * 4 + k] *
              r.data<float>()[(n * 4 + k) * 5 + j];
  expectNear(harness.run(R"(
func.func @main(%l: tensor<2x3x4xf32>, %r: tensor<2x4x5xf32>) -> tensor<2x3x5xf32> {
  %0 = nn.matmul %l, %r : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
})",
                         {l, r}),
             expected);
}
