//===- NormalisationTest.cpp - normalisations and functions in float ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace narrow;
using namespace narrow::testing;

namespace {
/// `[2, 3, 4]`: index of element (n, i, c).
size_t index3(size_t n, size_t i, size_t c) { return (n * 3 + i) * 4 + c; }

std::vector<HostTensor> runOn3D(StringRef body, ArrayRef<HostTensor> inputs) {
  Harness harness;
  std::string text =
      "func.func @main(%x: tensor<2x3x4xf32>, %c: tensor<4xf32>, %d: "
      "tensor<4xf32>) -> tensor<2x3x4xf32> {\n" +
      body.str() + "\nreturn %0 : tensor<2x3x4xf32>\n}";
  return harness.run(text, inputs);
}

/// Mean and variance of `values`.
std::pair<double, double> getMoments(ArrayRef<float> values) {
  double mean = 0, variance = 0;
  for (float value : values)
    mean += value / values.size();
  for (float value : values)
    variance += (value - mean) * (value - mean) / values.size();
  return {mean, variance};
}
} // namespace

TEST(Softmax, LastAndMiddleAxis) {
  HostTensor x = makeValues({2, 3, 4}, 1), c = makeValues({4}, 2);
  for (float &value : x.data<float>())
    value *= 100; // Overflows unless the maximum is taken away.
  for (bool logarithm : {false, true})
    for (int64_t axis : {1, 2}) {
      HostTensor expected = x;
      for (size_t n = 0; n < 2; ++n)
        for (size_t i = 0; i < 3; ++i)
          for (size_t ch = 0; ch < 4; ++ch) {
            double sum = 0, own = x.data<float>()[index3(n, i, ch)];
            for (size_t k = 0; k < (axis == 1 ? 3u : 4u); ++k)
              sum += std::exp(x.data<float>()[axis == 1 ? index3(n, k, ch)
                                                        : index3(n, i, k)] -
                              own);
            expected.data<float>()[index3(n, i, ch)] =
                logarithm ? -std::log(sum) : 1 / sum;
          }
      expectNear(
          runOn3D("%0 = nn." +
                      std::string(logarithm ? "log_softmax" : "softmax") +
                      " %x {axis = " + std::to_string(axis) +
                      " : i64} : tensor<2x3x4xf32>",
                  {x, c, c}),
          expected);
    }
}

TEST(BatchNorm, NormalisesChannels) {
  HostTensor x = makeValues({2, 3, 4}, 1),
             c = HostTensor::get<float>({4}, {1, 2, 3, 4}),
             d = makeValues({4}, 3), expected = x;
  for (auto [i, value] : llvm::enumerate(expected.data<float>())) {
    float scale = c.data<float>()[i % 4], other = d.data<float>()[i % 4];
    value = (value - other) / std::sqrt(scale + 1e-3f) * scale + other;
  }
  // Scale and variance are c, offset and mean d.
  expectNear(
      runOn3D("%0 = nn.batch_norm %x, %c, %d, %d, %c {epsilon = 1.0e-3 : f32} "
              ": (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, "
              "tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>",
              {x, c, d}),
      expected);
}

TEST(LayerNorm, NormalisesRows) {
  HostTensor x = makeValues({2, 3, 4}, 1), c = makeValues({4}, 2),
             d = makeValues({4}, 3), expected = x;
  for (size_t row = 0; row < 6; ++row) {
    auto [mean, variance] = getMoments(x.data<float>().slice(row * 4, 4));
    for (size_t ch = 0; ch < 4; ++ch)
      expected.data<float>()[row * 4 + ch] =
          (x.data<float>()[row * 4 + ch] - mean) / std::sqrt(variance + 1e-5) *
              c.data<float>()[ch] +
          d.data<float>()[ch];
  }
  expectNear(runOn3D("%0 = nn.layer_norm %x, %c, %d {axis = 2 : i64, epsilon = "
                     "1.0e-5 : f32} : (tensor<2x3x4xf32>, tensor<4xf32>, "
                     "tensor<4xf32>) -> tensor<2x3x4xf32>",
                     {x, c, d}),
             expected);
}

TEST(RmsNorm, DividesByRoot) {
  HostTensor x = makeValues({2, 3, 4}, 1), c = makeValues({4}, 2), expected = x;
  for (size_t row = 0; row < 6; ++row) {
    double square = 0;
    for (size_t ch = 0; ch < 4; ++ch)
      square += std::pow(x.data<float>()[row * 4 + ch], 2) / 4;
    for (size_t ch = 0; ch < 4; ++ch)
      expected.data<float>()[row * 4 + ch] *=
          c.data<float>()[ch] / std::sqrt(square + 1e-5);
  }
  expectNear(runOn3D("%0 = nn.rms_norm %x, %c {axis = 2 : i64, epsilon = "
                     "1.0e-5 : f32} : (tensor<2x3x4xf32>, tensor<4xf32>) -> "
                     "tensor<2x3x4xf32>",
                     {x, c, c}),
             expected);
}

TEST(InstanceNorm, NormalisesChannelsOfSamples) {
  HostTensor x = makeValues({2, 3, 4}, 1), c = makeValues({4}, 2),
             d = makeValues({4}, 3), expected = x;
  for (size_t n = 0; n < 2; ++n)
    for (size_t ch = 0; ch < 4; ++ch) {
      std::vector<float> column;
      for (size_t i = 0; i < 3; ++i)
        column.push_back(x.data<float>()[index3(n, i, ch)]);
      auto [mean, variance] = getMoments(column);
      for (size_t i = 0; i < 3; ++i)
        expected.data<float>()[index3(n, i, ch)] =
            (column[i] - mean) / std::sqrt(variance + 1e-5) *
                c.data<float>()[ch] +
            d.data<float>()[ch];
    }
  expectNear(runOn3D("%0 = nn.instance_norm %x, %c, %d {epsilon = 1.0e-5 : "
                     "f32} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) "
                     "-> tensor<2x3x4xf32>",
                     {x, c, d}),
             expected);
}

TEST(Lrn, EvenWindow) {
  HostTensor x = makeValues({2, 3, 4}, 1), c = makeValues({4}, 2), expected = x;
  for (size_t row = 0; row < 6; ++row)
    for (int64_t ch = 0; ch < 4; ++ch) {
      double sum = 0; // Window of 2: this channel and the next one.
      for (int64_t i = ch; i <= std::min<int64_t>(3, ch + 1); ++i)
        sum += std::pow(x.data<float>()[row * 4 + i], 2);
      expected.data<float>()[row * 4 + ch] /=
          std::pow(1.5 + 0.5 / 2 * sum, 0.75);
    }
  expectNear(runOn3D("%0 = nn.lrn %x {size = 2 : i64, alpha = 0.5 : f32, beta "
                     "= 0.75 : f32, bias = 1.5 : f32} : tensor<2x3x4xf32>",
                     {x, c, c}),
             expected);
}

TEST(Prelu, RepeatsSlope) {
  HostTensor x = makeValues({2, 3, 4}, 1), c = makeValues({4}, 2), expected = x;
  for (auto [i, value] : llvm::enumerate(expected.data<float>()))
    value = value < 0 ? value * c.data<float>()[i % 4] : value;
  Harness harness;
  HostTensor slope = c;
  slope.shape = {1, 1, 4};
  expectNear(harness.run(R"(
func.func @main(%x: tensor<2x3x4xf32>, %s: tensor<1x1x4xf32>) -> tensor<2x3x4xf32> {
  %0 = nn.prelu %x, %s : (tensor<2x3x4xf32>, tensor<1x1x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
})",
                         {x, slope}),
             expected);
}

namespace {
struct UnaryCase {
  const char *kind;
  double (*function)(double);
  /// The inputs are `shift + spread * [-1, 1]`.
  float spread = 4, shift = 0;
  const char *parameters = "";
};

double softplus(double x) { return std::log1p(std::exp(x)); }

const UnaryCase kUnaryCases[] = {
    {"acos", std::acos, 1},
    {"acosh", std::acosh, 3, 4.5f},
    {"asin", std::asin, 1},
    {"asinh", std::asinh},
    {"atan", std::atan},
    {"atanh", std::atanh, 0.9f},
    {"celu",
     [](double x) {
       return std::fmax(0, x) + std::fmin(0, 2 * std::expm1(x / 2));
     },
     4, 0, "alpha = 2.0 : f32"},
    {"cosh", std::cosh},
    {"elu", [](double x) { return x < 0 ? 0.5 * std::expm1(x) : x; }, 4, 0,
     "alpha = 0.5 : f32"},
    {"erf", std::erf},
    {"gelu",
     [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
    {"gelu_tanh",
     [](double x) {
       return x / 2 *
              (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
     }},
    {"hard_sigmoid",
     [](double x) { return std::fmax(0, std::fmin(1, 0.25 * x + 0.5)); }, 4, 0,
     "alpha = 0.25 : f32, beta = 0.5 : f32"},
    {"hard_swish",
     [](double x) { return x * std::fmax(0, std::fmin(1, x / 6 + 0.5)); }},
    {"leaky_relu", [](double x) { return x < 0 ? 0.25 * x : x; }, 4, 0,
     "alpha = 0.25 : f32"},
    {"mish", [](double x) { return x * std::tanh(softplus(x)); }},
    {"round", std::nearbyint},
    {"selu", [](double x) { return x > 0 ? 3 * x : 6 * std::expm1(x); }, 4, 0,
     "alpha = 2.0 : f32, beta = 3.0 : f32"},
    {"shrink",
     [](double x) { return x < -1.5  ? x + 0.5
                           : x > 1.5 ? x - 0.5
                                     : 0; }, 4, 0,
     "alpha = 1.5 : f32, beta = 0.5 : f32"},
    {"sign", [](double x) { return double((x > 0) - (x < 0)); }},
    {"sinh", std::sinh},
    {"softplus", softplus},
    {"softsign", [](double x) { return x / (1 + std::fabs(x)); }},
    {"sqrt", std::sqrt, 2, 2},
    {"swish", [](double x) { return x / (1 + std::exp(-1.5 * x)); }, 4, 0,
     "alpha = 1.5 : f32"},
    {"tan", std::tan, 1.2f},
    {"thresholded_relu", [](double x) { return x > 1.5 ? x : 0; }, 4, 0,
     "alpha = 1.5 : f32"},
};
} // namespace

// All kinds in one module: one result each.
TEST(Unary, EveryKind) {
  std::string arguments, body, types, values;
  std::vector<HostTensor> inputs;
  for (auto [i, unary] : llvm::enumerate(kUnaryCases)) {
    std::string number = std::to_string(i), comma = i ? ", " : "";
    arguments += comma + "%x" + number + ": tensor<33xf32>";
    body += "%y" + number + " = nn.unary " + unary.kind + " %x" + number +
            " {" + unary.parameters + "} : tensor<33xf32>\n";
    types += comma + "tensor<33xf32>";
    values += comma + "%y" + number;
    inputs.push_back(makeValues({33}, i));
    for (float &value : inputs.back().data<float>())
      value = unary.shift + unary.spread * value;
    if (StringRef(unary.kind) == "round") // Ties.
      for (auto [j, value] : llvm::enumerate(inputs.back().data<float>()))
        value = j * 0.5f - 4;
  }
  static_assert(std::size(kUnaryCases) == nn::getMaxEnumValForUnaryKind() + 1,
                "a kind is not tested");
  Harness harness;
  auto outputs =
      harness.run("func.func @main(" + arguments + ") -> (" + types + ") {\n" +
                      body + "return " + values + " : " + types + "\n}",
                  inputs);
  ASSERT_EQ(outputs.size(), std::size(kUnaryCases));
  for (auto [i, unary] : llvm::enumerate(kUnaryCases)) {
    SCOPED_TRACE(unary.kind);
    HostTensor expected = inputs[i];
    for (float &value : expected.data<float>())
      value = float(unary.function(value));
    expectNear({outputs[i]}, expected, 2e-6f);
  }
}

TEST(Unary, SoftplusDoesNotOverflow) {
  Harness harness;
  auto outputs = harness.run(R"(
func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = nn.unary softplus %x : tensor<3xf32>
  return %0 : tensor<3xf32>
})",
                             {HostTensor::get<float>({3}, {-200, 0, 200})});
  EXPECT_EQ(outputs[0].toFloats(), (std::vector<float>{0, 0.69314718f, 200}));
}
