//===- InterpreterTest.cpp - order, lifetimes and errors of a run ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Reference/Interpreter.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::reference;

namespace {

class InterpreterTest : public ::testing::Test {
protected:
  InterpreterTest() {
    mlir::DialectRegistry registry;
    registry.insert<fxp::FxpDialect, mlir::func::FuncDialect>();
    registerReferenceModels(registry);
    context.appendDialectRegistry(registry);
    context.allowUnregisteredDialects();
    context.loadDialect<fxp::FxpDialect>(); // and the dialect of its types
  }

  /// Parses `body` into a function of two u8 pairs, %x and %y.
  mlir::func::FuncOp parse(StringRef body, StringRef results) {
    std::string text =
        "!q = !quant.uniform<u8:f32, 1.0>\n"
        "func.func @main(%x: tensor<2x!q>, %y: tensor<2x!q>) -> " +
        results.str() + " {\n" + body.str() + "\n}\n";
    module = mlir::parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    return *module->getOps<mlir::func::FuncOp>().begin();
  }

  static Tensor pair(mlir::func::FuncOp function, char a, char b) {
    return *Tensor::fromBytes(
        cast<RankedTensorType>(function.getArgumentTypes()[0]), {a, b});
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr StringRef kAdd =
    " {lhs_multiplier = 1 : i32, rhs_multiplier = 1 : i32, shift = 0 : i32}"
    " : (tensor<2x!q>, tensor<2x!q>) -> tensor<2x!q>\n";

std::vector<int32_t> stored(const Tensor &tensor) {
  return {tensor.stored().begin(), tensor.stored().end()};
}

} // namespace

TEST_F(InterpreterTest, RunsOftenAndShowsEachValue) {
  auto function =
      parse("%c = fxp.constant dense<[10, 20]> : tensor<2xi8> -> tensor<2x!q>\n"
            "%0 = fxp.add %x, %c" +
                kAdd.str() + "%1 = fxp.add %0, %0" + kAdd.str() +
                "%2 = fxp.sub %1, %y" + kAdd.str() +
                "return %2, %0, %c, %x : tensor<2x!q>, tensor<2x!q>, "
                "tensor<2x!q>, tensor<2x!q>",
            "(tensor<2x!q>, tensor<2x!q>, tensor<2x!q>, tensor<2x!q>)");
  Interpreter interpreter(function);
  for (char i = 0; i < 3; ++i) {
    std::vector<std::vector<int32_t>> seen;
    SmallVector<Tensor> results;
    ASSERT_TRUE(succeeded(interpreter.run(
        {pair(function, i, 2), pair(function, 3, 4)}, results,
        [&](Value, const Tensor &tensor) { seen.push_back(stored(tensor)); })));
    ASSERT_EQ(results.size(), 4u);
    EXPECT_EQ(stored(results[0]), (std::vector<int32_t>{2 * (i + 10) - 3, 40}));
    EXPECT_EQ(stored(results[1]), (std::vector<int32_t>{i + 10, 22}));
    EXPECT_EQ(stored(results[2]), (std::vector<int32_t>{10, 20}));
    EXPECT_EQ(stored(results[3]), (std::vector<int32_t>{i, 2}));
    EXPECT_EQ(seen,
              (std::vector<std::vector<int32_t>>{{10, 20},
                                                 {i + 10, 22},
                                                 {2 * (i + 10), 44},
                                                 {2 * (i + 10) - 3, 40}}));
  }
}

TEST_F(InterpreterTest, RefusesOtherInputsAndUnknownOps) {
  auto function =
      parse("%0 = \"other.op\"(%x) : (tensor<2x!q>) -> tensor<2x!q>\n"
            "return %0 : tensor<2x!q>",
            "tensor<2x!q>");
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          message = diagnostic.str();
                                          return success();
                                        });
  SmallVector<Tensor> results;
  Tensor input = pair(function, 1, 2);
  EXPECT_TRUE(failed(run(function, {input}, results)));
  EXPECT_EQ(message, "expected 2 inputs, found 1");
  Tensor other(RankedTensorType::get({2}, IntegerType::get(&context, 32)));
  EXPECT_TRUE(failed(run(function, {input, other}, results)));
  EXPECT_NE(message.find("expected input 1 of type"), std::string::npos)
      << message;
  EXPECT_TRUE(failed(run(function, {input, input}, results)));
  EXPECT_EQ(message,
            "expected an op with reference semantics, found 'other.op'");
}

TEST_F(InterpreterTest, InterfaceTellsWorkAndWidths) {
  auto function =
      parse("%w = fxp.constant dense<1> : tensor<3x2xi8> -> tensor<3x2x!q>\n"
            "%b = fxp.constant dense<0> : tensor<3xi32> -> tensor<3xi32>\n"
            "%0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]> : "
            "(tensor<2x!q>, tensor<3x2x!q>, tensor<3xi32>) -> tensor<3x!q>\n"
            "%1 = fxp.lookup %0 dense<0> : tensor<256xi8> : tensor<3x!q> -> "
            "tensor<3x!q>\n"
            "%2 = fxp.reshape %1 : tensor<3x!q> -> tensor<3x1x!q>\n"
            "return %2 : tensor<3x1x!q>",
            "tensor<3x1x!q>");
  SmallVector<fxp::FixedPointOpInterface> ops;
  function.walk([&](fxp::FixedPointOpInterface op) { ops.push_back(op); });
  ASSERT_EQ(ops.size(), 3u);
  EXPECT_EQ(ops[0].getMacs(), 6);
  EXPECT_EQ(ops[2].getMacs(), 0);
  EXPECT_FALSE(ops[0].commutesWithRescale());
  EXPECT_TRUE(ops[2].commutesWithRescale());
  EXPECT_EQ(ops[0].getMaxResultBits(), 32u);
  EXPECT_EQ(ops[1].getMaxResultBits(), 16u);
  EXPECT_FALSE(ops[1].isView());
  EXPECT_TRUE(ops[2].isView());
  EXPECT_TRUE(ops[0].getRequant());
  EXPECT_FALSE(ops[1].getRequant());
}
