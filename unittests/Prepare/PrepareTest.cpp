//===- PrepareTest.cpp - preparing keeps what a model computes ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrepareHarness.h"

using namespace narrow;
using namespace narrow::testing;
namespace tosa = mlir::tosa;

static constexpr StringRef kConv =
    "{strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = "
    "array<i64: 1, 1>, groups = 1 : i64}";

/// Conv, BatchNormalization, Relu, twice, a skip connection, a max pool behind
/// a pad, Flatten, Gemm, on NCHW as an importer writes them.
TEST(PrepareTest, Residual) {
  std::string text =
      "func.func @main(%x: tensor<2x3x6x6xf32>) -> tensor<2x5xf32> {\n";
  text += makeConstantText("%w1", {4, 3, 3, 3}, 1);
  text += makeConstantText("%w2", {4, 3, 3, 4}, 2);
  text += makeConstantText("%b", {4}, 3);
  text += makeConstantText("%s", {4}, 4);
  text += makeConstantText("%m", {4}, 5);
  text += makeConstantText("%v", {4}, 6, /*positive=*/true);
  text += makeConstantText("%fw", {5, 64}, 7);
  text += makeConstantText("%fb", {5}, 8);
  text +=
      R"(
    %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
    %pads = tosa.const_shape {values = dense<[0, 0, 0, 0, 1, 1, 1, 1]> : tensor<8xindex>} : () -> !tosa.shape<8>
    %flat = tosa.const_shape {values = dense<[2, 64]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<2x3x6x6xf32>) -> tensor<2x6x6x3xf32>
    %1 = nn.conv2d %0, %w1, %b )" +
      kConv.str() +
      R"( : (tensor<2x6x6x3xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<2x6x6x4xf32>
    %2 = nn.batch_norm %1, %s, %b, %m, %v {epsilon = 1.0e-3 : f32} : (tensor<2x6x6x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x6x6x4xf32>
    %3 = tosa.transpose %2 {perms = array<i32: 0, 3, 1, 2>} : (tensor<2x6x6x4xf32>) -> tensor<2x4x6x6xf32>
    %4 = tosa.maximum %3, %3 : (tensor<2x4x6x6xf32>, tensor<2x4x6x6xf32>) -> tensor<2x4x6x6xf32>
    %5 = tosa.clamp %4 {min_val = 0.0 : f32, max_val = 3.0 : f32} : (tensor<2x4x6x6xf32>) -> tensor<2x4x6x6xf32>
    %6 = tosa.transpose %5 {perms = array<i32: 0, 2, 3, 1>} : (tensor<2x4x6x6xf32>) -> tensor<2x6x6x4xf32>
    %7 = nn.conv2d %6, %w2, %b )" +
      kConv.str() +
      R"( : (tensor<2x6x6x4xf32>, tensor<4x3x3x4xf32>, tensor<4xf32>) -> tensor<2x6x6x4xf32>
    %8 = tosa.transpose %7 {perms = array<i32: 0, 3, 1, 2>} : (tensor<2x6x6x4xf32>) -> tensor<2x4x6x6xf32>
    %9 = tosa.add %8, %5 : (tensor<2x4x6x6xf32>, tensor<2x4x6x6xf32>) -> tensor<2x4x6x6xf32>
    %10 = tosa.clamp %9 {min_val = 0.0 : f32, max_val = 3.0 : f32} : (tensor<2x4x6x6xf32>) -> tensor<2x4x6x6xf32>
    %11 = tosa.pad %10, %pads, %zero : (tensor<2x4x6x6xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<2x4x8x8xf32>
    %12 = tosa.transpose %11 {perms = array<i32: 0, 2, 3, 1>} : (tensor<2x4x8x8xf32>) -> tensor<2x8x8x4xf32>
    %13 = nn.max_pool2d %12 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<2x8x8x4xf32> -> tensor<2x4x4x4xf32>
    %14 = tosa.transpose %13 {perms = array<i32: 0, 3, 1, 2>} : (tensor<2x4x4x4xf32>) -> tensor<2x4x4x4xf32>
    %15 = tosa.reshape %14, %flat : (tensor<2x4x4x4xf32>, !tosa.shape<2>) -> tensor<2x64xf32>
    %16 = nn.linear %15, %fw, %fb : (tensor<2x64xf32>, tensor<5x64xf32>, tensor<5xf32>) -> tensor<2x5xf32>
    return %16 : tensor<2x5xf32>
  })";
  PrepareHarness harness;
  OwningOpRef<ModuleOp> module = harness.expectUnchanged(text);
  ASSERT_TRUE(module);
  EXPECT_EQ(countOps<tosa::TransposeOp>(*module), 1u);
  EXPECT_EQ(countOps<nn::BatchNormOp>(*module), 0u);
  EXPECT_EQ(countOps<tosa::PadOp>(*module), 0u);
}

/// A batch norm in front of a grouped 1x1 convolution (of no argument, whose
/// cast would do it), a channel shuffle, a product of all of it with its own
/// means, softmax over channels.
TEST(PrepareTest, ShuffleAndScale) {
  std::string text =
      "func.func @main(%x: tensor<1x4x5x6xf32>) -> tensor<1x4x6x5xf32> {\n";
  text += makeConstantText("%w", {6, 1, 1, 3}, 1);
  text += makeConstantText("%b", {6}, 2);
  text += makeConstantText("%s", {6}, 4);
  text += makeConstantText("%v", {6}, 6, /*positive=*/true);
  text += makeConstantText("%lw", {4, 6}, 7);
  text += makeConstantText("%lb", {4}, 8);
  text += R"(
    %five = tosa.const_shape {values = dense<[1, 2, 3, 4, 5]> : tensor<5xindex>} : () -> !tosa.shape<5>
    %four = tosa.const_shape {values = dense<[1, 6, 4, 5]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
    %abs = tosa.abs %x : (tensor<1x4x5x6xf32>) -> tensor<1x4x5x6xf32>
    %0 = nn.batch_norm %abs, %s, %b, %s, %v {epsilon = 1.0e-3 : f32} : (tensor<1x4x5x6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<1x4x5x6xf32>
    %1 = nn.conv2d %0, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64} : (tensor<1x4x5x6xf32>, tensor<6x1x1x3xf32>, tensor<6xf32>) -> tensor<1x4x5x6xf32>
    %2 = tosa.transpose %1 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x5x6xf32>) -> tensor<1x6x4x5xf32>
    %3 = tosa.reshape %2, %five : (tensor<1x6x4x5xf32>, !tosa.shape<5>) -> tensor<1x2x3x4x5xf32>
    %4 = tosa.transpose %3 {perms = array<i32: 0, 2, 1, 3, 4>} : (tensor<1x2x3x4x5xf32>) -> tensor<1x3x2x4x5xf32>
    %5 = tosa.reshape %4, %four : (tensor<1x3x2x4x5xf32>, !tosa.shape<4>) -> tensor<1x6x4x5xf32>
    %6 = tosa.reduce_sum %5 {axis = 2 : i32} : (tensor<1x6x4x5xf32>) -> tensor<1x6x1x5xf32>
    %7 = tosa.mul %5, %6, %shift : (tensor<1x6x4x5xf32>, tensor<1x6x1x5xf32>, tensor<1xi8>) -> tensor<1x6x4x5xf32>
    %8 = nn.softmax %7 {axis = 1 : i64} : tensor<1x6x4x5xf32>
    %9 = tosa.transpose %8 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x6x4x5xf32>) -> tensor<1x4x5x6xf32>
    %10 = nn.linear %9, %lw, %lb : (tensor<1x4x5x6xf32>, tensor<4x6xf32>, tensor<4xf32>) -> tensor<1x4x5x4xf32>
    %11 = tosa.transpose %9 {perms = array<i32: 0, 1, 3, 2>} : (tensor<1x4x5x6xf32>) -> tensor<1x4x6x5xf32>
    return %11 : tensor<1x4x6x5xf32>
  })";
  PrepareHarness harness;
  OwningOpRef<ModuleOp> module = harness.expectUnchanged(text);
  ASSERT_TRUE(module);
  EXPECT_EQ(countOps<nn::BatchNormOp>(*module), 0u);
  EXPECT_EQ(countOps<tosa::AddOp>(*module), 0u);
}

/// A batch norm in front of the linear layer that flattens an image, pixels
/// scaled in front of a layer that pads, a bias added behind one.
TEST(PrepareTest, ScalesAndOffsets) {
  std::string text = "func.func @main(%x: tensor<2x3x4x2xf32>) -> "
                     "(tensor<2x3xf32>, tensor<2x3x4x3xf32>) {\n";
  text += makeConstantText("%w", {3, 24}, 1);
  text += makeConstantText("%b", {3}, 2);
  text += makeConstantText("%s", {2}, 4);
  text += makeConstantText("%v", {2}, 6, /*positive=*/true);
  text += makeConstantText("%cw", {3, 3, 3, 2}, 7);
  text += makeConstantText("%k", {1, 1, 1, 2}, 8);
  text += makeConstantText("%l", {1, 1, 1, 3}, 9);
  text +=
      R"(
    %flat = tosa.const_shape {values = dense<[2, 24]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
    %0 = nn.batch_norm %x, %s, %s, %s, %v {epsilon = 1.0e-3 : f32} : (tensor<2x3x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x3x4x2xf32>
    %1 = tosa.reshape %0, %flat : (tensor<2x3x4x2xf32>, !tosa.shape<2>) -> tensor<2x24xf32>
    %2 = nn.linear %1, %w, %b : (tensor<2x24xf32>, tensor<3x24xf32>, tensor<3xf32>) -> tensor<2x3xf32>
    %3 = tosa.sub %k, %x : (tensor<1x1x1x2xf32>, tensor<2x3x4x2xf32>) -> tensor<2x3x4x2xf32>
    %4 = tosa.mul %3, %k, %shift : (tensor<2x3x4x2xf32>, tensor<1x1x1x2xf32>, tensor<1xi8>) -> tensor<2x3x4x2xf32>
    %5 = nn.conv2d %4, %cw, %b )" +
      kConv.str() +
      R"( : (tensor<2x3x4x2xf32>, tensor<3x3x3x2xf32>, tensor<3xf32>) -> tensor<2x3x4x3xf32>
    %6 = tosa.sub %l, %5 : (tensor<1x1x1x3xf32>, tensor<2x3x4x3xf32>) -> tensor<2x3x4x3xf32>
    return %2, %6 : tensor<2x3xf32>, tensor<2x3x4x3xf32>
  })";
  PrepareHarness harness;
  OwningOpRef<ModuleOp> module = harness.expectUnchanged(text);
  ASSERT_TRUE(module);
  EXPECT_EQ(countOps<tosa::MulOp>(*module), 0u);
  EXPECT_EQ(countOps<tosa::SubOp>(*module), 1u);
}
