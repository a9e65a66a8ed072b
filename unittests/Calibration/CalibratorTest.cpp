//===- CalibratorTest.cpp - ranges on observers ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Calibrator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
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
  static llvm::Expected<Statistics>
  collect(const std::vector<std::vector<float>> &samples,
          ProgressCallback progress = {}) {
    return collectStatistics(
        int64_t(samples.size()),
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
    auto extremes =
        op->getAttrOfType<mlir::DenseF64ArrayAttr>("narrow.extremes");
    EXPECT_EQ(extremes.asArrayRef(), ArrayRef<double>({-1.0, 6.0}));
  });
}

TEST_F(CalibratorTest, NamesTheBadSample) {
  EXPECT_EQ(llvm::toString(collect({{0, 1}, {NAN, 1}}).takeError()),
            "expected finite values in calibration, found 1 NaN and 0 infinite "
            "in 'x' at sample 1");
  EXPECT_EQ(llvm::toString(collect({}).takeError()),
            "expected at least one calibration sample, found none");
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
