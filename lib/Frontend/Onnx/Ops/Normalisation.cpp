//===- Normalisation.cpp - normalisation operators ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Brings the channel (axis 1) last.
static Tensor channelsLast(TensorBuilder &b, Tensor tensor) {
  SmallVector<int64_t> perm = {0};
  for (int64_t i = 2; i < tensor.getRank(); ++i)
    perm.push_back(i);
  perm.push_back(1);
  return b.transpose(tensor, perm);
}

/// Brings the last axis back to axis 1.
static Tensor channelsSecond(TensorBuilder &b, Tensor tensor) {
  if (!tensor)
    return {};
  SmallVector<int64_t> perm = {0, tensor.getRank() - 1};
  for (int64_t i = 1; i + 1 < tensor.getRank(); ++i)
    perm.push_back(i);
  return b.transpose(tensor, perm);
}

LogicalResult frontend::importBatchNormalization(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(5)) || failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectFloat(0)))
    return failure();
  if (node.getInt("training_mode", 0) || !node.getInt("spatial", 1))
    return node.unsupported("training");
  for (size_t i = 1; i < node.getNumOutputs(); ++i)
    if (node.hasOutput(i))
      return node.unsupported("training");
  const Tensor &input = node[0];
  bool isVector = input.getRank() == 1;
  int64_t channels = isVector ? 1 : input.shape[1];
  for (size_t i = 1; i < 5; ++i)
    if (failed(node.expectFloat(i)) ||
        failed(node.expectShape(i, {channels}, "statistics")))
      return failure();
  Tensor last =
      isVector ? b.reshape(input, {input.shape[0], 1}) : channelsLast(b, input);
  SmallVector<mlir::Value> values = {b.materialize(last)};
  for (size_t i = 1; i < 5; ++i)
    values.push_back(b.materialize(node[i]));
  if (llvm::is_contained(values, mlir::Value()))
    return failure();
  Tensor result(
      b.create<nn::BatchNormOp>(
          values[0].getType(), values[0], values[1], values[2], values[3],
          values[4],
          b.getBuilder().getF32FloatAttr(node.getFloat("epsilon", 1e-5f))),
      input.type);
  return node.set(0, isVector ? b.reshape(result, input.shape)
                              : channelsSecond(b, result));
}

LogicalResult frontend::importInstanceNormalization(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectRankAtLeast(0, 3)) ||
      failed(node.expectFloat(0)))
    return failure();
  int64_t channels = node[0].shape[1];
  if (failed(node.expectShape(1, {channels}, "a scale")) ||
      failed(node.expectShape(2, {channels}, "an offset")))
    return failure();
  mlir::Value input = b.materialize(channelsLast(b, node[0]));
  mlir::Value scale = b.materialize(node[1]), offset = b.materialize(node[2]);
  if (!input || !scale || !offset)
    return failure();
  Tensor result(
      b.create<nn::InstanceNormOp>(
          input.getType(), input, scale, offset,
          b.getBuilder().getF32FloatAttr(node.getFloat("epsilon", 1e-5f))),
      node[0].type);
  return node.set(0, channelsSecond(b, result));
}

/// Every group is an instance of its own; then scale and offset for each
/// channel (or, before opset 21, for each group).
LogicalResult frontend::importGroupNormalization(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectRankAtLeast(0, 3)) ||
      failed(node.expectFloat(0)))
    return failure();
  const Tensor &input = node[0];
  int64_t channels = input.shape[1], groups = node.getInt("num_groups", 0);
  if (groups < 1 || channels % groups)
    return node.error("expected a number of groups that divides " +
                      Twine(channels) + " channels, found " + Twine(groups));
  int64_t parameters = node.getOpset() < 21 ? groups : channels;
  if (failed(node.expectShape(1, {parameters}, "a scale")) ||
      failed(node.expectShape(2, {parameters}, "an offset")))
    return failure();
  Tensor flat =
      b.reshape(input, {input.shape[0] * groups,
                        input.getNumElements() / (input.shape[0] * groups)});
  Literal ones(DataType::F32, {flat.shape[1]}), zeros(ones);
  std::fill(ones.floats.begin(), ones.floats.end(), 1.0f);
  mlir::Value value = b.materialize(flat);
  mlir::Value one = b.materialize(ones), zero = b.materialize(zeros);
  if (!value || !one || !zero)
    return failure();
  Tensor normal(b.create<nn::LayerNormOp>(value.getType(), value, one, zero,
                                          b.getBuilder().getI64IntegerAttr(1),
                                          b.getBuilder().getF32FloatAttr(
                                              node.getFloat("epsilon", 1e-5f))),
                input.type);
  Shape split = {input.shape[0], parameters,
                 input.getNumElements() / (input.shape[0] * parameters)};
  normal = b.reshape(normal, split);
  normal =
      b.binary(BinaryOp::Mul, normal, b.reshape(node[1], {1, parameters, 1}));
  normal =
      b.binary(BinaryOp::Add, normal, b.reshape(node[2], {1, parameters, 1}));
  return node.set(0, b.reshape(normal, input.shape));
}

/// Gives a scale or an offset the shape of the normalised axes.
static Tensor toNormalShape(Node &node, size_t operand, const Tensor &input,
                            int64_t axis, float fill) {
  Shape shape(input.shape.begin() + axis, input.shape.end());
  if (!node[operand]) {
    Literal literal(DataType::F32, shape);
    std::fill(literal.floats.begin(), literal.floats.end(), fill);
    return literal;
  }
  Tensor parameter = node[operand];
  while (parameter.getRank() > static_cast<int64_t>(shape.size()) &&
         parameter.shape[0] == 1)
    parameter = node.b.reshape(
        parameter, Shape(parameter.shape.begin() + 1, parameter.shape.end()));
  return node.b.broadcastTo(parameter, shape);
}

LogicalResult frontend::importLayerNormalization(Node &node) {
  return importLayerNormalization(node, 1e-5f);
}

LogicalResult frontend::importRmsNormalization(Node &node) {
  return importRmsNormalization(node, 1e-5f);
}

LogicalResult frontend::importLayerNormalization(Node &node, float epsilon) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectFloat(0)))
    return failure();
  const Tensor &input = node[0];
  auto axis = node.normalizeAxis(node.getInt("axis", -1), input.getRank());
  if (failed(axis))
    return failure();
  epsilon = node.getFloat("epsilon", epsilon);
  mlir::Value value = b.materialize(input);
  mlir::Value scale = b.materialize(toNormalShape(node, 1, input, *axis, 1));
  mlir::Value offset = b.materialize(toNormalShape(node, 2, input, *axis, 0));
  if (!value || !scale || !offset)
    return failure();
  Tensor result(
      b.create<nn::LayerNormOp>(value.getType(), value, scale, offset,
                                b.getBuilder().getI64IntegerAttr(*axis),
                                b.getBuilder().getF32FloatAttr(epsilon)),
      input.type);
  if (!node.hasOutput(1) && !node.hasOutput(2))
    return node.set(0, result);
  SmallVector<int64_t> axes;
  for (int64_t i = *axis; i < input.getRank(); ++i)
    axes.push_back(i);
  Tensor mean = b.mean(input, axes, true);
  Tensor centred = b.binary(BinaryOp::Sub, input, mean);
  Tensor variance =
      b.mean(b.binary(BinaryOp::Mul, centred, centred), axes, true);
  Tensor inverse = b.unary(
      UnaryOp::Reciprocal,
      b.unary(UnaryOp::Sqrt, b.binary(BinaryOp::Add, variance, epsilon)));
  if (failed(node.set(1, mean)) || failed(node.set(2, inverse)))
    return failure();
  return node.set(0, result);
}

LogicalResult frontend::importRmsNormalization(Node &node, float epsilon) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectFloat(0)))
    return failure();
  const Tensor &input = node[0];
  auto axis = node.normalizeAxis(node.getInt("axis", -1), input.getRank());
  if (failed(axis))
    return failure();
  mlir::Value value = b.materialize(input);
  mlir::Value scale = b.materialize(toNormalShape(node, 1, input, *axis, 1));
  if (!value || !scale)
    return failure();
  return node.set(
      0, {b.create<nn::RmsNormOp>(
              value.getType(), value, scale,
              b.getBuilder().getI64IntegerAttr(*axis),
              b.getBuilder().getF32FloatAttr(node.getFloat("epsilon", epsilon)),
              mlir::UnitAttr()),
          input.type});
}

LogicalResult frontend::importMeanVarianceNormalization(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)) || failed(node.expectFloat(0)))
    return failure();
  auto axes = node.normalizeAxes(
      node.getInts("axes").value_or(SmallVector<int64_t>{0, 2, 3}),
      node[0].getRank());
  if (failed(axes))
    return failure();
  Tensor centred =
      b.binary(BinaryOp::Sub, node[0], b.mean(node[0], *axes, true));
  Tensor variance =
      b.mean(b.binary(BinaryOp::Mul, centred, centred), *axes, true);
  Tensor deviation = b.unary(UnaryOp::Sqrt, variance);
  return node.set(0, b.binary(BinaryOp::Div, centred,
                              b.binary(BinaryOp::Add, deviation, 1e-9)));
}

LogicalResult frontend::importLpNormalization(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)) || failed(node.expectFloat(0)))
    return failure();
  auto axis = node.normalizeAxis(node.getInt("axis", -1), node[0].getRank());
  if (failed(axis))
    return failure();
  bool squares = node.getInt("p", 2) == 2;
  Tensor powers = squares ? b.binary(BinaryOp::Mul, node[0], node[0])
                          : b.unary(UnaryOp::Abs, node[0]);
  Tensor norm = b.reduce(ReduceOp::Sum, powers, {*axis}, true);
  if (squares)
    norm = b.unary(UnaryOp::Sqrt, norm);
  // Zeros stay zeros.
  return node.set(0, b.binary(BinaryOp::Div, node[0],
                              b.binary(BinaryOp::Max, norm, 1e-30)));
}

LogicalResult frontend::importLrn(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 2)) || failed(node.expectFloat(0)))
    return failure();
  int64_t size = node.getInt("size", 0);
  // Wider than all channels is as wide as all channels from every one.
  constexpr int64_t kMaxSize = 1 << 24;
  if (size < 1 || size > kMaxSize)
    return node.error("expected a 'size' of 1 to " + Twine(kMaxSize) +
                      ", found " + Twine(size));
  mlir::Value input = b.materialize(channelsLast(b, node[0]));
  if (!input)
    return failure();
  auto attr = [&](float value) {
    return b.getBuilder().getF32FloatAttr(value);
  };
  Tensor result(b.create<nn::LrnOp>(input.getType(), input,
                                    b.getBuilder().getI64IntegerAttr(size),
                                    attr(node.getFloat("alpha", 1e-4f)),
                                    attr(node.getFloat("beta", 0.75f)),
                                    attr(node.getFloat("bias", 1))),
                node[0].type);
  return node.set(0, channelsSecond(b, result));
}
