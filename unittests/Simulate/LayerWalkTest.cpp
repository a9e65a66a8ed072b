//===- LayerWalkTest.cpp - the walk's values are the interpreter's --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/LayerWalk.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Reference/Interpreter.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"
#include <random>

using namespace narrow;
using reference::Tensor;

namespace {
/// Keeps what a function returns, and the order of what it was shown.
struct Results : LayerVisitor {
  bool wants(Operation *op) override {
    return isa<mlir::func::ReturnOp, fxp::Conv2DOp>(op);
  }
  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    ++visited;
    if (isa<mlir::func::ReturnOp>(op))
      if (const SampleTensors *found = walk.find(op->getOperand(0)))
        tensors = *found;
    return llvm::Error::success();
  }

  int64_t visited = 0;
  SampleTensors tensors;
};

/// Sizes of a drawn contraction.
struct Sizes {
  int64_t height, width, channels, outputs, groups;
  int64_t kernel, stride, dilation, pad;
};

struct LayerWalkTest : testing::Test {
  LayerWalkTest() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::func::FuncDialect, fxp::FxpDialect>();
    reference::registerReferenceModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<fxp::FxpDialect>();
  }

  /// `count` integers of `bytes` bytes as the hexadecimal text of a constant.
  std::string drawBytes(int64_t count, int64_t bytes, int low, int high) {
    std::string data;
    for (int64_t i = 0; i < count; ++i) {
      int64_t value = std::uniform_int_distribution<int>(low, high)(random);
      for (int64_t byte = 0; byte < bytes; ++byte)
        data.push_back(static_cast<char>(value >> (8 * byte)));
    }
    return "dense<\"0x" + llvm::toHex(data) + "\">";
  }

  /// A convolution of inputs of 8 or 16 bits with a requantisation in f32
  /// (N22): nothing but the sums can differ.
  std::string drawConvolution(const Sizes &s, bool isWide = false) {
    auto size = [&](int64_t in) {
      return (in + 2 * s.pad - (s.kernel - 1) * s.dilation - 1) / s.stride + 1;
    };
    auto tensor = [](ArrayRef<int64_t> sizes, StringRef element) {
      std::string text = "tensor<";
      for (int64_t extent : sizes)
        text += std::to_string(extent) + "x";
      return text + element.str() + ">";
    };
    auto list = [](StringRef name, int64_t value, int count) {
      std::string text = name.str() + " = array<i64: ";
      for (int i = 0; i < count; ++i)
        text += (i ? ", " : "") + std::to_string(value);
      return text + ">, ";
    };
    SmallVector<int64_t> shape{s.outputs, s.kernel, s.kernel,
                               s.channels / s.groups};
    int64_t weights = ShapedType::getNumElements(shape);
    std::string x = tensor({2, s.height, s.width, s.channels}, "!x");
    std::string w = tensor(shape, "!w"),
                b = tensor(s.outputs, isWide ? "i64" : "i32");
    std::string y = tensor({2, size(s.height), size(s.width), s.outputs}, "!y");
    return std::string(isWide ? "!x = !quant.uniform<i16:f32, 0.5>\n"
                                "!y = !quant.uniform<i16:f32, 16.0>\n"
                              : "!x = !quant.uniform<u8:f32, 0.5:37>\n"
                                "!y = !quant.uniform<u8:f32, 16.0:120>\n") +
           "!w = !quant.uniform<i8:f32, 0.25:3>\n"
           "func.func @main(%x: " +
           x + ") -> " + y + " {\n%w = fxp.constant " +
           drawBytes(weights, 1, -128, 127) + " : " + tensor(shape, "i8") +
           " -> " + w + "\n%b = fxp.constant " +
           drawBytes(s.outputs, isWide ? 8 : 4, -9000, 9000) + " : " + b +
           " -> " + b +
           "\n%0 = fxp.conv2d %x, %w, %b <mode = f32, "
           "multiplier = [1006632960]> {" +
           list("strides", s.stride, 2) + list("pads", s.pad, 4) +
           list("dilations", s.dilation, 2) +
           "groups = " + std::to_string(s.groups) + " : i64} : (" + x + ", " +
           w + ", " + b + ") -> " + y + "\nreturn %0 : " + y + "\n}\n";
  }

  /// Runs three drawn samples by the walk and by the interpreter.
  void compare(const std::string &text) {
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    auto function = *module->getOps<mlir::func::FuncOp>().begin();
    auto type = cast<RankedTensorType>(function.getArgumentTypes().front());
    fxp::QuantView view(type);
    std::vector<HostTensor> samples;
    std::vector<Tensor> inputs;
    for (int sample = 0; sample < 3; ++sample) {
      Tensor input(type);
      HostTensor host(ElementKind::F32, type.getShape());
      auto *real = reinterpret_cast<float *>(host.bytes.data());
      for (auto [i, q] : llvm::enumerate(input.stored())) {
        q = std::uniform_int_distribution<int>(
            static_cast<int>(view.getStorageRange().lo),
            static_cast<int>(view.getStorageRange().hi))(random);
        real[i] = static_cast<float>(
            view.getScale() * static_cast<double>(q - view.getZeroPoint()));
      }
      inputs.push_back(input);
      samples.push_back(host);
    }
    Results results;
    llvm::Error error = LayerWalk(function).run(
        3,
        [&](int64_t sample, std::vector<HostTensor> &hosts) {
          hosts.assign(1, samples[sample]);
          return llvm::Error::success();
        },
        results);
    ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
    ASSERT_EQ(results.tensors.size(), 3u);
    EXPECT_EQ(results.visited, 2);
    for (int sample = 0; sample < 3; ++sample) {
      SmallVector<Tensor> expected;
      ASSERT_TRUE(
          succeeded(reference::run(function, inputs[sample], expected)));
      EXPECT_EQ(expected.front().stored(), results.tensors[sample].stored())
          << text;
    }
  }

  MLIRContext context;
  std::mt19937 random{1};
};
} // namespace

TEST_F(LayerWalkTest, ConvolutionsEqualTheInterpreter) {
  // Odd depths, rows of patches that are the input itself, groups, depthwise,
  // more and fewer outputs than a vector's, strides, dilations, pads.
  Sizes cases[] = {
      {7, 9, 3, 5, 1, 3, 1, 1, 1},     {8, 8, 16, 40, 1, 1, 1, 1, 0},
      {8, 8, 15, 16, 1, 1, 1, 1, 0},   {9, 7, 12, 24, 4, 3, 2, 1, 1},
      {11, 8, 20, 20, 20, 3, 1, 1, 1}, {12, 12, 6, 6, 6, 3, 2, 1, 0},
      {13, 13, 5, 33, 1, 3, 1, 2, 2},  {5, 5, 8, 17, 1, 5, 1, 1, 2},
      {6, 6, 4, 8, 2, 1, 2, 1, 0},     {10, 4, 2, 1, 1, 3, 3, 1, 1}};
  for (const Sizes &sizes : cases) {
    compare(drawConvolution(sizes));
    compare(drawConvolution(sizes, /*isWide=*/true));
  }
}

namespace {
/// At a convolution, runs the rest with the weights of another module's.
struct Fork : LayerVisitor {
  explicit Fork(Operation *other) : other(other) {}

  bool wants(Operation *op) override {
    return isa<mlir::func::ReturnOp, fxp::Conv2DOp>(op);
  }
  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    if (isa<mlir::func::ReturnOp>(op)) {
      plain = *walk.find(op->getOperand(0));
      return llvm::Error::success();
    }
    if (++convolutions != 2)
      return llvm::Error::success();
    Operation *weights =
        OpBuilder(op).clone(*other->getOperand(1).getDefiningOp());
    Value own = op->getOperand(1);
    op->setOperand(1, weights->getResult(0));
    llvm::Error error = walk.runFrom(op, changed);
    op->setOperand(1, own);
    weights->erase();
    return error;
  }

  Operation *other;
  int convolutions = 0;
  SampleTensors plain;
  Results changed;
};
} // namespace

TEST_F(LayerWalkTest, TheRestRunsOnceMoreWithOtherWeights) {
  auto make = [&](StringRef second) {
    return "!x = !quant.uniform<u8:f32, 0.5:37>\n"
           "!w = !quant.uniform<i8:f32, 0.25:3>\n"
           "!y = !quant.uniform<u8:f32, 16.0:120>\n"
           "!z = !quant.uniform<u8:f32, 512.0:120>\n"
           "func.func @main(%x: tensor<1x3x3x2x!x>) -> tensor<1x3x3x2x!z> {\n"
           "%w = fxp.constant dense<[[[[40, -90]]], [[[7, 99]]]]> : "
           "tensor<2x1x1x2xi8> -> tensor<2x1x1x2x!w>\n"
           "%v = fxp.constant dense<" +
           second.str() +
           "> : tensor<2x1x1x2xi8> -> tensor<2x1x1x2x!w>\n"
           "%b = fxp.constant dense<[11, -300]> : tensor<2xi32> -> "
           "tensor<2xi32>\n"
           "%0 = fxp.conv2d %x, %w, %b <mode = f32, multiplier = [1006632960]>"
           " {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, "
           "dilations = array<i64: 1, 1>, groups = 1 : i64} : "
           "(tensor<1x3x3x2x!x>, tensor<2x1x1x2x!w>, tensor<2xi32>) -> "
           "tensor<1x3x3x2x!y>\n"
           "%1 = fxp.conv2d %0, %v, %b <mode = f32, multiplier = [1006632960]>"
           " {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, "
           "dilations = array<i64: 1, 1>, groups = 1 : i64} : "
           "(tensor<1x3x3x2x!y>, tensor<2x1x1x2x!w>, tensor<2xi32>) -> "
           "tensor<1x3x3x2x!z>\n"
           "return %1 : tensor<1x3x3x2x!z>\n}\n";
  };
  auto parse = [&](StringRef second) {
    return mlir::parseSourceString<ModuleOp>(make(second), &context);
  };
  auto one = parse("[[[[25, -14]]], [[[90, 3]]]]");
  auto other = parse("[[[[-77, 81]]], [[[-8, 64]]]]");
  ASSERT_TRUE(one && other);
  auto function = *one->getOps<mlir::func::FuncOp>().begin();
  auto otherFunction = *other->getOps<mlir::func::FuncOp>().begin();
  auto fetch = [&](int64_t sample, std::vector<HostTensor> &hosts) {
    hosts.assign(1, HostTensor(ElementKind::F32, {1, 3, 3, 2}));
    auto *real = reinterpret_cast<float *>(hosts.front().bytes.data());
    for (int i = 0; i < 18; ++i)
      real[i] = static_cast<float>((i * 37 + sample * 11) % 120);
    return llvm::Error::success();
  };
  Results plain, changed;
  ASSERT_FALSE(bool(LayerWalk(function).run(2, fetch, plain)));
  ASSERT_FALSE(bool(LayerWalk(otherFunction).run(2, fetch, changed)));
  Operation *second =
      otherFunction.front().getTerminator()->getOperand(0).getDefiningOp();
  Fork fork(second);
  ASSERT_FALSE(bool(LayerWalk(function).run(2, fetch, fork)));
  for (int sample = 0; sample < 2; ++sample) {
    EXPECT_EQ(fork.plain[sample].stored(), plain.tensors[sample].stored());
    EXPECT_EQ(fork.changed.tensors[sample].stored(),
              changed.tensors[sample].stored());
    EXPECT_NE(plain.tensors[sample].stored(), changed.tensors[sample].stored());
  }
}
