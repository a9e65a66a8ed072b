//===- MemoryPlanTest.cpp - layouts, constants and lifetimes ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/MemoryPlan.h"

#include "mlir/Parser/Parser.h"
#include "narrow/Codegen/LevelModule.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::codegen;

TEST(BufferLayout, DenseLayoutHasSlackBehindIt) {
  BufferLayout layout = BufferLayout::dense({1, 4, 5, 3}, 2);
  EXPECT_TRUE(layout.isDense());
  EXPECT_EQ(layout.rowStride, 15);
  EXPECT_EQ(layout.bufferBytes, 4 * 5 * 3 * 2 + BufferLayout::kSlackBytes);
}

TEST(BufferLayout, EachImageHasItsHalo) {
  BufferLayout layout = BufferLayout::withHalo({2, 4, 5, 3}, 1, 1, 2, 1, 0);
  EXPECT_FALSE(layout.isDense());
  EXPECT_EQ(layout.rowStride, (2 + 5) * 3);
  EXPECT_EQ(layout.origin, layout.rowStride + 2 * 3);
  EXPECT_EQ(layout.imageStride, 6 * layout.rowStride);
  EXPECT_EQ(layout.bufferBytes,
            2 * layout.imageStride + BufferLayout::kSlackBytes);
  EXPECT_NE(layout.key(), BufferLayout::dense({2, 4, 5, 3}, 1).key());
}

TEST(BufferLayout, EmptyHaloIsDense) {
  EXPECT_TRUE(BufferLayout::withHalo({1, 4, 5, 3}, 1, 0, 0, 0, 0).isDense());
}

TEST(ConstantPool, StoresEqualContentsOnceAndAligned) {
  ConstantPool pool;
  std::vector<char> first(10, 'a'), second(100, 'b');
  EXPECT_EQ(pool.add(first), 0);
  EXPECT_EQ(pool.add(second), 64);
  EXPECT_EQ(pool.add(first), 0);
  EXPECT_EQ(pool.finish().size(), 192u + BufferLayout::kSlackBytes);
}

namespace {
class MemoryPlanTest : public testing::Test {
protected:
  MemoryPlanTest() {
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
  }

  MemoryPlan plan(StringRef text) {
    module = mlir::parseSourceString<ModuleOp>(text, &context);
    function = *module->getOps<mlir::func::FuncOp>().begin();
    return planMemory(function);
  }

  /// Result of the op at `index` in the function.
  Value value(unsigned index) {
    return std::next(function.getBody().front().begin(), index)->getResult(0);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  mlir::func::FuncOp function;
};
} // namespace

// A chain of values of 1, 3, 1, 3 KB: two neighbours are live at a time.
TEST_F(MemoryPlanTest, ChainReachesTheBound) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
func.func @main(%x: tensor<1024xf32>) -> tensor<3072x!q> {
  %0 = fxp.quantize %x : tensor<1024xf32> -> tensor<1024x!q>
  %1 = fxp.concat %0, %0, %0 {axis = 0 : i64} : (tensor<1024x!q>, tensor<1024x!q>, tensor<1024x!q>) -> tensor<3072x!q>
  %2 = fxp.slice %1 {starts = array<i64: 0>, steps = array<i64: 1>} : tensor<3072x!q> -> tensor<1024x!q>
  %3 = fxp.concat %2, %2, %2 {axis = 0 : i64} : (tensor<1024x!q>, tensor<1024x!q>, tensor<1024x!q>) -> tensor<3072x!q>
  return %3 : tensor<3072x!q>
})");
  EXPECT_EQ(result.arenaBytes, result.liveBytes);
  EXPECT_EQ(result.arenaBytes, 1024 + 3072 + 2 * BufferLayout::kSlackBytes);
  EXPECT_EQ(result.of(function.getArgument(0)).space, Placement::Space::Input);
  EXPECT_EQ(result.copiedOutputs.size(), 1u);
}

TEST_F(MemoryPlanTest, DenseReshapeIsAnAlias) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
func.func @main(%x: tensor<8x8xf32>) -> tensor<64xf32> {
  %0 = fxp.quantize %x : tensor<8x8xf32> -> tensor<8x8x!q>
  %1 = fxp.reshape %0 : tensor<8x8x!q> -> tensor<64x!q>
  %2 = fxp.dequantize %1 : tensor<64x!q> -> tensor<64xf32>
  return %2 : tensor<64xf32>
})");
  EXPECT_EQ(result.of(value(0)).offset, result.of(value(1)).offset);
  EXPECT_EQ(result.arenaBytes, 64 + BufferLayout::kSlackBytes);
  EXPECT_EQ(result.of(value(2)).space, Placement::Space::Output);
}

TEST_F(MemoryPlanTest, QuantisedInputIsCopiedIntoItsHalo) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @main(%x: tensor<1x4x4x2x!q>) -> tensor<1x4x4x1x!q> {
  %w = fxp.constant dense<1> : tensor<1x3x3x2xi8> -> tensor<1x3x3x2x!w>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  %0 = fxp.conv2d %x, %w, %b <mode = q15, multiplier = [16384], shift = [0], offset = [0]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x2x!q>, tensor<1x3x3x2x!w>, tensor<1xi32>) -> tensor<1x4x4x1x!q>
  return %0 : tensor<1x4x4x1x!q>
})");
  EXPECT_EQ(result.copiedInputs, SmallVector<unsigned>{0});
  const BufferLayout &layout = result.of(function.getArgument(0)).layout;
  EXPECT_EQ(layout.haloTop, 1);
  EXPECT_EQ(layout.haloRight, 1);
  EXPECT_EQ(result.haloValues.size(), 1u);
}

// Both operands are written into the concatenation, which has the halo that one
// of their readers wants.
TEST_F(MemoryPlanTest, OperandsLieInTheirConcatenation) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x5xf32> {
  %w = fxp.constant dense<1> : tensor<3x3x3x2xi8> -> tensor<3x3x3x2x!w>
  %b = fxp.constant dense<0> : tensor<3xi32> -> tensor<3xi32>
  %0 = fxp.quantize %x : tensor<1x4x4x2xf32> -> tensor<1x4x4x2x!q>
  %1 = fxp.conv2d %0, %w, %b <mode = q15, multiplier = [16384], shift = [0], offset = [0]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x2x!q>, tensor<3x3x3x2x!w>, tensor<3xi32>) -> tensor<1x4x4x3x!q>
  %2 = fxp.concat %0, %1 {axis = 3 : i64} : (tensor<1x4x4x2x!q>, tensor<1x4x4x3x!q>) -> tensor<1x4x4x5x!q>
  %3 = fxp.dequantize %2 : tensor<1x4x4x5x!q> -> tensor<1x4x4x5xf32>
  return %3 : tensor<1x4x4x5xf32>
})");
  Value first = value(2), second = value(3), whole = value(4);
  EXPECT_TRUE(result.isIn(first, whole));
  EXPECT_TRUE(result.isIn(second, whole));
  EXPECT_EQ(result.of(first).offset, result.of(whole).offset);
  EXPECT_EQ(result.of(first).layout.pixelStride, 5);
  EXPECT_EQ(result.of(first).layout.haloTop, 1);
  EXPECT_EQ(result.of(second).layout.origin,
            result.of(first).layout.origin + 2);
  EXPECT_EQ(result.haloValues, SmallVector<Value>{whole});
  EXPECT_EQ(result.arenaBytes, int64_t(llvm::alignTo(6 * 6 * 5 + 64, 64)));
}

// Used twice, a constant, or an argument of the function: copied.
TEST_F(MemoryPlanTest, SharedOperandsStayApart) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
func.func @main(%x: tensor<1x4xf32>, %y: tensor<1x4x!q>) -> tensor<1x20x!q> {
  %0 = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!q>
  %1 = fxp.constant dense<3> : tensor<1x4xi8> -> tensor<1x4x!q>
  %2 = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!q>
  %3 = fxp.concat %0, %1, %y, %0, %2 {axis = 1 : i64}
    : (tensor<1x4x!q>, tensor<1x4x!q>, tensor<1x4x!q>, tensor<1x4x!q>, tensor<1x4x!q>) -> tensor<1x20x!q>
  return %3 : tensor<1x20x!q>
})");
  EXPECT_FALSE(result.hosts.contains(value(0)));
  EXPECT_FALSE(result.hosts.contains(value(1)));
  EXPECT_FALSE(result.hosts.contains(function.getArgument(1)));
  EXPECT_TRUE(result.isIn(value(2), value(3)));
  EXPECT_EQ(result.of(value(2)).offset, result.of(value(3)).offset + 16);
}

// Parts that are not contiguous have no layout beyond four axes.
TEST_F(MemoryPlanTest, ScatteredOperandsAreCopied) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
func.func @main(%x: tensor<2x4xf32>) -> tensor<2x8x!q> {
  %0 = fxp.quantize %x : tensor<2x4xf32> -> tensor<2x4x!q>
  %1 = fxp.max %0, %0 {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<2x4x!q>, tensor<2x4x!q>) -> tensor<2x4x!q>
  %2 = fxp.concat %0, %1 {axis = 1 : i64} : (tensor<2x4x!q>, tensor<2x4x!q>) -> tensor<2x8x!q>
  return %2 : tensor<2x8x!q>
})");
  EXPECT_TRUE(result.hosts.empty());
}

// A slice is read where it is, unless that keeps a large input alive.
TEST_F(MemoryPlanTest, SlicesAreReadInPlaceWhereThatCostsNoArena) {
  MemoryPlan result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
func.func @main(%x: tensor<1x2x2x64xf32>) -> tensor<1x2x2x32xf32> {
  %0 = fxp.quantize %x : tensor<1x2x2x64xf32> -> tensor<1x2x2x64x!q>
  %1 = fxp.slice %0 {starts = array<i64: 0, 0, 0, 32>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x2x2x64x!q> -> tensor<1x2x2x32x!q>
  %2 = fxp.dequantize %1 : tensor<1x2x2x32x!q> -> tensor<1x2x2x32xf32>
  return %2 : tensor<1x2x2x32xf32>
})");
  EXPECT_TRUE(result.isIn(value(1), value(0)));
  EXPECT_EQ(result.of(value(1)).layout.origin, 32);
  result = plan(R"(
!q = !quant.uniform<u8:f32, 0.5>
func.func @main(%x: tensor<4096xf32>) -> (tensor<4096xf32>, tensor<64xf32>) {
  %0 = fxp.quantize %x : tensor<4096xf32> -> tensor<4096x!q>
  %1 = fxp.slice %0 {starts = array<i64: 64>, steps = array<i64: 1>} : tensor<4096x!q> -> tensor<64x!q>
  %2 = fxp.quantize %x : tensor<4096xf32> -> tensor<4096x!q>
  %3 = fxp.quantize %x : tensor<4096xf32> -> tensor<4096x!q>
  %4 = fxp.max %2, %3 {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<4096x!q>, tensor<4096x!q>) -> tensor<4096x!q>
  %5 = fxp.dequantize %4 : tensor<4096x!q> -> tensor<4096xf32>
  %6 = fxp.dequantize %1 : tensor<64x!q> -> tensor<64xf32>
  return %5, %6 : tensor<4096xf32>, tensor<64xf32>
})");
  EXPECT_TRUE(result.hosts.empty());
}
