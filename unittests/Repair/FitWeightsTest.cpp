//===- FitWeightsTest.cpp - layers with fitted weights --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Reference/Interpreter.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Repair/RepairStep.h"
#include "narrow/Support/ConstantData.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <random>

using namespace narrow;

static const char *const kFloat = R"(
func.func @main(%x: tensor<8x6xf32>) -> tensor<8x3xf32> {
  %w = "tosa.const"() {values = dense<[[0.6, -1.1, 0.37, 1.75, -0.62, 0.13], [1.75, 0.4, -0.9, 0.12, 0.88, -0.35], [-0.36, 0.63, 1.75, -1.4, 0.11, 0.87]]> : tensor<3x6xf32>} : () -> tensor<3x6xf32>
  %b = "tosa.const"() {values = dense<[1.0, -2.0, 0.5]> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = nn.linear %x, %w, %b {narrow.name = "y"} : (tensor<8x6xf32>, tensor<3x6xf32>, tensor<3xf32>) -> tensor<8x3xf32>
  return %0 : tensor<8x3xf32>
}
)";

// The same weights in four bits, each the nearest.
static const char *const kQuantized = R"(
!x = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i4<-7:7>:f32:0, {SCALES}>
!y = !quant.uniform<i16:f32, 0.0078125>
func.func @main(%x: tensor<8x6xf32>) -> tensor<8x3xf32> {
  %q = fxp.quantize %x : tensor<8x6xf32> -> tensor<8x6x!x>
  %w = fxp.constant dense<[[2, -4, 1, 7, -2, 1], [7, 2, -4, 0, 4, -1], [-1, 3, 7, -6, 0, 3]]> : tensor<3x6xi8> -> tensor<3x6x!w>
  %b = fxp.constant dense<[8, -16, 4]> : tensor<3xi32> -> tensor<3xi32>
  %0 = fxp.fully_connected %q, %w, %b <mode = q31, multiplier = [1073741824], shift = [26]> {narrow.name = "y"} : (tensor<8x6x!x>, tensor<3x6x!w>, tensor<3xi32>) -> tensor<8x3x!y>
  %1 = fxp.dequantize %0 : tensor<8x3x!y> -> tensor<8x3xf32>
  return %1 : tensor<8x3xf32>
}
)";

namespace {
/// Makes all biases worse.
struct Spoil : RepairStep {
  StringRef getName() const override { return "spoil"; }
  StringRef getSummary() const override { return "makes results worse"; }
  llvm::Expected<SmallVector<RepairedLayer>> run(mlir::func::FuncOp function,
                                                 const RepairContext &,
                                                 RepairReport &) override {
    SmallVector<RepairedLayer> layers;
    function.walk([&](fxp::FullyConnectedOp op) {
      LayerState before = *LayerState::get(op), after = before;
      after.bias = makeConstant(cast<RankedTensorType>(op.getBias().getType()),
                                ArrayRef<int64_t>{800, 800, 800});
      layers.push_back({op, before});
      after.apply(op);
    });
    return layers;
  }
};

/// Makes the bias what it should be, and as much more as samples that train.
struct CountSamples : RepairStep {
  StringRef getName() const override { return "count"; }
  StringRef getSummary() const override { return "tells who repaired a layer"; }
  llvm::Expected<SmallVector<RepairedLayer>> run(mlir::func::FuncOp function,
                                                 const RepairContext &context,
                                                 RepairReport &) override {
    SmallVector<RepairedLayer> layers;
    int64_t count = context.split.training;
    function.walk([&](fxp::FullyConnectedOp op) {
      seen.push_back({count, getInteger(op)});
      LayerState before = *LayerState::get(op), after = before;
      after.bias =
          makeConstant(cast<RankedTensorType>(op.getBias().getType()),
                       ArrayRef<int64_t>{8 + count, -16 + count, 4 + count});
      layers.push_back({op, before});
      after.apply(op);
    });
    return layers;
  }

  static int64_t getInteger(fxp::FullyConnectedOp op) {
    return getIntegers(
        op.getBias().getDefiningOp<fxp::ConstantOp>().getValue())[0];
  }

  /// Of each run: the samples that train, and what it found.
  std::vector<std::pair<int64_t, int64_t>> seen;
};

struct FitWeightsTest : testing::Test {
  FitWeightsTest() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                    nn::NnDialect, fxp::FxpDialect>();
    reference::registerReferenceModels(registry);
    context.appendDialectRegistry(registry);
    parse("0.26, 0.26, 0.26", "1116691497", kQuantized);
  }

  /// `multiplier` is that of the scales, with a shift of 26.
  void parse(StringRef scales, StringRef multiplier, std::string text) {
    text.replace(text.find("SCALES"), 6, scales.str());
    text.replace(text.find("1073741824"), 10, multiplier.str());
    original = mlir::parseSourceString<ModuleOp>(kFloat, &context);
    quantized = mlir::parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(original && quantized);
  }

  /// Rows whose elements depend on each other, drawn.
  static llvm::Error draw(int64_t sample, std::vector<HostTensor> &inputs) {
    std::mt19937 random(static_cast<unsigned>(sample));
    std::uniform_real_distribution<float> uniform;
    std::vector<float> values;
    for (int row = 0; row < 8; ++row) {
      float common = 60 * uniform(random);
      for (int i = 0; i < 6; ++i)
        values.push_back(common + 20 * uniform(random));
    }
    inputs.assign(1, HostTensor::get<float>({8, 6}, values));
    return llvm::Error::success();
  }

  std::vector<RepairReport> run(StringRef names, SampleSplit split,
                                GetSample getSample,
                                bool arePairsSafe = false) {
    RepairSteps steps = *getRepairSteps(names);
    return run(steps, split, getSample, arePairsSafe);
  }
  std::vector<RepairReport> run(const RepairSteps &steps, SampleSplit split,
                                GetSample getSample,
                                bool arePairsSafe = false) {
    llvm::Expected<std::vector<RepairReport>> reports = repair(
        steps, {*original, *quantized, split, getSample, {}, arePairsSafe});
    if (!reports) {
      ADD_FAILURE() << llvm::toString(reports.takeError());
      return {};
    }
    EXPECT_TRUE(succeeded(mlir::verify(*quantized)));
    return std::move(*reports);
  }

  fxp::FullyConnectedOp getLayer() {
    fxp::FullyConnectedOp found;
    quantized->walk([&](fxp::FullyConnectedOp op) { found = op; });
    return found;
  }
  SmallVector<int64_t> getIntegersOf(unsigned operand) {
    return getIntegers(getLayer()
                           ->getOperand(operand)
                           .getDefiningOp<fxp::ConstantOp>()
                           .getValue());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> original, quantized;
};
} // namespace

TEST_F(FitWeightsTest, WinsSignalAndNamesTheGain) {
  std::vector<RepairReport> bias = run("bias", {48, 48, 56}, draw);
  std::vector<RepairReport> fit = run("fit", {48, 48, 56}, draw);
  ASSERT_EQ(fit.size(), 1u);
  EXPECT_EQ(fit[0].name, "fit");
  EXPECT_EQ(fit[0].changed, 1);
  EXPECT_TRUE(fit[0].undone.empty());
  EXPECT_TRUE(fit[0].left.empty());
  // On top of corrected biases.
  EXPECT_DOUBLE_EQ(fit[0].errorBefore, bias[0].error);
  EXPECT_GT(fit[0].getGain(), 3);
  for (int64_t q : getIntegersOf(1))
    EXPECT_LE(std::abs(q), 7);
  fxp::QuantView weights(getLayer().getWeights().getType());
  EXPECT_FALSE(weights.hasOneScale());
}

TEST_F(FitWeightsTest, RunsEachStepOfAListAndJudgesItAlone) {
  std::vector<RepairReport> reports = run("bias,fit", {8, 6, 8}, draw);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].name, "bias");
  EXPECT_EQ(reports[1].name, "fit");
  EXPECT_DOUBLE_EQ(reports[1].errorBefore, reports[0].error);
  EXPECT_LT(reports[1].error, reports[1].errorBefore);
}

TEST_F(FitWeightsTest, UndoesAStepThatHurts) {
  run("fit", {48, 48, 56}, draw);
  SmallVector<int64_t> weights = getIntegersOf(1), bias = getIntegersOf(2);
  auto requant = getLayer().getRequant();
  Type type = getLayer().getWeights().getType();
  RepairSteps steps;
  steps.push_back(std::make_unique<Spoil>());
  std::vector<RepairReport> reports = run(steps, {48, 48, 56}, draw);
  EXPECT_EQ(reports[0].changed, 0);
  ASSERT_EQ(reports[0].undone.size(), 1u);
  EXPECT_GT(reports[0].errorWithAll, 2 * reports[0].errorBefore);
  EXPECT_EQ(reports[0].error, reports[0].errorBefore);
  EXPECT_EQ(getIntegersOf(1), weights);
  EXPECT_EQ(getIntegersOf(2), bias);
  EXPECT_EQ(getLayer().getRequant(), requant);
  EXPECT_EQ(getLayer().getWeights().getType(), type);
}

TEST_F(FitWeightsTest, ShowsEachStepWhatItsOwnSamplesMade) {
  for (SampleSplit split : {SampleSplit{8, 6, 8}, SampleSplit{6, 6, 8}}) {
    std::string text = kQuantized;
    text.replace(text.find("[8, -16, 4]"), 11, "[800, 800, 800]");
    parse("0.26, 0.26, 0.26", "1116691497", text);
    RepairSteps steps;
    std::vector<CountSamples *> counts;
    for (int i = 0; i < 2; ++i) {
      auto step = std::make_unique<CountSamples>();
      counts.push_back(step.get());
      steps.push_back(std::move(step));
    }
    std::vector<RepairReport> reports = run(steps, split, draw);
    ASSERT_EQ(reports[0].changed, 1);
    using Seen = std::vector<std::pair<int64_t, int64_t>>;
    if (split.isShared()) {
      // The samples that judge repair a network that nobody judges.
      EXPECT_EQ(counts[0]->seen, (Seen{{8, 800}, {6, 800}}));
      EXPECT_EQ(counts[1]->seen, (Seen{{8, 16}, {6, 14}}));
    } else {
      EXPECT_EQ(counts[1]->seen, (Seen{{6, 14}}));
    }
    EXPECT_EQ(CountSamples::getInteger(getLayer()), 8 + split.training);
  }
}

// What there is no room for is collected again, and is the same.
TEST_F(FitWeightsTest, FitsAlikeWhateverIsKept) {
  static const char *const kTwoFloat = R"(
func.func @main(%x: tensor<8x6xf32>) -> tensor<8x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.6, -1.1, 0.37, 1.75, -0.62, 0.13], [1.75, 0.4, -0.9, 0.12, 0.88, -0.35], [-0.36, 0.63, 1.75, -1.4, 0.11, 0.87]]> : tensor<3x6xf32>} : () -> tensor<3x6xf32>
  %b = "tosa.const"() {values = dense<[1.0, -2.0, 0.5]> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = nn.linear %x, %w, %b {narrow.name = "y"} : (tensor<8x6xf32>, tensor<3x6xf32>, tensor<3xf32>) -> tensor<8x3xf32>
  %v = "tosa.const"() {values = dense<[[0.7, -0.3, 0.2], [-0.1, 0.45, 0.66]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %c = "tosa.const"() {values = dense<[0.0, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = nn.linear %0, %v, %c {narrow.name = "z"} : (tensor<8x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<8x2xf32>
  return %1 : tensor<8x2xf32>
}
)";
  std::string text = kQuantized;
  text.replace(text.find("SCALES"), 6, "0.26, 0.26, 0.26");
  text.replace(text.find("!y ="), 4,
               R"(!v = !quant.uniform<i4<-7:7>:f32:0, {0.1, 0.1}>
!z = !quant.uniform<i16:f32, 0.0078125>
!y =)");
  text.replace(text.find("-> tensor<8x3xf32> {"), 20, "-> tensor<8x2xf32> {");
  text.replace(text.find("  %1 = fxp.deq"), std::string::npos, R"(
  %v = fxp.constant dense<[[7, -3, 2], [-1, 4, 7]]> : tensor<2x3xi8> -> tensor<2x3x!v>
  %c = fxp.constant dense<0> : tensor<2xi32> -> tensor<2xi32>
  %1 = fxp.fully_connected %0, %v, %c <mode = q31, multiplier = [1717986918], shift = [34]> {narrow.name = "z"} : (tensor<8x3x!y>, tensor<2x3x!v>, tensor<2xi32>) -> tensor<8x2x!z>
  %2 = fxp.dequantize %1 : tensor<8x2x!z> -> tensor<8x2xf32>
  return %2 : tensor<8x2xf32>
}
)");
  text.replace(text.find("1073741824"), 10, "1116691497");
  int64_t drawn = 0;
  auto repairWith = [&](int64_t room) {
    original = mlir::parseSourceString<ModuleOp>(kTwoFloat, &context);
    quantized = mlir::parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(original && quantized);
    // All but `room` of what fits may keep.
    KeptRuns runs;
    KeptRuns::add({1}, std::make_shared<int>(0), (int64_t(448) << 20) - room);
    drawn = 0;
    run("round,fit", {4, 4, 4},
        [&](int64_t sample, std::vector<HostTensor> &inputs) {
          ++drawn;
          return draw(sample, inputs);
        });
    std::string printed;
    llvm::raw_string_ostream(printed) << *quantized;
    return printed;
  };
  std::string wanted = repairWith(0);
  int64_t drawnAlways = drawn;
  for (int64_t room = 64; room < 1024; room += 64)
    EXPECT_EQ(repairWith(room), wanted);
  EXPECT_EQ(drawn, drawnAlways - 4);
}

TEST_F(FitWeightsTest, RoundsTheModelsWeightsWithoutFittingThem) {
  // Inputs that the integers hold exactly leave nothing to be fitted.
  auto getSample = [](int64_t sample,
                      std::vector<HostTensor> &inputs) -> llvm::Error {
    if (llvm::Error error = draw(sample, inputs))
      return error;
    for (float &x : inputs[0].data<float>())
      x = std::floor(x);
    return llvm::Error::success();
  };
  std::vector<RepairReport> reports =
      run("bias,round", {48, 48, 56}, getSample);
  EXPECT_EQ(reports[1].name, "round");
  EXPECT_EQ(reports[1].changed, 1);
  EXPECT_GT(reports[1].getGain(), 3);
}

TEST_F(FitWeightsTest, FitsLayersThatReadSixteenBits) {
  std::string text = kQuantized;
  text.replace(text.find("u8:f32, 0.5"), 11, "i16:f32, 0.5");
  for (size_t at; (at = text.find("xi32>")) != std::string::npos;)
    text.replace(at, 5, "xi64>");
  parse("0.26, 0.26, 0.26", "1116691497", text);
  std::vector<RepairReport> reports = run("bias,fit", {48, 48, 56}, draw);
  EXPECT_TRUE(reports[1].left.empty());
  EXPECT_EQ(reports[1].changed, 1);
  EXPECT_GT(reports[1].getGain(), 3);
}

TEST_F(FitWeightsTest, KeepsScalesThatArePowersOfTwo) {
  parse("0.25, 0.25, 0.25", "1073741824", kQuantized);
  std::vector<RepairReport> reports = run("fit", {48, 48, 56}, draw);
  EXPECT_EQ(reports[0].changed, 1);
  EXPECT_GT(reports[0].getGain(), 1);
  fxp::QuantView weights(getLayer().getWeights().getType());
  EXPECT_TRUE(llvm::all_of(weights.getScales(),
                           [](double scale) { return scale == 0.25; }));
}

TEST_F(FitWeightsTest, TakesOneSampleAndJudgesNothing) {
  std::vector<RepairReport> reports = run("fit", SampleSplit::get(1, 64), draw);
  EXPECT_EQ(reports[0].changed, 1);
  EXPECT_EQ(reports[0].getGain(), 0);
}

TEST_F(FitWeightsTest, LeavesWeightsWhereInputsSayNothing) {
  SmallVector<int64_t> weights = getIntegersOf(1);
  for (float value : {20.0f, std::numeric_limits<float>::quiet_NaN()}) {
    auto getSample = [&](int64_t, std::vector<HostTensor> &inputs) {
      inputs.assign(
          1, HostTensor::get<float>({8, 6}, std::vector<float>(48, value)));
      return llvm::Error::success();
    };
    std::vector<RepairReport> reports = run("fit", {8, 6, 8}, getSample);
    ASSERT_EQ(reports[0].left.size(), 1u);
    EXPECT_EQ(reports[0].left[0].second,
              std::isnan(value) ? "what it reads or makes is not finite"
                                : "its inputs do not vary");
    EXPECT_EQ(getIntegersOf(1), weights);
  }
}

TEST_F(FitWeightsTest, LeavesWeightsThatOthersRead) {
  std::string text = kQuantized;
  size_t at = text.find("  %1 =");
  text.insert(at, "  %2 = fxp.fully_connected %q, %w, %b <mode = q31, "
                  "multiplier = [1116691497], shift = [26]> : "
                  "(tensor<8x6x!x>, tensor<3x6x!w>, tensor<3xi32>) -> "
                  "tensor<8x3x!y>\n");
  parse("0.26, 0.26, 0.26", "1116691497", text);
  SmallVector<int64_t> weights = getIntegersOf(1);
  std::vector<RepairReport> reports = run("fit", {8, 8, 8}, draw);
  ASSERT_EQ(reports[0].left.size(), 1u);
  EXPECT_EQ(reports[0].left[0].second, "another layer has the same weights");
  EXPECT_EQ(getIntegersOf(1), weights);
}

TEST(RepairSteps, AreKnownByTheirNames) {
  EXPECT_EQ(getRepairNames(), "none, inputs, bias, scales, balance, round, "
                              "fit, all");
  EXPECT_TRUE(getRepairSteps("none")->empty());
  EXPECT_EQ(getRepairSteps("fit")->size(), 1u);
  EXPECT_EQ(getRepairSteps("all")->size(), 6u);
  RepairSteps some = *getRepairSteps("fit,bias");
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0]->getName(), "bias");
  EXPECT_FALSE(getRepairSteps("bias,none"));
  EXPECT_FALSE(getRepairSteps("biases"));
}
