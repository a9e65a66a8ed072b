//===- TosaLayersTest.cpp - TOSA layers and the nn ops made of them -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrepareHarness.h"

using namespace narrow;
using namespace narrow::testing;

/// A TOSA file's layers, executed by upstream's lowering before and as nn ops
/// after.
TEST(TosaLayersTest, KeepTheirResults) {
  std::string text = "func.func @main(%x: tensor<1x8x8x3xf32>) -> "
                     "(tensor<1x9x9x4xf32>, tensor<1x10xf32>) {\n";
  text += makeConstantText("%cw", {4, 3, 3, 3}, 1);
  text += makeConstantText("%cb", {4}, 2);
  text += makeConstantText("%dw", {3, 3, 4, 2}, 3);
  text += makeConstantText("%db", {8}, 4);
  text += makeConstantText("%tw", {4, 3, 3, 8}, 5);
  text += makeConstantText("%m", {1, 32, 10}, 6);
  text += R"(
    %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
    %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
    %0 = tosa.conv2d %x, %cw, %cb, %z, %z {acc_type = f32, pad = array<i64: 1, 0, 1, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x8x8x3xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x7x7x4xf32>
    %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x7x7x4xf32>) -> tensor<1x7x7x4xf32>
    %2 = tosa.depthwise_conv2d %1, %dw, %db, %z, %z {acc_type = f32, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>} : (tensor<1x7x7x4xf32>, tensor<3x3x4x2xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x8xf32>
    %3 = tosa.transpose_conv2d %2, %tw, %cb, %z, %z {acc_type = f32, out_pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x8xf32>, tensor<4x3x3x8xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x9x9x4xf32>
    %4 = tosa.max_pool2d %2 {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x8xf32>) -> tensor<1x2x2x8xf32>
    %5 = tosa.avg_pool2d %4, %z, %z {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 1, 0, 1, 0>, stride = array<i64: 1, 1>} : (tensor<1x2x2x8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x8xf32>
    %flat = tosa.const_shape {values = dense<[1, 1, 32]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %6 = tosa.reshape %5, %flat : (tensor<1x2x2x8xf32>, !tosa.shape<3>) -> tensor<1x1x32xf32>
    %7 = tosa.matmul %6, %m, %z, %z : (tensor<1x1x32xf32>, tensor<1x32x10xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x10xf32>
    %row = tosa.const_shape {values = dense<[1, 10]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %8 = tosa.reshape %7, %row : (tensor<1x1x10xf32>, !tosa.shape<2>) -> tensor<1x10xf32>
    %9 = tosa.reduce_max %8 {axis = 1 : i32} : (tensor<1x10xf32>) -> tensor<1x1xf32>
    %10 = tosa.sub %8, %9 : (tensor<1x10xf32>, tensor<1x1xf32>) -> tensor<1x10xf32>
    %11 = tosa.exp %10 : (tensor<1x10xf32>) -> tensor<1x10xf32>
    %12 = tosa.reduce_sum %11 {axis = 1 : i32} : (tensor<1x10xf32>) -> tensor<1x1xf32>
    %13 = tosa.reciprocal %12 : (tensor<1x1xf32>) -> tensor<1x1xf32>
    %14 = tosa.mul %11, %13, %s : (tensor<1x10xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<1x10xf32>
    return %3, %14 : tensor<1x9x9x4xf32>, tensor<1x10xf32>
  })";
  PrepareHarness harness;
  OwningOpRef<ModuleOp> module = harness.expectUnchanged(text);
  ASSERT_TRUE(module);
  EXPECT_EQ(countOps<nn::Conv2DOp>(*module), 2u);
  EXPECT_EQ(countOps<nn::TransposedConv2DOp>(*module), 1u);
  EXPECT_EQ(countOps<nn::LinearOp>(*module), 1u);
  EXPECT_EQ(countOps<nn::SoftmaxOp>(*module), 1u);
}

/// Both kinds of positions and both kinds of interpolation.
TEST(TosaLayersTest, Resize) {
  struct Case {
    const char *scale, *offset, *border, *mode;
    int64_t size;
  };
  for (const Case &c :
       {Case{"[4, 2, 4, 2]", "[-1, -1]", "[1, 1]", "BILINEAR", 8},
        Case{"[4, 2, 4, 2]", "[-1, -1]", "[1, 1]", "NEAREST_NEIGHBOR", 8},
        Case{"[2, 1, 2, 1]", "[0, 0]", "[1, 1]", "BILINEAR", 8},
        Case{"[2, 1, 2, 1]", "[0, 0]", "[1, 1]", "NEAREST_NEIGHBOR", 8}}) {
    std::string out = toType({1, c.size, c.size, 2});
    std::string shape = "!tosa.shape<4>, !tosa.shape<2>, !tosa.shape<2>";
    std::string text = "func.func @main(%x: tensor<1x4x4x2xf32>) -> " + out +
                       " {\n" + "%s = tosa.const_shape {values = dense<" +
                       c.scale +
                       "> : tensor<4xindex>} : () -> !tosa.shape<4>\n" +
                       "%o = tosa.const_shape {values = dense<" + c.offset +
                       "> : tensor<2xindex>} : () -> !tosa.shape<2>\n" +
                       "%b = tosa.const_shape {values = dense<" + c.border +
                       "> : tensor<2xindex>} : () -> !tosa.shape<2>\n" +
                       "%0 = tosa.resize %x, %s, %o, %b {mode = " + c.mode +
                       "} : (tensor<1x4x4x2xf32>, " + shape + ") -> " + out +
                       "\nreturn %0 : " + out + "\n}";
    PrepareHarness harness;
    OwningOpRef<ModuleOp> module = harness.expectUnchanged(text);
    ASSERT_TRUE(module);
    EXPECT_EQ(countOps<nn::ResizeOp>(*module), 1u);
  }
}
