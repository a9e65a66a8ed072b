//===- CalibratorTest.cpp - ranges on observers ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Calibrator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace narrow;

namespace {

constexpr const char *kModule = R"mlir(
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  fxp.observe %x "x" : tensor<2xf32>
  return %x : tensor<2xf32>
}
)mlir";

class CalibratorTest : public ::testing::Test {
protected:
  CalibratorTest() {
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<ModuleOp>(kModule, &context);
  }
  llvm::Expected<Statistics>
  collect(const std::vector<std::vector<float>> &samples,
          ProgressCallback progress = {}) {
    return collectStatistics(
        *module, int64_t(samples.size()),
        [&](int64_t sample, ObserveCallback observe) {
          observe("x", samples[sample]);
          return llvm::Error::success();
        },
        [](int64_t sample) { return uint64_t(sample); }, progress);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(CalibratorTest, SetsRanges) {
  int64_t calls = 0;
  auto count = [&](int64_t done, int64_t total, double) {
    EXPECT_EQ(done, ++calls);
    EXPECT_EQ(total, 2);
  };
  auto statistics = collect({{-1, 2}, {0, 6}}, count);
  ASSERT_TRUE(bool(statistics));
  EXPECT_EQ(calls, 2);
  ASSERT_TRUE(
      succeeded(applyRanges(*module, *statistics, {Estimator::Average})));
  module->walk([](fxp::ObserveOp op) {
    EXPECT_EQ(*op.getRange(), ArrayRef<double>({-0.5, 4.0}));
    EXPECT_EQ(*op.getExtremes(), ArrayRef<double>({-1.0, 6.0}));
  });
}

TEST_F(CalibratorTest, NamesTheBadSample) {
  EXPECT_EQ(llvm::toString(collect({{0, 1}, {NAN, 1}}).takeError()),
            "expected finite values in calibration, found 1 NaN and 0 infinite "
            "in 'x' at sample 1");
  EXPECT_EQ(llvm::toString(collect({}).takeError()),
            "expected at least one calibration sample, found none");
}

TEST_F(CalibratorTest, InfinitiesWhereNoRangeIsNeeded) {
  context.loadDialect<nn::NnDialect, mlir::tosa::TosaDialect>();
  module = mlir::parseSourceString<ModuleOp>(R"mlir(
func.func @main(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %0 = tosa.exp %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %0 "x" : tensor<1x2xf32>
  %1 = nn.linear %0, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %1 "layer" : tensor<1x2xf32>
  %2 = tosa.log %1 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %2 "result" : tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}
)mlir",
                                             &context);
  ASSERT_TRUE(module);
  // An elementwise function may overflow; the value then gets no range.
  auto statistics = collect({{0, 1}, {INFINITY, NAN}});
  ASSERT_TRUE(bool(statistics)) << llvm::toString(statistics.takeError());
  statistics->addSample("layer", {0.0f, 1.0f});
  statistics->addSample("result", {-INFINITY, 0.0f});
  EXPECT_FALSE(bool(checkFinite(*module, *statistics)));
  ASSERT_TRUE(succeeded(applyRanges(*module, *statistics, {})));
  std::vector<bool> hasRange;
  module->walk([&](fxp::ObserveOp op) {
    hasRange.push_back(op.getRange().has_value());
    EXPECT_NE(op.getRange().has_value(), op.getNotFinite());
  });
  EXPECT_EQ(hasRange, std::vector<bool>({false, true, false}));
  // A result of the function may not be NaN, and a layer not even infinite.
  Statistics nan = *statistics;
  nan.addSample("result", {NAN});
  EXPECT_EQ(llvm::toString(checkFinite(*module, nan)),
            "expected finite values in calibration, found 1 NaN and 1 infinite "
            "in 'result' (the first that is not finite is 'x')");
  statistics->addSample("layer", {INFINITY});
  EXPECT_EQ(llvm::toString(checkFinite(*module, *statistics)),
            "expected finite values in calibration, found 0 NaN and 1 infinite "
            "in 'layer' (the first that is not finite is 'x')");
}

TEST_F(CalibratorTest, MissingStatistics) {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          message = diagnostic.str();
                                          return success();
                                        });
  EXPECT_TRUE(failed(applyRanges(*module, Statistics(), {})));
  EXPECT_EQ(message, "expected statistics of 'x', found none (for 1 of 1 "
                     "values): they are of another model, or of another "
                     "version of narrow");
}

} // namespace
