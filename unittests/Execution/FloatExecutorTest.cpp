//===- FloatExecutorTest.cpp - interface of the float executor ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include <limits>
#include <thread>

using namespace narrow;
using namespace narrow::testing;

static const char *kAddAndClamp = R"(
func.func @main(%x: tensor<2x3xf32> {narrow.name = "x"}, %y: tensor<2x3xf32>) -> (tensor<2x3xf32> {narrow.name = "z"}, tensor<3x2xf32>) {
  fxp.observe %x "x" : tensor<2x3xf32>
  %0 = tosa.add %x, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  fxp.observe %0 "sum" : tensor<2x3xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  fxp.observe %1 "z" : tensor<2x3xf32>
  %p = tosa.transpose %0 {perms = array<i32: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %1, %p : tensor<2x3xf32>, tensor<3x2xf32>
})";

TEST(FloatExecutor, RunsAndObserves) {
  Harness harness;
  auto executor = harness.compile(kAddAndClamp);
  ASSERT_TRUE(executor);
  EXPECT_EQ(executor->getInputs()[0].name, "x");
  EXPECT_EQ(executor->getOutputs()[0].name, "z");
  EXPECT_EQ(executor->getObservedNames().size(), 3u);
  auto x = HostTensor::get<float>({2, 3}, {1, -2, 3, -4, 5, -6});
  auto y = HostTensor::get<float>({2, 3}, {1, 1, 1, 1, 1, 1});
  std::vector<HostTensor> outputs;
  std::vector<std::pair<std::string, std::vector<float>>> observed;
  ASSERT_FALSE(bool(executor->run(
      {x, y}, outputs, [&](StringRef name, ArrayRef<float> elements) {
        observed.emplace_back(name.str(), elements.vec());
      })));
  EXPECT_EQ(outputs[0].toFloats(), (std::vector<float>{2, 0, 4, 0, 6, 0}));
  EXPECT_EQ(outputs[1].toFloats(), (std::vector<float>{2, -3, -1, 6, 4, -5}));
  ASSERT_EQ(observed.size(), 3u);
  EXPECT_EQ(observed[0].second, x.toFloats());
  EXPECT_EQ(observed[1].first, "sum");
  EXPECT_EQ(observed[1].second, (std::vector<float>{2, -1, 4, -3, 6, -5}));
  EXPECT_EQ(observed[2].second, outputs[0].toFloats());
  // The same again: nothing is left over from the first run.
  ASSERT_FALSE(bool(executor->run({x, y}, outputs)));
  EXPECT_EQ(outputs[0].toFloats(), (std::vector<float>{2, 0, 4, 0, 6, 0}));
}

TEST(FloatExecutor, RefusesWrongInputs) {
  Harness harness;
  auto executor = harness.compile(kAddAndClamp);
  ASSERT_TRUE(executor);
  HostTensor x = makeValues({2, 3}, 1), flat = makeValues({6}, 1);
  HostTensor integers(ElementKind::I32, {2, 3});
  std::vector<HostTensor> outputs;
  EXPECT_EQ(llvm::toString(executor->run({x}, outputs)),
            "expected 2 inputs, found 1");
  EXPECT_EQ(llvm::toString(executor->run({flat, x}, outputs)),
            "expected [2, 3] f32 as input 0 'x', found [6] f32");
  EXPECT_EQ(llvm::toString(executor->run({x, integers}, outputs)),
            "expected [2, 3] f32 as input 1, found [2, 3] i32");
}

TEST(FloatExecutor, ReportsWhatCannotRun) {
  Harness harness;
  auto module = mlir::parseSourceString<ModuleOp>(R"(
func.func @main(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  return %x : tensor<?x3xf32>
})",
                                                  &harness.context);
  auto executor = FloatExecutor::create(*module);
  ASSERT_FALSE(bool(executor));
  EXPECT_NE(
      llvm::toString(executor.takeError())
          .find("expected static tensors of numbers as inputs and outputs"),
      std::string::npos);
}

TEST(FloatExecutor, NamesWhatHasNoLowering) {
  Harness harness;
  auto module = mlir::parseSourceString<ModuleOp>(R"(
func.func @main(%x: tensor<1x4x2xf32>) -> tensor<1x4x2xf32> {
  %0 = tosa.custom %x {operator_name = "own", domain_name = "own", implementation_attrs = ""} : (tensor<1x4x2xf32>) -> tensor<1x4x2xf32> loc("node 7")
  return %0 : tensor<1x4x2xf32>
})",
                                                  &harness.context);
  ASSERT_TRUE(module);
  auto executor = FloatExecutor::create(*module);
  ASSERT_FALSE(bool(executor));
  std::string message = llvm::toString(executor.takeError());
  EXPECT_NE(message.find("node 7"), std::string::npos) << message;
  EXPECT_NE(message.find("tosa.custom"), std::string::npos) << message;
}

TEST(FloatExecutor, PassesOtherElementTypes) {
  Harness harness;
  auto outputs =
      harness.run(R"(
func.func @main(%i: tensor<3xi64>, %b: tensor<3xi1>, %j: tensor<3xi64>) -> (tensor<3xi64>, tensor<3xi1>, tensor<3xi64>) {
  %0 = tosa.select %b, %i, %j : (tensor<3xi1>, tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
  %1 = tosa.logical_not %b : (tensor<3xi1>) -> tensor<3xi1>
  return %0, %1, %i : tensor<3xi64>, tensor<3xi1>, tensor<3xi64>
})",
                  {HostTensor::get<int64_t>({3}, {1, int64_t(1) << 40, -3}),
                   HostTensor::get<bool>({3}, {true, true, false}),
                   HostTensor::get<int64_t>({3}, {7, 8, 9})});
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[0].data<int64_t>().vec(),
            (std::vector<int64_t>{1, int64_t(1) << 40, 9}));
  EXPECT_EQ(outputs[1].bytes, (std::vector<uint8_t>{0, 0, 1}));
  EXPECT_EQ(outputs[2].data<int64_t>().vec(),
            (std::vector<int64_t>{1, int64_t(1) << 40, -3}));
}

// Weights above the size at which constants become resources: they are read
// again by a second executor of the same module.
TEST(FloatExecutor, LeavesResourcesToTheModule) {
  Harness harness;
  std::string weights = "0x04000000";
  for (unsigned i = 0; i < 32 * 32; ++i)
    weights += i % 33 == 0 ? "00000040" : "00000000"; // Twice the identity.
  std::string text = R"(
func.func @main(%x: tensor<1x32xf32>) -> (tensor<1x32xf32>, tensor<32x32xf32>) {
  %w = "tosa.const"() {values = dense_resource<w> : tensor<32x32xf32>} : () -> tensor<32x32xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<32xf32>} : () -> tensor<32xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<1x32xf32>
  return %0, %w : tensor<1x32xf32>, tensor<32x32xf32>
}
{-# dialect_resources: { builtin: { w: ")" +
                     weights + "\" } } #-}";
  auto module = mlir::parseSourceString<ModuleOp>(text, &harness.context);
  ASSERT_TRUE(module);
  HostTensor x = makeValues({1, 32}, 1);
  for (unsigned round = 0; round < 2; ++round) {
    auto executor = FloatExecutor::create(*module);
    ASSERT_TRUE(bool(executor));
    std::vector<HostTensor> outputs;
    ASSERT_FALSE(bool((*executor)->run({x}, outputs)));
    EXPECT_EQ(outputs[0].data<float>()[7], 2 * x.data<float>()[7]);
    EXPECT_EQ(outputs[1].data<float>()[33], 2);
  }
}

TEST(FloatExecutor, ServesThreadsAtOnce) {
  Harness harness;
  auto executor = harness.compile(kAddAndClamp);
  ASSERT_TRUE(executor);
  constexpr unsigned kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (unsigned t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      HostTensor x = makeValues({2, 3}, t), y = makeValues({2, 3}, 0);
      for (unsigned i = 0; i < 100; ++i) {
        std::vector<HostTensor> outputs;
        ASSERT_FALSE(bool(executor->run({x, y}, outputs)));
        ASSERT_EQ(outputs[1].data<float>()[0],
                  x.data<float>()[0] + y.data<float>()[0]);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

// Views whose rows have gaps, in front of layers that move along rows.
TEST(FloatExecutor, ReadsRowsWithGaps) {
  Harness harness;
  HostTensor x = makeValues({1, 3, 6, 2}, 3);
  std::vector<HostTensor> outputs = harness.run(R"(
func.func @main(%x: tensor<1x3x6x2xf32>) -> (tensor<3x2xf32>, tensor<1x3x6x6xf32>) {
  %start = tosa.const_shape {values = dense<[0, 0, 0, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<[1, 3, 6, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %flat = tosa.const_shape {values = dense<[3, 6]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %image = tosa.const_shape {values = dense<[1, 1, 3, 6]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %w = "tosa.const"() {values = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]]> : tensor<2x6xf32>} : () -> tensor<2x6xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %k = "tosa.const"() {values = dense<2.0> : tensor<6x1x1x1xf32>} : () -> tensor<6x1x1x1xf32>
  %kb = "tosa.const"() {values = dense<0.0> : tensor<6xf32>} : () -> tensor<6xf32>
  %0 = tosa.slice %x, %start, %size : (tensor<1x3x6x2xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x3x6x1xf32>
  %1 = tosa.reshape %0, %flat : (tensor<1x3x6x1xf32>, !tosa.shape<2>) -> tensor<3x6xf32>
  %2 = nn.linear %1, %w, %b : (tensor<3x6xf32>, tensor<2x6xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %3 = tosa.reshape %0, %image : (tensor<1x3x6x1xf32>, !tosa.shape<4>) -> tensor<1x1x3x6xf32>
  %4 = nn.conv2d %3, %k, %kb {dilations = array<i64: 1, 1>, groups = 6 : i64, pads = array<i64: 1, 0, 1, 3>, strides = array<i64: 1, 1>} : (tensor<1x1x3x6xf32>, tensor<6x1x1x1xf32>, tensor<6xf32>) -> tensor<1x3x6x6xf32>
  return %2, %4 : tensor<3x2xf32>, tensor<1x3x6x6xf32>
})",
                                                {x});
  ASSERT_EQ(outputs.size(), 2u);
  ArrayRef<float> in = x.data<float>(), products = outputs[0].data<float>(),
                  image = outputs[1].data<float>();
  for (int64_t row = 0; row < 3; ++row) {
    float sum = 0;
    for (int64_t k = 0; k < 6; ++k) {
      float value = in[(row * 6 + k) * 2 + 1];
      sum += value * float(k + 1);
      EXPECT_EQ(image[(6 + row) * 6 + k], 2 * value);
    }
    EXPECT_NEAR(products[row * 2], sum, 1e-5f);
    EXPECT_EQ(products[row * 2 + 1], in[(row * 6 + 5) * 2 + 1]);
  }
}

// N70: rows of infinities, quotients that CPUs trap at, conversions of NaN; in
// both arithmetics.
TEST(FloatExecutor, GivesRimsTheirValues) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  Harness harness;
  auto module = mlir::parseSourceString<ModuleOp>(R"(
func.func @main(%x: tensor<3x2xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<4xi32>, tensor<3x2xi32>) {
  %0 = tosa.reduce_max %x {axis = 1 : i32} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %1 = tosa.reduce_min %x {axis = 1 : i32} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %2 = tosa.reduce_max %x {axis = 1 : i32, nan_mode = IGNORE} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %3 = tosa.intdiv %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %4 = tosa.cast %x : (tensor<3x2xf32>) -> tensor<3x2xi32>
  return %0, %1, %2, %3, %4 : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<4xi32>, tensor<3x2xi32>
})",
                                                  &harness.context);
  ASSERT_TRUE(module);
  auto x = HostTensor::get<float>({3, 2}, {-kInf, -kInf, kInf, kInf, kNan, 1});
  auto a = HostTensor::get<int32_t>({4}, {7, kLeast, kLeast, -7});
  auto b = HostTensor::get<int32_t>({4}, {0, -1, 0, 2});
  for (FloatArithmetic arithmetic :
       {FloatArithmetic::Native, FloatArithmetic::Defined}) {
    auto executor = FloatExecutor::create(*module, arithmetic);
    ASSERT_TRUE(bool(executor)) << llvm::toString(executor.takeError());
    std::vector<HostTensor> outputs;
    ASSERT_FALSE(bool((*executor)->run({x, a, b}, outputs)));
    std::vector<float> max = outputs[0].toFloats(), min = outputs[1].toFloats(),
                       number = outputs[2].toFloats();
    EXPECT_EQ(max[0], -kInf);
    EXPECT_EQ(min[1], kInf);
    EXPECT_TRUE(std::isnan(max[2]) && std::isnan(min[2]));
    EXPECT_EQ(number, (std::vector<float>{-kInf, kInf, 1}));
    EXPECT_EQ(ArrayRef<int32_t>(outputs[3].data<int32_t>()),
              ArrayRef<int32_t>({0, kLeast, 0, -3}));
    ArrayRef<int32_t> converted = outputs[4].data<int32_t>();
    EXPECT_EQ(converted[0], kLeast);
    EXPECT_EQ(converted[2], std::numeric_limits<int32_t>::max());
    EXPECT_EQ(converted[4], 0);
  }
}
