//===- KeptExecutorsTest.cpp - equal modules are compiled once ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace narrow;
using namespace narrow::testing;

/// Adds `number` and observes the sum under `name`.
static std::string makeText(StringRef number, StringRef name) {
  return ("func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
          "  %c = \"tosa.const\"() {values = dense<" +
          number +
          "> : tensor<2xf32>} : () -> tensor<2xf32>\n"
          "  %0 = tosa.add %x, %c : (tensor<2xf32>, tensor<2xf32>) -> "
          "tensor<2xf32>\n"
          "  fxp.observe %0 \"" +
          name +
          "\" : tensor<2xf32>\n"
          "  return %0 : tensor<2xf32>\n}\n")
      .str();
}

/// The names of a compiled module lie with its code.
static const std::string *getCode(const FloatExecutor &executor) {
  return executor.getObservedNames().data();
}

TEST(KeptExecutors, GiveEqualModulesAgainAsLongAsTheyLive) {
  Harness harness;
  std::unique_ptr<FloatExecutor> first, second, later;
  {
    KeptExecutors kept;
    first = harness.compile(makeText("1.0", "s"));
    // Other locations make no other module.
    second = harness.compile("\n\n" + makeText("1.0", "s"));
    EXPECT_EQ(getCode(*first), getCode(*second));
    KeptExecutors inner;
    EXPECT_EQ(getCode(*first), getCode(*harness.compile(makeText("1.0", "s"))));
  }
  later = harness.compile(makeText("1.0", "s"));
  EXPECT_NE(getCode(*first), getCode(*later));
  // What was kept serves on.
  std::vector<HostTensor> outputs;
  ASSERT_FALSE(
      bool(second->run({HostTensor::get<float>({2}, {1, -2})}, outputs)));
  EXPECT_EQ(outputs[0].toFloats(), (std::vector<float>{2, -1}));
}

TEST(KeptExecutors, TellModulesApart) {
  Harness harness;
  KeptExecutors kept;
  auto plain = harness.compile(makeText("1.0", "s"));
  auto number = harness.compile(makeText("2.0", "s"));
  auto name = harness.compile(makeText("1.0", "t"));
  EXPECT_NE(getCode(*plain), getCode(*number));
  EXPECT_NE(getCode(*plain), getCode(*name));
  auto module =
      mlir::parseSourceString<ModuleOp>(makeText("1.0", "s"), &harness.context);
  auto defined = FloatExecutor::create(*module, FloatArithmetic::Defined);
  ASSERT_TRUE(bool(defined));
  EXPECT_NE(getCode(*plain), getCode(**defined));
}
