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

/// Emits a pool of an image of one or two spatial axes in ONNX's order, in f32.
static Tensor emitPlanes(Node &node, const Window &window, bool isMax,
                         bool countPads, Tensor input) {
  TensorBuilder &b = node.b;
  Tensor image = toNhwc(b, input);
  auto size = getOutputSize(node, window, image.shape);
  if (failed(size))
    return {};
  for (int64_t i = 0; i < 2; ++i)
    if (window.pads[i] >= window.getDilatedKernel(i) ||
        window.pads[i + 2] >= window.getDilatedKernel(i)) {
      (void)node.unsupported("padding as large as the kernel");
      return {};
    }
  mlir::Value value = b.materialize(image);
  if (!value)
    return {};
  RankedTensorType type = b.getType(
      DataType::F32, {image.shape[0], (*size)[0], (*size)[1], image.shape[3]});
  if (isMax)
    value =
        b.create<nn::MaxPool2DOp>(type, value, window.kernel, window.strides,
                                  window.pads, window.dilations);
  else
    value =
        b.create<nn::AvgPool2DOp>(type, value, window.kernel, window.strides,
                                  window.pads, window.dilations, countPads);
  return fromNhwc(b, {value, DataType::F32}, window.spatialRank);
}

/// Emits a pool of an image in ONNX's order. A maximum or mean over a block is
/// that over depth of those over planes.
static LogicalResult importPool(Node &node, const VolumeWindow &window,
                                bool isMax, bool countPads, Tensor input) {
  TensorBuilder &b = node.b;
  DataType type = input.type;
  Tensor image = b.cast(input, DataType::F32);
  Shape in = input.shape;
  if (window.hasDepth)
    image = b.reshape(image, {in[0], in[1] * in[2], in[3], in[4]});
  Tensor result = image
                      ? emitPlanes(node, window.plane, isMax, countPads, image)
                      : Tensor();
  if (result && window.hasDepth) {
    int64_t height = result.shape[2], width = result.shape[3];
    result = b.reshape(result, {in[0], in[1], in[2], height * width});
    result = emitPlanes(node, window.depth, isMax, countPads, result);
    if (result)
      result =
          b.reshape(result, {in[0], in[1], result.shape[2], height, width});
  }
  return result ? node.set(0, b.cast(result, type)) : failure();
}

LogicalResult frontend::importMaxPool(Node &node) {
  if (failed(node.expectRankAtLeast(0, 3)))
    return failure();
  auto window = readVolumeWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  if (getBitWidth(node[0].type) > 16 && !isFloat(node[0].type))
    return node.unsupported("wide integers");
  if (failed(importPool(node, *window, true, false, node[0])))
    return failure();
  return node.hasOutput(1) ? setPoolPlaces(node, *window) : mlir::success();
}

LogicalResult frontend::importAveragePool(Node &node) {
  if (failed(node.expectRankAtLeast(0, 3)) || failed(node.expectFloat(0)))
    return failure();
  auto window = readVolumeWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  bool countPads = node.getInt("count_include_pad", 0) != 0;
  return importPool(node, *window, false, countPads, node[0]);
}

/// (Σ |x|^p)^(1/p) over windows, as a scaled average pool of the powers.
LogicalResult frontend::importLpPool(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 3)) || failed(node.expectFloat(0)))
    return failure();
  auto window = readVolumeWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  if (window->plane.ceilMode)
    return node.unsupported("ceil_mode");
  auto p = static_cast<double>(node.getInt("p", 2));
  Tensor powers = b.binary(BinaryOp::Pow, b.unary(UnaryOp::Abs, node[0]), p);
  if (!powers || failed(importPool(node, *window, false, true, powers)))
    return failure();
  int64_t count = window->plane.kernel[0] * window->plane.kernel[1] *
                  (window->hasDepth ? window->depth.kernel[0] : 1);
  Tensor sum =
      b.binary(BinaryOp::Mul, node.getOutput(0), static_cast<double>(count));
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
  VolumeWindow window;
  window.plane.spatialRank = input.getRank() - 2;
  window.plane.kernel = {input.getRank() == 4 ? input.shape[2] : 1,
                         input.shape.back()};
  window.plane.strides = window.plane.dilations = {1, 1};
  window.plane.pads = {0, 0, 0, 0};
  return importPool(node, window, isMax, false, input);
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
