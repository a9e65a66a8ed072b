//===- Pooling.cpp - pools ------------------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Emits a pool of an NHWC image and brings its result to ONNX's order and
/// type.
static LogicalResult importPool(Node &node, const Window &window, bool isMax,
                                bool countPads, Tensor image,
                                DataType resultType) {
  TensorBuilder &b = node.b;
  auto size = getOutputSize(node, window, image.shape);
  if (failed(size))
    return failure();
  for (int64_t i = 0; i < 2; ++i)
    if (window.pads[i] >= window.getDilatedKernel(i) ||
        window.pads[i + 2] >= window.getDilatedKernel(i))
      return node.unsupported("padding as large as the kernel");
  mlir::Value input = b.materialize(image);
  if (!input)
    return failure();
  RankedTensorType type = b.getType(
      DataType::F32, {image.shape[0], (*size)[0], (*size)[1], image.shape[3]});
  mlir::Value value;
  if (isMax)
    value =
        b.create<nn::MaxPool2DOp>(type, input, window.kernel, window.strides,
                                  window.pads, window.dilations);
  else
    value =
        b.create<nn::AvgPool2DOp>(type, input, window.kernel, window.strides,
                                  window.pads, window.dilations, countPads);
  Tensor result = fromNhwc(b, {value, DataType::F32}, window.spatialRank);
  return node.set(0, b.cast(result, resultType));
}

LogicalResult frontend::importMaxPool(Node &node) {
  if (failed(node.expectRankAtLeast(0, 3)))
    return failure();
  if (node.hasOutput(1))
    return node.unsupported("output of indices");
  auto window = readWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  if (getBitWidth(node[0].type) > 16 && !isFloat(node[0].type))
    return node.unsupported("wide integers");
  Tensor image = toNhwc(node.b, node.b.cast(node[0], DataType::F32));
  return importPool(node, *window, true, false, image, node[0].type);
}

LogicalResult frontend::importAveragePool(Node &node) {
  if (failed(node.expectRankAtLeast(0, 3)) || failed(node.expectFloat(0)))
    return failure();
  auto window = readWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  bool countPads = node.getInt("count_include_pad", 0) != 0;
  return importPool(node, *window, false, countPads, toNhwc(node.b, node[0]),
                    node[0].type);
}

/// (Σ |x|^p)^(1/p) over windows, as a scaled average pool of the powers.
LogicalResult frontend::importLpPool(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 3)) || failed(node.expectFloat(0)))
    return failure();
  auto window = readWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  if (window->ceilMode)
    return node.unsupported("ceil_mode");
  double p = static_cast<double>(node.getInt("p", 2));
  Tensor powers = b.binary(BinaryOp::Pow, b.unary(UnaryOp::Abs, node[0]), p);
  if (failed(importPool(node, *window, false, true, toNhwc(b, powers),
                        node[0].type)))
    return failure();
  double count = static_cast<double>(window->kernel[0] * window->kernel[1]);
  Tensor sum = b.binary(BinaryOp::Mul, node.getOutput(0), count);
  return node.set(0, b.binary(BinaryOp::Pow, sum, 1 / p));
}

static LogicalResult importGlobal(Node &node, bool isMax) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 3)) || failed(node.expectFloat(0)))
    return failure();
  const Tensor &input = node[0];
  if (input.getRank() > 4) {
    SmallVector<int64_t> axes;
    for (int64_t i = 2; i < input.getRank(); ++i)
      axes.push_back(i);
    return node.set(0, isMax ? b.reduce(ReduceOp::Max, input, axes, true)
                             : b.mean(input, axes, true));
  }
  Tensor image = toNhwc(b, input);
  Window window;
  window.spatialRank = input.getRank() - 2;
  window.kernel = {image.shape[1], image.shape[2]};
  window.strides = window.dilations = {1, 1};
  window.pads = {0, 0, 0, 0};
  return importPool(node, window, isMax, false, image, input.type);
}

LogicalResult frontend::importGlobalAveragePool(Node &node) {
  return importGlobal(node, false);
}

LogicalResult frontend::importGlobalMaxPool(Node &node) {
  return importGlobal(node, true);
}

LogicalResult frontend::importGlobalLpPool(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 3)) || failed(node.expectFloat(0)))
    return failure();
  SmallVector<int64_t> axes;
  for (int64_t i = 2; i < node[0].getRank(); ++i)
    axes.push_back(i);
  double p = static_cast<double>(node.getInt("p", 2));
  Tensor powers = b.binary(BinaryOp::Pow, b.unary(UnaryOp::Abs, node[0]), p);
  return node.set(0,
                  b.binary(BinaryOp::Pow,
                           b.reduce(ReduceOp::Sum, powers, axes, true), 1 / p));
}
