//===- KernelFeaturesTest.cpp ---------------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Cost/KernelFeatures.h"
#include "narrow/Cost/CostModel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::cost;

namespace {
class KernelFeaturesTest : public testing::Test {
protected:
  KernelFeaturesTest() {
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
  }

  /// The features of the last op before the return.
  KernelFeatures describe(const std::string &text) {
    module = mlir::parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    auto function = *module->getOps<mlir::func::FuncOp>().begin();
    Operation *op = function.front().getTerminator()->getPrevNode();
    return describeKernel(op, llvm::to_vector(op->getOperands()));
  }

  /// A convolution with zero point `zero` and weights `value`, of a storage.
  KernelFeatures convolution(int zero, int value,
                             const std::string &storage = "") {
    std::string x = "!quant.uniform<u8:f32, 0.5:" + std::to_string(zero) + ">";
    return describe(
        "func.func @main(%x: tensor<1x6x6x3x" + x + R"(>)
      -> tensor<1x3x3x20x!quant.uniform<u8:f32, 0.5>> {
      %w = fxp.constant dense<)" +
        std::to_string(value) + R"(> : tensor<20x3x3x3xi8>
        -> tensor<20x3x3x3x!quant.uniform<i8:f32, 0.015625>>)" +
        storage + R"(
      %b = fxp.constant dense<0> : tensor<20xi32> -> tensor<20xi32>
      %0 = fxp.conv2d %x, %w, %b <mode = q15, multiplier = [1024], shift = [1], offset = [1]>
        {narrow.name = "y", strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
        : (tensor<1x6x6x3x)" +
        x +
        R"(>, tensor<20x3x3x3x!quant.uniform<i8:f32, 0.015625>>, tensor<20xi32>)
        -> tensor<1x3x3x20x!quant.uniform<u8:f32, 0.5>>
      return %0 : tensor<1x3x3x20x!quant.uniform<u8:f32, 0.5>>
    })");
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(KernelFeaturesTest, KeyHoldsShapesWidthsAndLoops) {
  KernelFeatures features = convolution(3, 1);
  EXPECT_EQ(features.key, "conv2d[q15](1x6x6x3:u8, 20x3x3x3:i8) -> "
                          "1x3x3x20:u8 {dilations=1,1 groups=1 pads=1,1,1,1 "
                          "strides=2,2}");
  EXPECT_EQ(features.family, "conv2d");
  EXPECT_EQ(features.macs, 3 * 3 * 20 * 27);
  // 20 channels fill 32, a kernel row of 9 bytes 12.
  EXPECT_EQ(features.paddedMacs, 3 * 3 * 32 * 36);
  EXPECT_EQ(features.elements, 3 * 3 * 20);
  EXPECT_EQ(features.bytes, 6 * 6 * 3 + 20 * 27 + 20 * 4 + 3 * 3 * 20);
}

TEST_F(KernelFeaturesTest, PackedWeightsAreAFamilyOfTheirOwn) {
  KernelFeatures bytes = convolution(3, 1),
                 packed = convolution(3, 1, " {storage = #fxp.storage<i2>}");
  EXPECT_EQ(packed.family, "conv2d.i2");
  EXPECT_NE(packed.key, bytes.key);
  EXPECT_EQ(packed.bytes, bytes.bytes - 20 * 27 + 20 * 27 / 4);
  EXPECT_TRUE(isKnownFamily(packed.family));
  const Target &target = *lookupTarget("avx2");
  CostModel model;
  EXPECT_GT(model.estimate(packed, target), model.estimate(bytes, target));
}

TEST_F(KernelFeaturesTest, KeyLeavesOutNumbers) {
  EXPECT_EQ(convolution(3, 1).key, convolution(200, -5).key);
}

TEST_F(KernelFeaturesTest, OtherOpsCountElements) {
  KernelFeatures features = describe(R"(
    !u8 = !quant.uniform<u8:f32, 0.05>
    func.func @main(%x: tensor<1x4x4x8x!u8>, %y: tensor<1x1x1x8x!u8>) -> tensor<1x4x4x8x!u8> {
      %0 = fxp.add %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
        : (tensor<1x4x4x8x!u8>, tensor<1x1x1x8x!u8>) -> tensor<1x4x4x8x!u8>
      return %0 : tensor<1x4x4x8x!u8>
    })");
  EXPECT_EQ(features.key, "add(1x4x4x8:u8, 1x1x1x8:u8) -> 1x4x4x8:u8");
  EXPECT_EQ(features.family, "add");
  EXPECT_EQ(features.macs, 0);
  EXPECT_EQ(features.elements, 128);
  EXPECT_EQ(features.bytes, 128 + 8 + 128);
}

TEST_F(KernelFeaturesTest, FusedKernelsHaveKeysOfTheirOwn) {
  std::string text = R"(
    !u8 = !quant.uniform<u8:f32, 0.5>
    !w = !quant.uniform<i8:f32, 0.015625>
    func.func @main(%x: tensor<4x8x!u8>) -> tensor<4x16x!u8> {
      %w = fxp.constant dense<1> : tensor<16x8xi8> -> tensor<16x8x!w>
      %b = fxp.constant dense<0> : tensor<16xi32> -> tensor<16xi32>
      %0 = fxp.fully_connected %x, %w, %b <mode = q15, multiplier = [1024], shift = [1], offset = [1]>
        : (tensor<4x8x!u8>, tensor<16x8x!w>, tensor<16xi32>) -> tensor<4x16x!u8>
      %1 = fxp.lookup %0 dense<0> : tensor<256xi8> : tensor<4x16x!u8> -> tensor<4x16x!u8>
      return %1 : tensor<4x16x!u8>
    })";
  describe(text);
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  Operation *lookup = function.front().getTerminator()->getPrevNode();
  Operation *linear = lookup->getPrevNode();
  SmallVector<Value> operands = llvm::to_vector(linear->getOperands());
  KernelFeatures plain = describeKernel(linear, operands);
  KernelFeatures fused = describeFused(linear, lookup, operands);
  EXPECT_EQ(fused.key, plain.key + " + lookup -> 4x16:u8");
  EXPECT_EQ(fused.family, "fully_connected+lookup");
  EXPECT_EQ(fused.macs, plain.macs);
  EXPECT_EQ(fused.bytes, plain.bytes);
}

TEST_F(KernelFeaturesTest, IslandsDifferByTheirCode) {
  auto type =
      mlir::RankedTensorType::get({4, 8}, mlir::Float32Type::get(&context));
  Type operands[] = {type, type}, results[] = {type};
  KernelFeatures one = describeIsland(operands, results, 7, 64, "one"),
                 other = describeIsland(operands, results, 7, 64, "other");
  EXPECT_TRUE(StringRef(one.key).starts_with(
      "island(4x8:f32, 4x8:f32) -> 4x8:f32 {code="))
      << one.key;
  EXPECT_NE(one.key, other.key);
  EXPECT_EQ(one.key, describeIsland(operands, results, 7, 64, "one").key);
  EXPECT_EQ(one.macs, 7);
  EXPECT_EQ(one.elements, 32);
  EXPECT_EQ(one.bytes, 3 * 4 * 32 + 64);
  EXPECT_TRUE(isKnownFamily(one.family));
}

TEST_F(KernelFeaturesTest, EveryOpHasConstants) {
  for (mlir::RegisteredOperationName name :
       context.getRegisteredOperationsByDialect("fxp"))
    if (StringRef op = name.stripDialect(); op != "constant" && op != "observe")
      EXPECT_TRUE(isKnownFamily(op)) << op.str();
}
