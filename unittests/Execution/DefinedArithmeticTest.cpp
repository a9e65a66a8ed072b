//===- DefinedArithmeticTest.cpp - functions without a library (N70) ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function of the defined arithmetic against the C library in f64, over
// its range and at its rims.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include <limits>

using namespace narrow;
using namespace narrow::testing;

namespace {
struct Function {
  const char *name;
  const char *op; ///< Of one f32 tensor.
  double (*expected)(double);
  double low, high;
  double tolerance; ///< Relative to the result, or to the smallest normal.
};

/// GoogleTest's way to name a parameter.
void PrintTo(const Function &function, std::ostream *os) {
  *os << function.name;
}
} // namespace

static double roundEven(double x) { return std::nearbyint(x); }
static double gelu(double x) { return 0.5 * x * std::erfc(-x * M_SQRT1_2); }
static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
static double reciprocalRoot(double x) { return 1 / std::sqrt(x); }
static double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

static const Function kFunctions[] = {
    {"acos", "nn.unary", std::acos, -0.99, 0.99, 3e-6},
    {"acosh", "nn.unary", std::acosh, 1.001, 1e6, 4e-7},
    {"asin", "nn.unary", std::asin, -1, 1, 5e-7},
    {"asinh", "nn.unary", std::asinh, -1e6, 1e6, 4e-7},
    {"atan", "nn.unary", std::atan, -1e3, 1e3, 5e-6},
    {"atanh", "nn.unary", std::atanh, -0.999, 0.999, 4e-7},
    {"cosh", "nn.unary", std::cosh, -80, 80, 4e-7},
    {"erf", "nn.unary", std::erf, -5, 5, 1e-6},
    {"round", "nn.unary", roundEven, -9, 9, 0},
    {"sinh", "nn.unary", std::sinh, -80, 80, 4e-7},
    {"sqrt", "nn.unary", std::sqrt, 0, 1e9, 6e-8},
    {"tan", "nn.unary", std::tan, -1.5, 1.5, 1e-6},
    {"softplus", "nn.unary", softplus, -20, 90, 4e-7},
    {"gelu", "nn.unary", gelu, -1, 8, 2e-6},
    {"ceil", "tosa.ceil", std::ceil, -9, 9, 0},
    {"floor", "tosa.floor", std::floor, -9, 9, 0},
    {"cos", "tosa.cos", std::cos, -1.5, 1.5, 1e-6},
    {"sin", "tosa.sin", std::sin, -3, 3, 1e-6},
    {"exp", "tosa.exp", std::exp, -87, 88, 2e-7},
    {"log", "tosa.log", std::log, 1.01, 1e9, 2e-7},
    {"reciprocal root", "tosa.rsqrt", reciprocalRoot, 1e-3, 1e9, 2e-7},
    {"sigmoid", "tosa.sigmoid", sigmoid, -60, 60, 4e-7},
    {"tanh", "tosa.tanh", std::tanh, -9, 9, 4e-7},
};

/// Runs one function over `x` in the defined arithmetic.
static std::vector<float> runFunction(const Function &function,
                                      std::vector<float> x) {
  Harness harness;
  std::string type = "tensor<" + std::to_string(x.size()) + "xf32>";
  std::string op = function.op;
  std::string body =
      op == "nn.unary"
          ? "nn.unary " + std::string(function.name) + " %x : " + type
          : op + " %x : (" + type + ") -> " + type;
  auto module = mlir::parseSourceString<ModuleOp>(
      "func.func @main(%x: " + type + ") -> " + type + " { %0 = " + body +
          " return %0 : " + type + " }",
      &harness.context);
  std::vector<HostTensor> outputs;
  HostTensor input(ElementKind::F32, {int64_t(x.size())});
  llvm::copy(x, input.data<float>().begin());
  auto executor = FloatExecutor::create(*module, FloatArithmetic::Defined);
  if (!executor) {
    ADD_FAILURE() << llvm::toString(executor.takeError());
    return x;
  }
  if (llvm::Error error = (*executor)->run({input}, outputs))
    ADD_FAILURE() << llvm::toString(std::move(error));
  return outputs[0].toFloats();
}

class DefinedFunction : public ::testing::TestWithParam<Function> {};

TEST_P(DefinedFunction, IsNearTheRealOne) {
  const Function &function = GetParam();
  std::vector<float> x;
  constexpr int kSteps = 20001;
  for (int i = 0; i < kSteps; ++i) {
    x.push_back(function.low +
                (function.high - function.low) * i / (kSteps - 1));
    // As many near zero, over all magnitudes.
    float small = std::ldexp(1 + float(i % 97) / 97, -(i % 40));
    for (float near : {small, -small})
      if (near >= function.low && near <= function.high)
        x.push_back(near);
  }
  std::vector<float> found = runFunction(function, x);
  double worst = 0;
  float at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = function.expected(x[i]);
    double scale =
        std::max(std::abs(expected), double(std::numeric_limits<float>::min()));
    double error = std::abs(found[i] - expected) / scale;
    if (!(error <= worst)) {
      worst = error;
      at = x[i];
    }
  }
  EXPECT_LE(worst, function.tolerance) << "at " << at;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(runFunction(function, {kNan, 0.5f})[0]));
}

INSTANTIATE_TEST_SUITE_P(Table, DefinedFunction,
                         ::testing::ValuesIn(kFunctions));

TEST(DefinedArithmetic, ReachesTheLimits) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  auto run = [](const char *name, std::vector<float> x) {
    for (const Function &function : kFunctions)
      if (StringRef(function.name) == name)
        return runFunction(function, x);
    return x;
  };
  std::vector<float> exp = run("exp", {-kInfinity, kInfinity, 0, -100, 200});
  EXPECT_EQ(exp[0], 0);
  EXPECT_EQ(exp[1], kInfinity);
  EXPECT_EQ(exp[2], 1);
  EXPECT_NEAR(exp[3] / std::exp(-100.0), 1, 0.02); // a subnormal number
  EXPECT_EQ(exp[4], kInfinity);
  std::vector<float> tanh = run("tanh", {-kInfinity, kInfinity});
  EXPECT_FLOAT_EQ(tanh[0], -1);
  EXPECT_FLOAT_EQ(tanh[1], 1);
  EXPECT_EQ(run("sinh", {-kInfinity, kInfinity}),
            (std::vector<float>{-kInfinity, kInfinity}));
  EXPECT_EQ(run("sigmoid", {-kInfinity, kInfinity}),
            (std::vector<float>{0, 1}));
  EXPECT_EQ(run("log", {0, 1, kInfinity}),
            (std::vector<float>{-kInfinity, 0, kInfinity}));
  EXPECT_TRUE(std::isnan(run("log", {-1})[0]));
  EXPECT_TRUE(std::isnan(run("sin", {kInfinity})[0]));
  EXPECT_NEAR(run("sin", {10000})[0], std::sin(10000.0), 1e-6);
  EXPECT_EQ(run("round", {-0.5f, 1.5f, 2.5f, 0x1p30f, -kInfinity}),
            (std::vector<float>{0, 2, 2, 0x1p30f, -kInfinity}));
  std::vector<float> zeros = run("ceil", {-0.5f, -0.0f});
  EXPECT_TRUE(std::signbit(zeros[0]) && std::signbit(zeros[1]));
}

TEST(DefinedArithmetic, RaisesToPowers) {
  Harness harness;
  auto module = mlir::parseSourceString<ModuleOp>(R"(
func.func @main(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tosa.pow %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
})",
                                                  &harness.context);
  auto executor = FloatExecutor::create(*module, FloatArithmetic::Defined);
  ASSERT_TRUE(bool(executor));
  auto x = HostTensor::get<float>({8}, {2, -2, -2, -2, 0, 0, 0, 10});
  auto y = HostTensor::get<float>({8}, {0.5f, 3, 2, 0.5f, 0, 2, -1, -3});
  std::vector<HostTensor> outputs;
  ASSERT_FALSE(bool((*executor)->run({x, y}, outputs)));
  std::vector<float> found = outputs[0].toFloats();
  EXPECT_FLOAT_EQ(found[0], std::sqrt(2.0f));
  EXPECT_FLOAT_EQ(found[1], -8);
  EXPECT_FLOAT_EQ(found[2], 4);
  EXPECT_TRUE(std::isnan(found[3]));
  EXPECT_EQ(found[4], 1);
  EXPECT_EQ(found[5], 0);
  EXPECT_EQ(found[6], std::numeric_limits<float>::infinity());
  EXPECT_FLOAT_EQ(found[7], 1e-3f);
}
