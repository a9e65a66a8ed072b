//===- QLinear.cpp - operators on stored integers -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each is the float operator between a step to reals and one to integers.
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "Handlers.h"
#include "ImageOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Returns the reals of operand `index`, behind which its scale and its zero
/// point stand.
static Tensor getReals(Node &node, size_t index, int64_t axis = 0) {
  return dequantize(node, node[index], node[index + 1], node[index + 2], axis);
}

/// Sets the result to `real` in the integers of the scale and zero point from
/// operand `index` on.
static LogicalResult setStored(Node &node, Tensor real, size_t index,
                               DataType type, int64_t axis = 0) {
  return node.set(
      0, quantize(node, std::move(real), node[index], node[index + 1],
                  node[index + 1] ? node[index + 1].type : type, axis));
}

LogicalResult frontend::importQLinearMatMul(Node &node) {
  if (failed(node.expectOperands(8)))
    return failure();
  // Rows of the left and columns of the right matrix may have own scales.
  Tensor lhs = getReals(node, 0, -2), rhs = getReals(node, 3, -1);
  noteLayer(node, rhs, rhs.getRank() - 1, Tensor());
  return setStored(node, node.b.matmul(lhs, rhs), 6, node[0].type, -2);
}

/// Returns biases, whose scales are those of the products.
static Tensor getBias(Node &node, Tensor bias, const Tensor &input,
                      const Tensor &weights, double factor = 1) {
  TensorBuilder &b = node.b;
  if (!bias)
    return bias;
  if (bias.type != DataType::I32) {
    (void)node.error("expected a bias of type int32, found " +
                     getName(bias.type));
    return {};
  }
  Tensor scale = b.binary(BinaryOp::Mul, b.reshape(input, {}), weights);
  if (scale && scale.getNumElements() == 1)
    scale = b.reshape(scale, {});
  if (factor != 1)
    scale = b.binary(BinaryOp::Mul, scale, factor);
  Tensor reals = b.binary(BinaryOp::Mul, b.cast(bias, DataType::F32), scale);
  if (reals && bias.literal && scale.literal)
    reals.origin =
        std::make_shared<Origin>(Origin{bias.literal, scale.literal, 0});
  return reals;
}

LogicalResult frontend::importQLinearConv(Node &node) {
  if (failed(node.expectOperands(8)))
    return failure();
  Tensor input = getReals(node, 0), weights = getReals(node, 3);
  if (!input || !weights)
    return failure();
  Tensor bias = getBias(node, node[8], node[1], node[4]);
  noteLayer(node, weights, 0, bias);
  return setStored(node, emitConv(node, input, weights, bias), 6, node[0].type);
}

/// Y = alpha · A' · B' + C; of reals where no scale of a result is given.
LogicalResult frontend::importQGemm(Node &node) {
  if (failed(node.expectOperands(6)))
    return failure();
  Tensor scale = node[7], zero = node[8];
  DataType type = node[0].type;
  Tensor a = getReals(node, 0);
  Tensor b = getReals(node, 3, node.getInt("transB", 0) ? 0 : 1);
  Tensor c =
      getBias(node, node[6], node[1], node[4], node.getFloat("alpha", 1));
  if (!a || !b)
    return failure();
  node.setOperands({a, b, c});
  if (failed(importGemm(node)))
    return failure();
  if (!scale)
    return mlir::success();
  return node.set(0, quantize(node, node.getOutput(0), scale, zero,
                              zero ? zero.type : type, 0));
}

static LogicalResult importQLinearBinary(Node &node, BinaryOp op) {
  if (failed(node.expectOperands(2)))
    return failure();
  Tensor lhs = getReals(node, 0), rhs = getReals(node, 3);
  return setStored(node, node.b.binary(op, lhs, rhs), 6, node[0].type);
}

LogicalResult frontend::importQLinearAdd(Node &node) {
  return importQLinearBinary(node, BinaryOp::Add);
}

LogicalResult frontend::importQLinearMul(Node &node) {
  return importQLinearBinary(node, BinaryOp::Mul);
}

/// Operands: a condition, then three for each side and two for the result.
LogicalResult frontend::importQLinearWhere(Node &node) {
  if (failed(node.expectOperands(9)))
    return failure();
  Tensor onTrue = getReals(node, 1), onFalse = getReals(node, 4);
  if (!onTrue || !onFalse)
    return failure();
  Tensor scale = node[7], zero = node[8];
  node.setOperands({node[0], onTrue, onFalse});
  if (failed(importWhere(node)))
    return failure();
  return node.set(0,
                  quantize(node, node.getOutput(0), scale, zero, zero.type, 0));
}

/// Imports an operator of one operand by the float operator's `handler`.
static LogicalResult importQLinearUnary(Node &node,
                                        LogicalResult (*handler)(Node &)) {
  if (failed(node.expectOperands(2)))
    return failure();
  if (node.getInt("channels_last", 0))
    return node.unsupported("channels_last");
  Tensor real = getReals(node, 0), scale = node[3], zero = node[4];
  DataType type = node[0].type;
  if (!real)
    return failure();
  node.setOperands({real});
  if (failed(handler(node)))
    return failure();
  return node.set(0, quantize(node, node.getOutput(0), scale, zero,
                              zero ? zero.type : type, 0));
}

LogicalResult frontend::importQLinearAveragePool(Node &node) {
  return importQLinearUnary(node, importAveragePool);
}

LogicalResult frontend::importQLinearGlobalAveragePool(Node &node) {
  return importQLinearUnary(node, importGlobalAveragePool);
}

LogicalResult frontend::importQLinearLeakyRelu(Node &node) {
  return importQLinearUnary(node, importLeakyRelu);
}

LogicalResult frontend::importQLinearSigmoid(Node &node) {
  return importQLinearUnary(
      node, [](Node &inner) { return importUnary(inner, UnaryOp::Sigmoid); });
}

LogicalResult frontend::importQLinearSoftmax(Node &node) {
  // What its axis means is ONNX's of that opset.
  int64_t opset = node.getInt("opset", 13);
  if (opset < 1)
    return node.error("expected an attribute 'opset' above zero, found " +
                      Twine(opset));
  node.setOpset(opset);
  return importQLinearUnary(node, importSoftmax);
}

/// Operands: the result's scale and zero point, then three for each part.
LogicalResult frontend::importQLinearConcat(Node &node) {
  if (failed(node.expectOperands(5)))
    return failure();
  if (node.getNumOperands() % 3 != 2)
    return node.error("expected a scale, a zero point and three operands for "
                      "each part, found " +
                      Twine(node.getNumOperands()) + " operands");
  SmallVector<Tensor> parts;
  for (size_t i = 2; i < node.getNumOperands(); i += 3)
    parts.push_back(getReals(node, i));
  if (!llvm::all_of(parts, [](const Tensor &part) { return bool(part); }))
    return failure();
  Tensor scale = node[0], zero = node[1];
  node.setOperands(std::move(parts));
  if (failed(importConcat(node)))
    return failure();
  return node.set(0,
                  quantize(node, node.getOutput(0), scale, zero, zero.type, 0));
}
