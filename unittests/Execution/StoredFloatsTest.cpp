//===- StoredFloatsTest.cpp - weights that are floats of 16 bits ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>

using namespace narrow;
using namespace narrow::testing;

/// Runs a linear layer of one input, 1, whose weights are all finite numbers of
/// a kind, and expects each to be itself (N71).
static void expectAllExact(StringRef kind,
                           const llvm::fltSemantics &semantics) {
  std::vector<uint16_t> bits;
  std::vector<float> wanted;
  for (uint32_t i = 0; i < 65536; ++i) {
    llvm::APFloat number(semantics, llvm::APInt(16, i));
    if (!number.isFinite())
      continue;
    bool losesInfo;
    number.convert(llvm::APFloat::IEEEsingle(),
                   llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    ASSERT_FALSE(losesInfo);
    bits.push_back(static_cast<uint16_t>(i));
    wanted.push_back(number.convertToFloat());
  }
  std::string count = std::to_string(bits.size()),
              bytes = llvm::toHex(
                  StringRef(reinterpret_cast<const char *>(bits.data()),
                            2 * bits.size()));
  auto type = [&](StringRef shape, StringRef element) {
    return ("tensor<" + shape + "x" + element + ">").str();
  };
  std::string stored = type(count + "x1", kind), vector = type(count, "f32"),
              weights = type(count + "x1", "f32"),
              result = type("1x" + count, "f32");
  Harness harness;
  auto executor = harness.compile(
      "func.func @main(%x: tensor<1x1xf32>) -> " + result +
      " {\n  %s = \"tosa.const\"() {values = dense<\"0x" + bytes +
      "\"> : " + stored + "} : () -> " + stored +
      "\n  %c = \"tosa.const\"() {values = dense<1.0> : " + vector +
      "} : () -> " + vector +
      "\n  %b = \"tosa.const\"() {values = dense<0.0> : " + vector +
      "} : () -> " + vector + "\n  %w = nn.dequantize_weights %s, %c : (" +
      stored + ", " + vector + ") -> " + weights +
      "\n  %y = nn.linear %x, %w, %b : (tensor<1x1xf32>, " + weights + ", " +
      vector + ") -> " + result + "\n  return %y : " + result + "\n}");
  ASSERT_TRUE(executor);
  std::vector<HostTensor> outputs;
  ASSERT_FALSE(
      bool(executor->run({HostTensor::get<float>({1, 1}, {1})}, outputs)));
  // Zeros alone are equal and not the same: 0 + -0 is 0.
  EXPECT_EQ(outputs.front().toFloats(), wanted);
}

TEST(StoredFloats, HalvesAreExact) {
  expectAllExact("f16", llvm::APFloat::IEEEhalf());
}

TEST(StoredFloats, BrainFloatsAreExact) {
  expectAllExact("bf16", llvm::APFloat::BFloat());
}
