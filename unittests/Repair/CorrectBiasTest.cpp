//===- CorrectBiasTest.cpp - the mean error after correction --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Reference/Interpreter.h"
#include "narrow/Repair/RepairStep.h"
#include "narrow/Support/ConstantData.h"
#include "gtest/gtest.h"
#include <tuple>

using namespace narrow;

// Weights of 0.5 and -1.25 that 2-bit integers can only round to 1 and -1, on
// an input that is 2 and 4 on average.
static const char *const kFloat = R"(
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.25]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %b = "tosa.const"() {values = dense<[3.0]> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %w, %b {narrow.name = "y"} : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
)";

static const char *const kQuantized = R"(
!x = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8<-1:1>:f32, 1.0>
!y = !quant.uniform<i16:f32, 0.5>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %q = fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!x>
  %w = fxp.constant dense<[[1, -1]]> : tensor<1x2xi8> -> tensor<1x2x!w>
  %b = fxp.constant dense<6> : tensor<1xi32> -> tensor<1xi32>
  %0 = fxp.fully_connected %q, %w, %b <mode = q31, multiplier = [1073741824], shift = [30]> SOURCE : (tensor<1x2x!x>, tensor<1x2x!w>, tensor<1xi32>) -> tensor<1x1x!y>
  %1 = fxp.dequantize %0 : tensor<1x1x!y> -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}
)";

// Fifteen rows of 0.2, which integers of a step of 0.5 take for 0, and one
// of 8. The function is 0 for the former and 7 for the latter, in integers too,
// until the bias makes up for what the empty rows lose.
static const char *const kSparseFloat = R"(
func.func @main(%x: tensor<16x1xf32>) -> tensor<16x1xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %b = "tosa.const"() {values = dense<-1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %w, %b : (tensor<16x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<16x1xf32>
  %1 = tosa.clamp %0 {narrow.name = "y", min_val = 0.0 : f32, max_val = 16.0 : f32} : (tensor<16x1xf32>) -> tensor<16x1xf32>
  return %1 : tensor<16x1xf32>
}
)";

static const char *const kSparseQuantized = R"(
!x = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8:f32, 0.0078125>
!y = !quant.uniform<u8:f32, 0.0625>
func.func @main(%x: tensor<16x1xf32>) -> tensor<16x1xf32> {
  %q = fxp.quantize %x : tensor<16x1xf32> -> tensor<16x1x!x>
  %w = fxp.constant dense<127> : tensor<1x1xi8> -> tensor<1x1x!w>
  %b = fxp.constant dense<-256> : tensor<1xi32> -> tensor<1xi32>
  %0 = fxp.fully_connected %q, %w, %b <mode = q31, multiplier = [1073741824], shift = [34]> {narrow.name = "y"} : (tensor<16x1x!x>, tensor<1x1x!w>, tensor<1xi32>) -> tensor<16x1x!y>
  %1 = fxp.dequantize %0 : tensor<16x1x!y> -> tensor<16x1xf32>
  return %1 : tensor<16x1xf32>
}
)";

namespace {
struct CorrectBiasTest : testing::Test {
  CorrectBiasTest() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                    nn::NnDialect, fxp::FxpDialect>();
    reference::registerReferenceModels(registry);
    context.appendDialectRegistry(registry);
  }

  /// `before` stands in front of both models' layers and makes %f of %x.
  llvm::Expected<RepairReport> correct(SampleSplit split, GetSample getSample) {
    RepairSteps steps;
    steps.push_back(createCorrectBias());
    llvm::Expected<std::vector<RepairReport>> reports =
        repair(steps, {*original, *quantized, split, getSample, {}});
    if (!reports)
      return reports.takeError();
    return std::move(reports->front());
  }

  llvm::Expected<RepairReport> run(StringRef attributes, StringRef before = "",
                                   SampleSplit split = {2, 2, 2}) {
    std::string text = kQuantized, floatText = kFloat;
    text.replace(text.find("SOURCE"), 6, attributes.str());
    if (!before.empty()) {
      text.replace(text.find("  %q = fxp.quantize %x"), 22,
                   before.str() + "  %q = fxp.quantize %f");
      floatText.replace(floatText.find("nn.linear %x"), 12, "nn.linear %f");
      floatText.insert(floatText.find("  %0 ="), before.str());
    }
    original = mlir::parseSourceString<ModuleOp>(floatText, &context);
    quantized = mlir::parseSourceString<ModuleOp>(text, &context);
    return correct(split, [](int64_t sample, std::vector<HostTensor> &inputs) {
      float step = sample ? 1 : -1;
      inputs.assign(1, HostTensor::get<float>({1, 2}, {2 + step, 4 + step}));
      return llvm::Error::success();
    });
  }

  int64_t getBias() {
    int64_t bias = 0;
    quantized->walk([&](fxp::FullyConnectedOp op) {
      auto constant = op.getBias().getDefiningOp<fxp::ConstantOp>();
      bias = getIntegers(constant.getValue()).front();
    });
    return bias;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> original, quantized;
};
} // namespace

TEST_F(CorrectBiasTest, TakesTheMeanErrorBack) {
  llvm::Expected<RepairReport> result = run("{narrow.name = \"y\"}");
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->changed, 1);
  // Float: 0.5 * 2 - 1.25 * 4 + 3 = -1. Integers: 2 - 4 + b, so b = 1, which
  // is 2 steps of 0.5.
  EXPECT_EQ(getBias(), 2);
}

TEST_F(CorrectBiasTest, SeesThroughFloatOperations) {
  // |x| + 2 is 4 and 6 on average. Float: 0.5 * 4 - 1.25 * 6 + 3 = -2.5.
  // Integers: 4 - 6 + b, so b = -0.5, one step.
  llvm::Expected<RepairReport> result = run("{narrow.name = \"y\"}", R"(
  %two = "tosa.const"() {values = dense<2.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %a = tosa.abs %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %f = tosa.add %a, %two : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
)");
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->changed, 1);
  EXPECT_EQ(result->skipped, 0);
  EXPECT_EQ(getBias(), -1);
}

TEST_F(CorrectBiasTest, LeavesUnknownLayersAlone) {
  llvm::Expected<RepairReport> result = run("");
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->changed, 0);
  EXPECT_EQ(result->skipped, 1);
}

TEST_F(CorrectBiasTest, UndoesWhatHurtsOnSamplesHeldBack) {
  auto getSample = [](int64_t sample, std::vector<HostTensor> &inputs) {
    std::vector<float> rows(16, 0.2f);
    rows[sample % 16] = 8;
    inputs.assign(1, HostTensor::get<float>({16, 1}, rows));
    return llvm::Error::success();
  };
  for (bool isJudged : {false, true}) {
    original = mlir::parseSourceString<ModuleOp>(kSparseFloat, &context);
    quantized = mlir::parseSourceString<ModuleOp>(kSparseQuantized, &context);
    ASSERT_TRUE(original && quantized);
    llvm::Expected<RepairReport> result = correct(
        isJudged ? SampleSplit{4, 3, 4} : SampleSplit{4, 4, 4}, getSample);
    ASSERT_TRUE(static_cast<bool>(result));
    EXPECT_EQ(result->changed, isJudged ? 0 : 1);
    EXPECT_EQ(result->undone.size(), isJudged ? 1u : 0u);
    if (isJudged) {
      EXPECT_EQ(getBias(), -256);
      EXPECT_GT(result->errorWithAll, 1.5 * result->errorBefore);
      EXPECT_EQ(result->error, result->errorBefore);
    } else {
      // 15 / 16 of 0.2 and what the weight loses, in steps of 1 / 256.
      EXPECT_NEAR(getBias(), -256 + 49, 2);
    }
  }
}

TEST_F(CorrectBiasTest, KeepsWhatHelpsOnSamplesHeldBack) {
  llvm::Expected<RepairReport> result =
      run("{narrow.name = \"y\"}", "", {2, 1, 2});
  ASSERT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result->changed, 1);
  EXPECT_TRUE(result->undone.empty());
  EXPECT_LT(result->errorWithAll, result->errorBefore);
  EXPECT_EQ(getBias(), 2);
}

TEST(SampleSplit, HoldsSamplesBack) {
  auto split = [](int64_t count, int64_t most) {
    SampleSplit s = SampleSplit::get(count, most);
    return std::make_tuple(s.training, s.judgesBegin, s.judgesEnd);
  };
  EXPECT_EQ(split(100, 64), std::make_tuple(64, 64, 72));
  EXPECT_EQ(split(66, 64), std::make_tuple(64, 64, 66));
  EXPECT_EQ(split(64, 64), std::make_tuple(64, 56, 64));
  EXPECT_EQ(split(8, 64), std::make_tuple(8, 6, 8));
  EXPECT_EQ(split(2, 64), std::make_tuple(2, 1, 2));
  EXPECT_EQ(split(1, 64), std::make_tuple(1, 1, 1));
  SampleSplit more = SampleSplit::get(256, 256, 64);
  EXPECT_EQ(more.judgesBegin, 192);
  EXPECT_EQ(more.countJudges(), 64);
}
