//===- StandardKernels.cpp - shapes that a machine is measured on ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/StandardKernels.h"

#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using llvm::formatv;

namespace {
/// A convolution with padding `kernel / 2`; depthwise where `outputs` is 0.
struct Convolution {
  int64_t height, width, inputs, outputs, kernel, stride;
};
struct Linear {
  int64_t rows, inputs, outputs;
};
struct Image {
  int64_t height, width, channels;
};
} // namespace

static constexpr Convolution kConvolutions[] = {
    // Pointwise: from few pixels and many channels to the reverse.
    {7, 7, 960, 320, 1, 1},
    {14, 14, 384, 64, 1, 1},
    {14, 14, 96, 576, 1, 1},
    {28, 28, 32, 192, 1, 1},
    {56, 56, 24, 144, 1, 1},
    {56, 56, 64, 256, 1, 1},
    {112, 112, 32, 16, 1, 1},
    {25, 5, 64, 64, 1, 1},
    {7, 7, 512, 512, 3, 1},
    {14, 14, 256, 256, 3, 1},
    {28, 28, 128, 128, 3, 1},
    {56, 56, 64, 64, 3, 1},
    {56, 56, 64, 128, 3, 2},
    {32, 32, 16, 16, 3, 1},
    {8, 8, 64, 64, 3, 1},
    // First layers, wide kernels.
    {224, 224, 3, 32, 3, 2},
    {224, 224, 3, 64, 7, 2},
    {49, 10, 1, 64, 5, 2},
    {28, 28, 32, 32, 5, 1},
    // Depthwise.
    {7, 7, 960, 0, 3, 1},
    {14, 14, 384, 0, 3, 1},
    {28, 28, 192, 0, 3, 1},
    {56, 56, 144, 0, 3, 2},
    {112, 112, 32, 0, 3, 1},
    {25, 5, 64, 0, 3, 1},
    {14, 14, 240, 0, 5, 1},
};
static constexpr Linear kLinears[] = {
    {1, 640, 128}, {1, 128, 640},    {1, 1280, 1000}, {1, 512, 1000},
    {1, 64, 12},   {64, 1024, 1024}, {128, 256, 256}, {128, 256, 1024},
};
static constexpr Image kImages[] = {
    {7, 7, 160}, {14, 14, 96}, {28, 28, 128}, {56, 56, 64}, {112, 112, 32}};

/// All scales are equal, so that 2^-6 is the weights' and the ratio's alike.
static constexpr llvm::StringLiteral kTypes = R"(
!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 0.015625>
!p = !quant.uniform<u8:f32, 0.00390625>
)";
static constexpr llvm::StringLiteral kQ15 =
    "<mode = q15, multiplier = [1024], shift = [1], offset = [1]>";
static constexpr llvm::StringLiteral kQ31 =
    "<mode = q31, multiplier = [1073741824], shift = [36]>";

static std::string function(StringRef arguments, StringRef result,
                            StringRef body) {
  return (kTypes + "func.func @main(" + arguments + ") -> " + result + " {\n" +
          body + "  return %0 : " + result + "\n}\n")
      .str();
}

static std::string constants(StringRef weights, int64_t outputs) {
  return formatv("  %w = fxp.constant dense<1> : tensor<{0}xi8> -> "
                 "tensor<{0}x!w>\n  %b = fxp.constant dense<0> : "
                 "tensor<{1}xi32> -> tensor<{1}xi32>\n",
                 weights, outputs);
}

static std::string convolution(const Convolution &c, bool isWide) {
  bool isDepthwise = !c.outputs;
  int64_t outputs = isDepthwise ? c.inputs : c.outputs;
  int64_t groups = isDepthwise ? c.inputs : 1;
  int64_t pad = c.kernel / 2;
  auto extent = [&](int64_t n) {
    return (n + 2 * pad - c.kernel) / c.stride + 1;
  };
  std::string x =
      formatv("tensor<1x{0}x{1}x{2}x!x>", c.height, c.width, c.inputs);
  std::string shape =
      formatv("{0}x{1}x{1}x{2}", outputs, c.kernel, isDepthwise ? 1 : c.inputs);
  std::string y = formatv("tensor<1x{0}x{1}x{2}x!{3}>", extent(c.height),
                          extent(c.width), outputs, isWide ? "y" : "x");
  return function(
      "%x: " + x, y,
      constants(shape, outputs) +
          formatv("  %0 = fxp.conv2d %x, %w, %b {0} {{strides = array<i64: "
                  "{1}, {1}>, pads = array<i64: {2}, {2}, {2}, {2}>, dilations "
                  "= array<i64: 1, 1>, groups = {3} : i64} : ({4}, "
                  "tensor<{5}x!w>, tensor<{6}xi32>) -> {7}\n",
                  isWide ? kQ31 : kQ15, c.stride, pad, groups, x, shape,
                  outputs, y)
              .str());
}

static std::string linear(const Linear &l, bool isWide) {
  std::string x = formatv("tensor<{0}x{1}x!x>", l.rows, l.inputs);
  std::string shape = formatv("{0}x{1}", l.outputs, l.inputs);
  std::string y =
      formatv("tensor<{0}x{1}x!{2}>", l.rows, l.outputs, isWide ? "y" : "x");
  return function("%x: " + x, y,
                  constants(shape, l.outputs) +
                      formatv("  %0 = fxp.fully_connected %x, %w, %b {0} : "
                              "({1}, tensor<{2}x!w>, tensor<{3}xi32>) -> {4}\n",
                              isWide ? kQ31 : kQ15, x, shape, l.outputs, y)
                          .str());
}

static void addElementwise(const Image &image,
                           std::vector<std::string> &kernels) {
  std::string shape =
      formatv("1x{0}x{1}x{2}", image.height, image.width, image.channels);
  std::string x = "tensor<" + shape + "x!x>", f = "tensor<" + shape + "xf32>";
  kernels.push_back(function(
      "%x: " + x + ", %z: " + x, x,
      formatv("  %0 = fxp.add %x, %z {{lhs_multiplier = 16384 : i32, "
              "rhs_multiplier = 16384 : i32, shift = 14 : i32} : ({0}, {0}) -> "
              "{0}\n",
              x)
          .str()));
  std::string table;
  for (int64_t i = 0; i < 256; ++i)
    table += (i ? ", " : "") + std::to_string((i * i / 256 + 128) % 256 - 128);
  kernels.push_back(
      function("%x: " + x, x,
               formatv("  %0 = fxp.lookup %x dense<[{1}]> : tensor<256xi8> : "
                       "{0} -> {0}\n",
                       x, table)
                   .str()));
  std::string wide = "tensor<" + shape + "x!y>", entries;
  for (int64_t i = 0; i <= 512; ++i)
    entries += (i ? ", " : "") + std::to_string(i * i / 8 - 16384);
  kernels.push_back(
      function("%x: " + wide, wide,
               formatv("  %0 = fxp.interpolate %x dense<[{1}]> : "
                       "tensor<513xi16> {{segment_bits = array<i32: 7>, "
                       "fraction_bits = 0 : i32} : {0} -> {0}\n",
                       wide, entries)
                   .str()));
  kernels.push_back(
      function("%x: " + f, x,
               formatv("  %0 = fxp.quantize %x : {0} -> {1}\n", f, x).str()));
  kernels.push_back(
      function("%x: " + x, f,
               formatv("  %0 = fxp.dequantize %x : {0} -> {1}\n", x, f).str()));
  std::string half = formatv("tensor<1x{0}x{1}x{2}x!x>", (image.height + 1) / 2,
                             (image.width + 1) / 2, image.channels);
  kernels.push_back(function(
      "%x: " + x, half,
      formatv("  %0 = fxp.max_pool2d %x {{kernel = array<i64: 3, 3>, strides = "
              "array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = "
              "array<i64: 1, 1>} : {0} -> {1}\n",
              x, half)
          .str()));
}

static std::string softmax(int64_t rows, int64_t classes) {
  std::string x = formatv("tensor<{0}x{1}x!x>", rows, classes);
  std::string y = formatv("tensor<{0}x{1}x!p>", rows, classes);
  return function("%x: " + x, y,
                  formatv("  %0 = fxp.softmax %x {{pre_shift = 0 : i32, "
                          "post_shift = 8 : i32, distance_max = 255 : i32, "
                          "multiplier = 37818 : i32} : {0} -> {1}\n",
                          x, y)
                      .str());
}

std::vector<std::string> narrow::getStandardKernels() {
  std::vector<std::string> kernels;
  for (bool isWide : {false, true}) {
    for (const Convolution &c : kConvolutions)
      kernels.push_back(convolution(c, isWide));
    for (const Linear &l : kLinears)
      kernels.push_back(linear(l, isWide));
  }
  for (const Image &image : kImages)
    addElementwise(image, kernels);
  kernels.push_back(softmax(1, 1000));
  kernels.push_back(softmax(512, 128));
  return kernels;
}
