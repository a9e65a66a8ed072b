//===- FloatTapsTest.cpp - taps of a shared and of an own executor --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/FloatTaps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "gtest/gtest.h"

using namespace narrow;

// The transposed input is not observed itself; |x| may be.
static const char *const kModel = R"(
func.func @main(%x: tensor<1x2x3x2xf32>) -> tensor<1x3x2x2xf32> {
  fxp.observe %x "x" : tensor<1x2x3x2xf32>
  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x3x2xf32>) -> tensor<1x3x2x2xf32>
  %1 = tosa.abs %0 : (tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  OBSERVE
  return %1 : tensor<1x3x2x2xf32>
}
)";

namespace {
struct FloatTapsTest : testing::Test {
  FloatTapsTest() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                    fxp::FxpDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Elements of %0 and %1 for x = 1, -2, 3, ..., and whether the executor that
  /// was offered was taken.
  void run(bool isObserved, bool isOffered, bool isTaken) {
    std::string text = kModel;
    text.replace(text.find("OBSERVE"), 7,
                 isObserved ? "fxp.observe %1 \"y\" : tensor<1x3x2x2xf32>"
                            : "");
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    auto shared = FloatExecutor::create(*module);
    ASSERT_TRUE(static_cast<bool>(shared));
    FloatTaps taps(*module);
    std::vector<float> moved, absolute;
    module->walk([&](Operation *op) {
      auto keep = [&](std::vector<float> &to) {
        taps.add(op->getResult(0), [&to](ArrayRef<float> values) {
          to.assign(values.begin(), values.end());
        });
      };
      if (isa<mlir::tosa::TransposeOp>(op))
        keep(moved);
      if (isa<mlir::tosa::AbsOp>(op))
        keep(absolute);
    });
    bool wasTaken = false;
    auto offer = [&]() -> llvm::Expected<const FloatExecutor *> {
      wasTaken = true;
      return shared->get();
    };
    llvm::Error error =
        taps.prepare(isOffered ? GetExecutor(offer) : GetExecutor());
    ASSERT_FALSE(static_cast<bool>(error));
    EXPECT_EQ(wasTaken, isTaken);
    std::vector<float> x;
    for (int i = 0; i < 12; ++i)
      x.push_back(static_cast<float>(i % 2 ? -i : i));
    error = taps.run(HostTensor::get<float>({1, 2, 3, 2}, x));
    ASSERT_FALSE(static_cast<bool>(error));
    ASSERT_EQ(moved.size(), 12u);
    ASSERT_EQ(absolute.size(), 12u);
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 2; ++column)
        for (int channel = 0; channel < 2; ++channel) {
          float wanted = x[(channel * 3 + row) * 2 + column];
          int at = (row * 2 + column) * 2 + channel;
          EXPECT_EQ(moved[at], wanted);
          EXPECT_EQ(absolute[at], std::abs(wanted));
        }
  }

  MLIRContext context;
};
} // namespace

TEST_F(FloatTapsTest, TakesWhatIsCompiledWhereAllIsObserved) {
  run(/*isObserved=*/true, /*isOffered=*/true, /*isTaken=*/true);
}

TEST_F(FloatTapsTest, CompilesWhereAValueIsNotObserved) {
  run(/*isObserved=*/false, /*isOffered=*/true, /*isTaken=*/false);
  run(/*isObserved=*/true, /*isOffered=*/false, /*isTaken=*/false);
}
