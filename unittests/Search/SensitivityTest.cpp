//===- SensitivityTest.cpp - shared prefixes against whole runs -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/Sensitivity.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Reference/Interpreter.h"
#include "narrow/Support/MainFunction.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::search;

namespace {
constexpr int kSamples = 3;

struct SensitivityTest : testing::Test {
  SensitivityTest() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::func::FuncDialect, fxp::FxpDialect>();
    reference::registerReferenceModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
  }

  /// Two layers of the weights and biases given.
  OwningOpRef<ModuleOp> parse(StringRef first, StringRef second,
                              StringRef bias = "[11, -300]",
                              StringRef type = "i8:f32, 0.25",
                              StringRef multiplier = "1006632960") {
    std::string text =
        "!x = !quant.uniform<u8:f32, 0.5:37>\n"
        "!w = !quant.uniform<" +
        type.str() +
        ">\n"
        "!y = !quant.uniform<u8:f32, 16.0:120>\n"
        "!z = !quant.uniform<u8:f32, 512.0:120>\n"
        "func.func @main(%x: tensor<9x2x!x>) -> tensor<9x2xf32> {\n"
        "%w = fxp.constant dense<" +
        first.str() +
        "> : tensor<2x2xi8> -> tensor<2x2x!w>\n"
        "%v = fxp.constant dense<" +
        second.str() +
        "> : tensor<2x2xi8> -> tensor<2x2x!w>\n"
        "%b = fxp.constant dense<" +
        bias.str() +
        "> : tensor<2xi32> -> tensor<2xi32>\n"
        "%0 = fxp.fully_connected %x, %w, %b <mode = f32, multiplier = [" +
        multiplier.str() +
        "]> {narrow.name = \"one\"} : (tensor<9x2x!x>, "
        "tensor<2x2x!w>, tensor<2xi32>) -> tensor<9x2x!y>\n"
        "%1 = fxp.fully_connected %0, %v, %b <mode = f32, multiplier = [" +
        multiplier.str() +
        "]> {narrow.name = \"two\"} : (tensor<9x2x!y>, "
        "tensor<2x2x!w>, tensor<2xi32>) -> tensor<9x2x!z>\n"
        "%2 = fxp.dequantize %1 : tensor<9x2x!z> -> tensor<9x2xf32>\n"
        "return %2 : tensor<9x2xf32>\n}\n";
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    return module;
  }

  static llvm::Error fetch(int64_t sample, std::vector<HostTensor> &hosts) {
    hosts.assign(1, HostTensor(ElementKind::F32, {9, 2}));
    auto *real = reinterpret_cast<float *>(hosts.front().bytes.data());
    for (int i = 0; i < 18; ++i)
      real[i] = static_cast<float>((i * 37 + sample * 11) % 100);
    return llvm::Error::success();
  }

  /// What a whole run of a module returns, as the float model's results.
  static PartElements runWhole(ModuleOp module) {
    struct Results : LayerVisitor {
      bool wants(Operation *op) override {
        return isa<mlir::func::ReturnOp>(op);
      }
      llvm::Error visit(Operation *op, LayerWalk &walk) override {
        for (const reference::Tensor &tensor : *walk.find(op->getOperand(0)))
          elements.push_back({tensor.floats().vec()});
        return llvm::Error::success();
      }
      PartElements elements;
    } results;
    EXPECT_FALSE(
        bool(LayerWalk(getMainFunction(module)).run(kSamples, fetch, results)));
    return results.elements;
  }

  static std::string print(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module.print(stream);
    return text;
  }

  MLIRContext context;
  const char *one = "[[40, -90], [7, 99]]", *two = "[[25, -14], [90, 3]]",
             *otherOne = "[[32, -96], [16, 96]]",
             *otherTwo = "[[32, -16], [80, 16]]";
  const char *wanted = "[[41, -89], [8, 98]]";
};
} // namespace

TEST_F(SensitivityTest, OneLayerAtATimeIsMeasuredAsAWholeRunIs) {
  auto base = parse(one, two), form = parse(otherOne, otherTwo);
  PartElements elements = runWhole(*parse(wanted, two));
  std::string before = print(*base);
  std::map<std::pair<std::string, std::string>, Noise> found;
  llvm::Error error = measureForms(
      *base, Form{"w4", *form}, elements, {fetch, fetch, 0},
      [](StringRef, StringRef) { return true; },
      [&](StringRef layer, StringRef name, Noise noise) {
        found[{layer.str(), name.str()}] = noise;
        return llvm::Error::success();
      });
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(print(*base), before);
  ASSERT_EQ(found.size(), 2u);
  auto first = parse(otherOne, two), second = parse(one, otherTwo);
  auto noise = measureNoise(getMainFunction(*first), elements, fetch);
  ASSERT_TRUE(bool(noise));
  EXPECT_EQ((found[{"one", "w4"}]), *noise);
  noise = measureNoise(getMainFunction(*second), elements, fetch);
  ASSERT_TRUE(bool(noise));
  EXPECT_EQ((found[{"two", "w4"}]), *noise);
  EXPECT_GT(noise->front(), 0);
}

TEST_F(SensitivityTest, TheBiasTakesBackTheMeanError) {
  // Weights that are all too large shift the means of both channels far.
  auto base = parse(one, two), form = parse(one, "[[35, -4], [100, 13]]");
  PartElements elements = runWhole(*base);
  auto measure = [&](int64_t training) {
    double result = -1;
    llvm::Error error = measureForms(
        *base, Form{"w4", *form}, elements, {fetch, fetch, training},
        [](StringRef layer, StringRef) { return layer == "two"; },
        [&](StringRef layer, StringRef, Noise noise) {
          EXPECT_EQ(layer, "two");
          result = noise.front();
          return llvm::Error::success();
        });
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
    return result;
  };
  double plain = measure(0), corrected = measure(kSamples);
  EXPECT_GT(plain, 0);
  EXPECT_LT(corrected, 0.8 * plain);
}

TEST_F(SensitivityTest, AnotherScaleIsAFormAndAnotherInputIsNone) {
  auto base = parse(one, two);
  auto finer = parse(one, two, "[11, -300]", "i8:f32, 0.125", "998244352");
  std::vector<WeightedLayer> layers = findWeightedLayers(*base),
                             forms = findWeightedLayers(*finer);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].name, "one");
  EXPECT_EQ(layers[0].weights, 4);
  EXPECT_TRUE(canReplace(layers[0].op, forms[0].op));
  // The second layer reads what the first makes.
  EXPECT_FALSE(canReplace(layers[0].op, forms[1].op));
}

TEST_F(SensitivityTest, AnErrorOfTheUserEndsTheMeasurement) {
  auto base = parse(one, two), form = parse(otherOne, otherTwo);
  PartElements elements = runWhole(*base);
  std::string before = print(*base);
  int calls = 0;
  llvm::Error error = measureForms(
      *base, Form{"w4", *form}, elements, {fetch, fetch, 1},
      [](StringRef, StringRef) { return true; },
      [&](StringRef, StringRef, Noise) -> llvm::Error {
        ++calls;
        return llvm::createStringError("disk full");
      });
  EXPECT_EQ(llvm::toString(std::move(error)), "disk full");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(print(*base), before);
}
