//===- FusedContractionTest.cpp - contractions with their surroundings ----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Contractions with constant weights are fused, those with computed ones take
// the general way: the two must agree to the bit. And what is fused when.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"
#include "narrow/FloatCode/FloatCode.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using namespace narrow::testing;

namespace {
struct ConvCase {
  int64_t batch, height, width, channels, outputs, kh, kw;
  int64_t strides[2], pads[4], dilations[2];
  bool isDepthwise = false;
};

std::string toType(ArrayRef<int64_t> shape) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + "f32>";
}

std::string toConstant(StringRef name, const HostTensor &tensor) {
  StringRef bytes(reinterpret_cast<const char *>(tensor.bytes.data()),
                  tensor.bytes.size());
  std::string type = toType(tensor.shape);
  return (name + " = \"tosa.const\"() {values = dense<\"0x" +
          llvm::toHex(bytes) + "\"> : " + type + "} : () -> " + type + "\n")
      .str();
}

SmallVector<int64_t> getOutput(const ConvCase &c) {
  auto size = [&](int64_t in, int64_t kernel, unsigned i) {
    return (in + c.pads[i] + c.pads[i + 2] - (kernel - 1) * c.dilations[i] -
            1) /
               c.strides[i] +
           1;
  };
  return {c.batch, size(c.height, c.kh, 0), size(c.width, c.kw, 1), c.outputs};
}

/// A convolution and what `tail` makes of its result `%0` as `%r`; `%e` has the
/// result's shape.
std::string toModule(const ConvCase &c, const HostTensor *weights,
                     StringRef tail) {
  std::string x = toType({c.batch, c.height, c.width, c.channels}),
              w = toType(
                  {c.outputs, c.kh, c.kw, c.isDepthwise ? 1 : c.channels}),
              b = toType({c.outputs}), out = toType(getOutput(c));
  std::string text = "func.func @main(%x: " + x + ", %w0: " + w + ", %b: " + b +
                     ", %e: " + out + ") -> " + out + " {\n";
  if (weights)
    text += toConstant("%w", *weights);
  text += llvm::formatv(
              "%0 = nn.conv2d %x, {0}, %b {{strides = array<i64: {1}, {2}>, "
              "pads = array<i64: {3}, {4}, {5}, {6}>, dilations = array<i64: "
              "{7}, {8}>, groups = {9} : i64} : ({10}, {11}, {12}) -> {13}\n",
              weights ? "%w" : "%w0", c.strides[0], c.strides[1], c.pads[0],
              c.pads[1], c.pads[2], c.pads[3], c.dilations[0], c.dilations[1],
              c.isDepthwise ? c.channels : 1, x, w, b, out)
              .str();
  std::string end = tail.str();
  for (size_t at; (at = end.find("$T")) != std::string::npos;)
    end.replace(at, 2, out);
  return text + end + "\nreturn %r : " + out + "\n}";
}

constexpr llvm::StringLiteral kAddAndClamp =
    "%s = tosa.add %0, %e : ($T, $T) -> $T\n"
    "%r = tosa.clamp %s {min_val = -0.5 : f32, max_val = 6.0 : f32} : ($T) -> "
    "$T";

class FusedConvolution : public ::testing::TestWithParam<ConvCase> {};

TEST_P(FusedConvolution, AgreesWithTheGeneralWay) {
  const ConvCase &c = GetParam();
  HostTensor x = makeValues({c.batch, c.height, c.width, c.channels}, 1),
             w = makeValues(
                 {c.outputs, c.kh, c.kw, c.isDepthwise ? 1 : c.channels}, 2),
             b = makeValues({c.outputs}, 3), e = makeValues(getOutput(c), 4);
  Harness harness;
  std::vector<HostTensor> fused =
      harness.run(toModule(c, &w, kAddAndClamp), {x, w, b, e});
  std::vector<HostTensor> general =
      harness.run(toModule(c, nullptr, kAddAndClamp), {x, w, b, e});
  ASSERT_EQ(fused.size(), 1u);
  ASSERT_EQ(general.size(), 1u);
  EXPECT_EQ(fused[0].toFloats(), general[0].toFloats());
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, FusedConvolution,
    ::testing::Values(
        ConvCase{1, 8, 30, 5, 37, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}},
        ConvCase{2, 9, 11, 3, 16, 3, 3, {2, 2}, {0, 0, 1, 1}, {1, 1}},
        // Pads as wide as the image: some taps never lie inside.
        ConvCase{1, 2, 3, 4, 8, 3, 5, {1, 1}, {2, 4, 2, 4}, {1, 1}},
        ConvCase{1, 12, 26, 4, 24, 3, 3, {1, 2}, {4, 6, 4, 6}, {2, 3}},
        // One column: the window lies along the rows alone.
        ConvCase{2, 40, 1, 3, 10, 5, 1, {1, 1}, {2, 0, 2, 0}, {1, 1}},
        ConvCase{1, 1, 50, 3, 10, 1, 7, {1, 3}, {0, 3, 0, 2}, {1, 1}},
        // Pointwise: side by side, with strides, with pads.
        ConvCase{2, 7, 7, 19, 70, 1, 1, {1, 1}, {0, 0, 0, 0}, {1, 1}},
        ConvCase{1, 9, 9, 8, 33, 1, 1, {2, 2}, {0, 0, 0, 0}, {1, 1}},
        ConvCase{1, 4, 5, 8, 9, 1, 1, {1, 1}, {1, 2, 0, 1}, {1, 1}},
        ConvCase{1, 1, 1, 300, 250, 1, 1, {1, 1}, {0, 0, 0, 0}, {1, 1}},
        // Enough weights to go by panels.
        ConvCase{1, 5, 6, 64, 160, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}},
        ConvCase{1, 9, 30, 35, 35, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, true},
        ConvCase{2, 9, 15, 64, 64, 3, 3, {2, 2}, {0, 0, 1, 1}, {1, 1}, true},
        ConvCase{1, 12, 13, 20, 20, 5, 5, {1, 2}, {4, 4, 4, 4}, {2, 2}, true},
        ConvCase{1, 20, 1, 7, 7, 3, 1, {1, 1}, {1, 0, 1, 0}, {1, 1}, true},
        ConvCase{1, 15, 5, 64, 64, 15, 5, {1, 1}, {0, 0, 0, 0}, {1, 1}, true}));

/// Lowers a module as float execution does; counts ops on buffers.
struct Counts {
  unsigned contractions = 0, others = 0, nests = 0;
};
Counts lower(Harness &harness, StringRef text, bool isFused = true) {
  floatcode::registerLowering(harness.context);
  Counts counts;
  auto module = mlir::parseSourceString<ModuleOp>(text, &harness.context);
  if (!module) {
    ADD_FAILURE() << "does not parse: " << text.str();
    return counts;
  }
  auto entry = *module->getOps<mlir::func::FuncOp>().begin();
  floatcode::addDestinations(entry);
  floatcode::BufferOptions options;
  if (isFused)
    options.fusedFor = floatcode::VectorUnit{8, 16};
  floatcode::BufferPlan plan;
  EXPECT_TRUE(
      succeeded(floatcode::lowerToBuffers(*module, entry, options, plan)));
  module->walk([&](fused::ContractionOp op) {
    ++counts.contractions;
    counts.others += op.getOthers().size();
  });
  module->walk([&](mlir::linalg::LinalgOp) { ++counts.nests; });
  return counts;
}

const ConvCase kSmall{1, 6, 6, 4, 8, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}};

Counts lowerSmall(StringRef tail, bool isFused = true, ConvCase c = kSmall) {
  Harness harness;
  HostTensor w =
      makeValues({c.outputs, c.kh, c.kw, c.isDepthwise ? 1 : c.channels}, 2);
  return lower(harness, toModule(c, &w, tail), isFused);
}
} // namespace

TEST(FuseEpilogues, TakesAdditionsAndClamps) {
  Counts counts = lowerSmall(kAddAndClamp);
  EXPECT_EQ(counts.contractions, 1u);
  EXPECT_EQ(counts.others, 1u);
  EXPECT_EQ(counts.nests, 0u);
}

TEST(FuseEpilogues, LeavesWhatOthersRead) {
  // The sum is read twice: it must be in memory.
  Counts counts = lowerSmall("%m = tosa.clamp %0 {min_val = 0.0 : f32, max_val "
                             "= 6.0 : f32} : ($T) -> $T\n"
                             "%r = tosa.add %0, %m : ($T, $T) -> $T");
  EXPECT_EQ(counts.contractions, 1u);
  EXPECT_EQ(counts.others, 0u);
  EXPECT_EQ(counts.nests, 2u);
}

TEST(FuseEpilogues, LeavesLibraryFunctions) {
  Counts counts = lowerSmall("%r = tosa.exp %0 : ($T) -> $T");
  EXPECT_EQ(counts.contractions, 1u);
  EXPECT_EQ(counts.nests, 1u);
}

TEST(FormContractions, LeavesIslandsAlone) {
  Counts counts = lowerSmall(kAddAndClamp, /*isFused=*/false);
  EXPECT_EQ(counts.contractions, 0u);
  EXPECT_GT(counts.nests, 0u);
}

TEST(FormContractions, LeavesLongWindows) {
  ConvCase c{1, 1, 40, 2, 3, 1, 17, {1, 1}, {0, 8, 0, 8}, {1, 1}};
  EXPECT_EQ(lowerSmall(kAddAndClamp, true, c).contractions, 0u);
  c = {1, 1, 40, 2, 3, 1, 16, {1, 1}, {0, 8, 0, 7}, {1, 1}};
  EXPECT_EQ(lowerSmall(kAddAndClamp, true, c).contractions, 1u);
}

TEST(FormContractions, LeavesComputedWeightsAndGroups) {
  Harness harness;
  EXPECT_EQ(
      lower(harness, toModule(kSmall, nullptr, kAddAndClamp)).contractions, 0u);
  HostTensor w = makeValues({6, 1, 1, 2}, 1);
  EXPECT_EQ(
      lower(harness,
            "func.func @main(%x: tensor<1x4x4x6xf32>, %b: tensor<6xf32>) -> "
            "tensor<1x4x4x6xf32> {\n" +
                toConstant("%w", w) +
                "%0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = "
                "array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups "
                "= 3 : i64} : (tensor<1x4x4x6xf32>, tensor<6x1x1x2xf32>, "
                "tensor<6xf32>) -> tensor<1x4x4x6xf32>\n"
                "return %0 : tensor<1x4x4x6xf32>\n}")
          .contractions,
      0u);
}

TEST(FusedLinear, AgreesWithTheGeneralWay) {
  for (int64_t rows : {1, 2, 5, 33}) {
    Harness harness;
    HostTensor x = makeValues({rows, 70}, 1), w = makeValues({141, 70}, 2),
               b = makeValues({141}, 3);
    auto text = [&](bool isConstant) {
      std::string in = toType(x.shape), out = toType({rows, 141});
      return "func.func @main(%x: " + in +
             ", %w0: tensor<141x70xf32>, %b: tensor<141xf32>) -> " + out +
             " {\n" + (isConstant ? toConstant("%w", w) : std::string()) +
             "%0 = nn.linear %x, " + (isConstant ? "%w" : "%w0") + ", %b : (" +
             in + ", tensor<141x70xf32>, tensor<141xf32>) -> " + out +
             "\nreturn %0 : " + out + "\n}";
    };
    std::vector<HostTensor> fused = harness.run(text(true), {x, w, b}),
                            general = harness.run(text(false), {x, w, b});
    ASSERT_EQ(fused.size(), 1u);
    EXPECT_EQ(fused[0].toFloats(), general[0].toFloats()) << rows << " rows";
  }
}

TEST(ChooseTile, FitsTheRegisters) {
  for (floatcode::VectorUnit unit :
       {floatcode::VectorUnit{16, 32}, {8, 16}, {4, 16}, {4, 32}})
    for (int64_t positions : {1, 3, 7, 14, 49, 112, 3136})
      for (int64_t outputs : {1, 3, 8, 16, 24, 40, 64, 100, 1000}) {
        floatcode::Tile tile =
            floatcode::chooseTile(positions, outputs, 64, unit);
        int64_t vectors = (tile.channels + unit.lanes - 1) / unit.lanes;
        // Sums, weights and an input.
        EXPECT_LE(tile.rows * vectors + vectors + 1, unit.registers);
        EXPECT_LE(tile.rows, positions);
        EXPECT_LE(tile.channels, outputs);
        EXPECT_TRUE(tile.channels == outputs ||
                    tile.channels % unit.lanes == 0);
      }
}

TEST(ChooseTile, DepthwiseFitsTheRegisters) {
  for (floatcode::VectorUnit unit :
       {floatcode::VectorUnit{16, 32}, {8, 16}, {4, 16}, {4, 32}})
    for (int64_t positions : {1, 3, 14, 112})
      for (int64_t channels : {1, 8, 16, 40, 64, 144})
        for (int64_t taps : {1, 3, 5, 7}) {
          floatcode::Tile tile =
              floatcode::chooseDepthwiseTile(positions, channels, taps, unit);
          int64_t vectors = (tile.channels + unit.lanes - 1) / unit.lanes;
          // Sums, the weights of a row of taps and an input.
          EXPECT_LE((tile.rows + taps) * vectors + 1, unit.registers);
          EXPECT_LE(tile.rows, positions);
          EXPECT_LE(tile.channels, channels);
        }
  // Whole positions where they fit: what is read next lies next.
  EXPECT_EQ(floatcode::chooseDepthwiseTile(80, 64, 3, {16, 32}).channels, 64);
  EXPECT_EQ(floatcode::chooseDepthwiseTile(80, 64, 3, {8, 16}).channels, 16);
}

TEST(ChooseTile, TakesWidthThatCostsLittle) {
  // 6 by 64 costs a quarter of a percent more than 14 by 32.
  EXPECT_EQ(floatcode::chooseTile(6400, 64, 256, {16, 32}).channels, 64);
  // Three of four vectors would be empty.
  EXPECT_EQ(floatcode::chooseTile(6400, 16, 256, {16, 32}).channels, 16);
}

TEST(ChooseTile, KeepsRowsInTheCache) {
  floatcode::VectorUnit unit{16, 32};
  // Rows a multiple of 4 KiB apart share a set of the first cache.
  EXPECT_LE(floatcode::chooseTile(64, 32, 4096, unit).rows, 6);
  EXPECT_LE(floatcode::chooseTile(64, 32, 3 * 4096, unit).rows, 6);
  EXPECT_LE(floatcode::chooseTile(64, 32, 2048, unit).rows, 12);
  EXPECT_GT(floatcode::chooseTile(64, 32, 4096 + 64, unit).rows, 6);
}

TEST(ChooseTile, StreamsTheWeightsOfOneRow) {
  floatcode::VectorUnit unit{16, 32};
  EXPECT_EQ(floatcode::chooseTile(1, 1024, 64, unit).rows, 1);
  EXPECT_GE(floatcode::chooseTile(1, 1024, 64, unit).channels, 64);
}
