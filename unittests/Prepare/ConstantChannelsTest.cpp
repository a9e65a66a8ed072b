//===- ConstantChannelsTest.cpp - channels go and results stay ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrepareHarness.h"
#include "narrow/Prepare/Passes.h"
#include <functional>

using namespace narrow;
using namespace narrow::testing;

/// A constant of reproducible values, some of which `edit` changes: it is given
/// the row and the value.
static std::string makeRows(StringRef name, ArrayRef<int64_t> shape,
                            unsigned seed,
                            std::function<float(int64_t, float)> edit) {
  HostTensor values = makeValues(shape, seed);
  auto numbers = values.data<float>();
  auto perRow = static_cast<int64_t>(numbers.size()) / shape.front();
  for (auto [index, value] : llvm::enumerate(numbers))
    value = edit(static_cast<int64_t>(index) / perRow, value);
  return makeConstantText(name, values);
}

/// Three convolutions, one of them depthwise, with ReLU between, a pool and a
/// linear layer; `rows` edits the first layer's weights, `bias` its bias.
static std::string makeNetwork(std::function<float(int64_t, float)> rows,
                               std::function<float(int64_t, float)> bias,
                               StringRef pads = "1, 1, 1, 1") {
  auto conv = [](StringRef pads, StringRef groups) {
    return (" {strides = array<i64: 1, 1>, pads = array<i64: " + pads +
            ">, dilations = array<i64: 1, 1>, groups = " + groups + " : i64} ")
        .str();
  };
  auto keep = [](int64_t, float value) { return value; };
  bool isPadded = pads != "0, 0, 0, 0";
  std::string small = isPadded ? "6x6" : "4x4";
  std::string text =
      "func.func @main(%x: tensor<1x6x6x3xf32>) -> tensor<1x5xf32> {\n";
  text += makeRows("%w1", {6, 1, 1, 3}, 1, rows);
  text += makeRows("%b1", {6}, 2, bias);
  text += makeRows("%w2", {8, 3, 3, 6}, 3, [](int64_t row, float value) {
    return row == 5 ? -std::abs(value) : value;
  });
  text += makeRows("%b2", {8}, 4, [](int64_t row, float value) {
    return row == 5 ? -0.25f : value;
  });
  text += makeRows("%w3", {8, 3, 3, 1}, 5, [](int64_t row, float value) {
    return row == 2 ? 0.0f : value;
  });
  text += makeRows("%b3", {8}, 6, keep);
  text += makeRows("%w4", {5, 8}, 7, keep);
  text += makeRows("%b4", {5}, 8, keep);
  std::string image = "tensor<1x" + small + "x8xf32>";
  return text + R"(
    %flat = tosa.const_shape {values = dense<[1, 8]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %1 = nn.conv2d %x, %w1, %b1)" +
         conv("0, 0, 0, 0", "1") +
         R"(: (tensor<1x6x6x3xf32>, tensor<6x1x1x3xf32>, tensor<6xf32>) -> tensor<1x6x6x6xf32>
    %2 = tosa.clamp %1 {min_val = 0.0 : f32, max_val = 0x7F800000 : f32} : (tensor<1x6x6x6xf32>) -> tensor<1x6x6x6xf32>
    %3 = nn.conv2d %2, %w2, %b2)" +
         conv(pads, "1") +
         ": (tensor<1x6x6x6xf32>, tensor<8x3x3x6xf32>, tensor<8xf32>) -> " +
         image + R"(
    %4 = tosa.clamp %3 {min_val = 0.0 : f32, max_val = 0x7F800000 : f32} : ()" +
         image + ") -> " + image + R"(
    %5 = nn.conv2d %4, %w3, %b3)" +
         conv("1, 1, 1, 1", "8") + ": (" + image +
         ", tensor<8x3x3x1xf32>, tensor<8xf32>) -> " + image + R"(
    %6 = tosa.clamp %5 {min_val = 0.0 : f32, max_val = 6.0 : f32} : ()" +
         image + ") -> " + image + R"(
    %7 = nn.max_pool2d %6 {kernel = array<i64: )" +
         (isPadded ? "6, 6" : "4, 4") +
         ">, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, "
         "dilations = array<i64: 1, 1>} : " +
         image + R"( -> tensor<1x1x1x8xf32>
    %8 = tosa.reshape %7, %flat : (tensor<1x1x1x8xf32>, !tosa.shape<2>) -> tensor<1x8xf32>
    %9 = nn.linear %8, %w4, %b4 : (tensor<1x8xf32>, tensor<5x8xf32>, tensor<5xf32>) -> tensor<1x5xf32>
    return %9 : tensor<1x5xf32>
  })";
}

/// Returns how many results the convolutions have once channels are removed,
/// and expects the same results up to `tolerance`.
static SmallVector<int64_t> countResults(StringRef text, float tolerance) {
  PrepareHarness harness;
  auto module = mlir::parseSourceString<ModuleOp>(text, &harness.context);
  if (!module)
    return {};
  std::vector<HostTensor> before = harness.runModule(*module, 1);
  mlir::PassManager manager(&harness.context);
  manager.nest<mlir::func::FuncOp>().addPass(
      createRemoveConstantChannels({/*channelGroup=*/1}));
  EXPECT_TRUE(succeeded(manager.run(*module)));
  std::vector<HostTensor> after = harness.runModule(*module, 1);
  for (auto [wanted, found] : llvm::zip_equal(before, after))
    for (auto [a, b] :
         llvm::zip_equal(wanted.data<float>(), found.data<float>()))
      EXPECT_LE(std::abs(a - b), tolerance * std::abs(a));
  SmallVector<int64_t> counts;
  module->walk([&](nn::Conv2DOp op) {
    counts.push_back(
        cast<RankedTensorType>(op.getResult().getType()).getShape().back());
  });
  return counts;
}

static float keep(int64_t, float value) { return value; }

TEST(ConstantChannelsTest, DeadOnesGo) {
  // Behind ReLU channels 1 and 3 are 0; 5 of the second layer is, behind what
  // is never negative; 2 of the depthwise one is its bias.
  SmallVector<int64_t> counts = countResults(
      makeNetwork([](int64_t row,
                     float value) { return row == 1 || row == 3 ? 0 : value; },
                  [](int64_t row, float value) {
                    return row == 1 || row == 3 ? -1.0f : value;
                  }),
      1e-6f);
  EXPECT_EQ(counts, (SmallVector<int64_t>{4, 6, 6}));
}

TEST(ConstantChannelsTest, OthersThanZeroEndAtABorder) {
  auto rows = [](int64_t row, float value) { return row == 1 ? 0 : value; };
  auto bias = [](int64_t row, float value) { return row == 1 ? 1.5f : value; };
  EXPECT_EQ(countResults(makeNetwork(rows, bias), 1e-6f),
            (SmallVector<int64_t>{6, 6, 6}));
  EXPECT_EQ(countResults(makeNetwork(rows, bias, "0, 0, 0, 0"), 1e-5f),
            (SmallVector<int64_t>{5, 6, 6}));
}

TEST(ConstantChannelsTest, OneIsKept) {
  auto zero = [](int64_t, float) { return 0.0f; };
  EXPECT_EQ(countResults(makeNetwork(zero, zero), 1e-6f),
            (SmallVector<int64_t>{1, 6, 6}));
}

TEST(ConstantChannelsTest, NothingIsProvenOfAnInput) {
  // Rows that are never positive mean nothing where the input may be negative.
  SmallVector<int64_t> counts = countResults(
      makeNetwork([](int64_t, float value) { return -std::abs(value); }, keep),
      1e-6f);
  EXPECT_EQ(counts, (SmallVector<int64_t>{6, 6, 6}));
}

TEST(ConstantChannelsTest, PreparingRemovesThem) {
  PrepareHarness harness;
  OwningOpRef<ModuleOp> module = harness.expectUnchanged(makeNetwork(
      [](int64_t row, float value) { return row >= 4 ? 0 : value; },
      [](int64_t row, float value) { return row >= 4 ? -1.0f : value; }));
  ASSERT_TRUE(module);
  SmallVector<int64_t> channels;
  module->walk([&](nn::Conv2DOp op) {
    channels.push_back(
        cast<RankedTensorType>(op.getResult().getType()).getShape().back());
  });
  // Six of the others' eight channels would fill no group of four.
  EXPECT_EQ(channels, (SmallVector<int64_t>{4, 8, 8}));
}
