//===- Activation.cpp - activation functions ------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Emits one of the dialect's functions, on a constant too.
static LogicalResult setUnary(Node &node, nn::UnaryKind kind,
                              std::optional<float> alpha = {},
                              std::optional<float> beta = {}) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  mlir::Value input = b.materialize(node[0]);
  if (!input)
    return failure();
  auto attr = [&](std::optional<float> value) {
    return value ? b.getBuilder().getF32FloatAttr(*value) : mlir::FloatAttr();
  };
  mlir::Value result = b.create<nn::UnaryOp>(input.getType(), input, kind,
                                             attr(alpha), attr(beta));
  return node.set(0, {result, node[0].type});
}

LogicalResult frontend::importFunction(Node &node, nn::UnaryKind kind) {
  return setUnary(node, kind);
}

LogicalResult frontend::importRelu(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  return node.set(
      0, node.b.clamp(node[0], 0, std::numeric_limits<double>::infinity()));
}

LogicalResult frontend::importLeakyRelu(Node &node) {
  return setUnary(node, nn::UnaryKind::LeakyRelu,
                  node.getFloat("alpha", 0.01f));
}

LogicalResult frontend::importThresholdedRelu(Node &node) {
  return setUnary(node, nn::UnaryKind::ThresholdedRelu,
                  node.getFloat("alpha", 1));
}

LogicalResult frontend::importElu(Node &node) {
  return setUnary(node, nn::UnaryKind::Elu, node.getFloat("alpha", 1));
}

LogicalResult frontend::importCelu(Node &node) {
  return setUnary(node, nn::UnaryKind::Celu, node.getFloat("alpha", 1));
}

LogicalResult frontend::importSelu(Node &node) {
  return setUnary(node, nn::UnaryKind::Selu,
                  node.getFloat("alpha", 1.67326319217681884765625f),
                  node.getFloat("gamma", 1.05070102214813232421875f));
}

LogicalResult frontend::importHardSigmoid(Node &node) {
  return setUnary(node, nn::UnaryKind::HardSigmoid,
                  node.getFloat("alpha", 0.2f), node.getFloat("beta", 0.5f));
}

LogicalResult frontend::importSwish(Node &node) {
  return setUnary(node, nn::UnaryKind::Swish, node.getFloat("alpha", 1));
}

LogicalResult frontend::importShrink(Node &node) {
  return setUnary(node, nn::UnaryKind::Shrink, node.getFloat("lambd", 0.5f),
                  node.getFloat("bias", 0));
}

LogicalResult frontend::importGelu(Node &node) {
  std::string approximation = node.getString("approximate", "none");
  if (approximation != "none" && approximation != "tanh")
    return node.error("approximate is '" + Twine(approximation) +
                      "', expected none or tanh");
  return setUnary(node, approximation == "tanh" ? nn::UnaryKind::GeluTanh
                                                : nn::UnaryKind::Gelu);
}

LogicalResult frontend::importPRelu(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
      failed(node.expectFloat(1)))
    return failure();
  const Tensor &input = node[0];
  Tensor slope = node[1];
  // Before opset 7 the slope was one number, or one for each channel.
  if (node.getOpset() < 7 && slope.getRank() == 1 && input.getRank() > 1 &&
      slope.shape[0] != 1) {
    Shape shape(input.getRank() - 1, 1);
    shape[0] = slope.shape[0];
    slope = b.reshape(slope, shape);
  }
  auto shape = broadcastShapes(input.shape, slope.shape);
  if (!shape || *shape != input.shape)
    return node.error("a slope of shape " + toString(slope.shape) +
                      " cannot be broadcast to " + toString(input.shape));
  mlir::Value value = b.materialize(input);
  mlir::Value slopes = b.materialize(b.expandRank(slope, input.getRank()));
  if (!value || !slopes)
    return failure();
  return node.set(
      0, {b.create<nn::PreluOp>(value.getType(), value, slopes), input.type});
}

/// Before opset 13 the axes from `axis` on were taken together.
static LogicalResult
importSoftmaxLike(Node &node, function_ref<Tensor(Tensor, int64_t)> emit) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)) || failed(node.expectFloat(0)))
    return failure();
  const Tensor &input = node[0];
  bool flattens = node.getOpset() < 13;
  auto axis = node.normalizeAxis(
      node.getInt("axis", flattens ? 1 : -1) -
          (flattens && input.getRank() == 1 && !node.hasAttribute("axis") ? 1
                                                                          : 0),
      input.getRank());
  if (failed(axis))
    return failure();
  int64_t last = input.getRank() - 1;
  if (!flattens || *axis == last)
    return node.set(0, emit(input, *axis));
  int64_t rows = getNumElements(ArrayRef(input.shape).take_front(*axis));
  Tensor flat = b.reshape(input, {rows, input.getNumElements() / rows});
  return node.set(0, b.reshape(emit(flat, 1), input.shape));
}

LogicalResult frontend::importSoftmax(Node &node) {
  return importSoftmaxLike(node, [&](Tensor input, int64_t axis) {
    mlir::Value value = node.b.materialize(input);
    return value ? Tensor(node.b.create<nn::SoftmaxOp>(value.getType(), value,
                                                       axis),
                          input.type)
                 : Tensor();
  });
}

LogicalResult frontend::importLogSoftmax(Node &node) {
  return importSoftmaxLike(node, [&](Tensor input, int64_t axis) {
    mlir::Value value = node.b.materialize(input);
    return value ? Tensor(node.b.create<nn::LogSoftmaxOp>(value.getType(),
                                                          value, axis),
                          input.type)
                 : Tensor();
  });
}

/// One at the first maximum of an axis, zero elsewhere.
LogicalResult frontend::importHardmax(Node &node) {
  return importSoftmaxLike(node, [&](Tensor input, int64_t axis) -> Tensor {
    TensorBuilder &b = node.b;
    Shape shape(input.getRank(), 1);
    shape[axis] = input.shape[axis];
    Literal positions(DataType::I64, shape);
    for (int64_t i = 0; i < input.shape[axis]; ++i)
      positions.integers[i] = i;
    return b.cast(
        b.binary(BinaryOp::Equal, b.argMax(input, axis), Tensor(positions)),
        input.type);
  });
}
