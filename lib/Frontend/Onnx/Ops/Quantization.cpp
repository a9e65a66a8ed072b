//===- Quantization.cpp - quantised operators, in float -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models that are quantised already are imported as the float computation that
// they stand for: integers are exact in f32, and every requantisation is
// rounded.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "ImageOps.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Gives a scale or zero point the rank of `input`: one number for all, one for
/// each position of `axis`, or one for each block of positions.
static Tensor alignParameter(Node &node, Tensor parameter, const Tensor &input,
                             int64_t axis) {
  TensorBuilder &b = node.b;
  if (!parameter)
    return {};
  if (parameter.getNumElements() == 1)
    return b.reshape(parameter, {});
  if (axis < -input.getRank() || axis >= input.getRank()) {
    (void)node.error("axis " + Twine(axis) + " is out of range for rank " +
                     Twine(input.getRank()));
    return {};
  }
  if (axis < 0)
    axis += input.getRank();
  Shape shape(input.getRank(), 1);
  shape[axis] = input.shape[axis];
  if (parameter.getRank() == 1 && parameter.shape[0] == input.shape[axis])
    return b.reshape(parameter, shape);
  int64_t block = node.getInt("block_size", 0);
  if (parameter.getRank() != input.getRank() || block < 1 ||
      parameter.shape[axis] * block < input.shape[axis]) {
    (void)node.error("a scale or zero point of shape " +
                     toString(parameter.shape) + " does not fit shape " +
                     toString(input.shape));
    return {};
  }
  Shape split = parameter.shape, repeats(split.size() + 1, 1);
  split.insert(split.begin() + axis + 1, 1);
  repeats[axis + 1] = block;
  Shape merged = parameter.shape;
  merged[axis] *= block;
  Tensor repeated =
      b.reshape(b.tile(b.reshape(parameter, split), repeats), merged);
  return b.slice(repeated, axis, 0, input.shape[axis], 1);
}

/// (input - zero point) · scale.
static Tensor dequantize(Node &node, Tensor input, Tensor scale, Tensor zero,
                         int64_t axis) {
  TensorBuilder &b = node.b;
  Tensor real = b.cast(input, DataType::F32);
  if (zero)
    real = b.binary(
        BinaryOp::Sub, real,
        b.cast(alignParameter(node, zero, input, axis), DataType::F32));
  return b.binary(
      BinaryOp::Mul, real,
      b.cast(alignParameter(node, scale, input, axis), DataType::F32));
}

/// Divides with one rounding, through f64: a product with the reciprocal would
/// put halves on the other side of a level.
static Tensor divide(TensorBuilder &b, Tensor lhs, Tensor rhs) {
  if (!lhs || !rhs || (lhs.literal && rhs.literal))
    return b.binary(BinaryOp::Div, lhs, rhs);
  mlir::Value left = b.materialize(b.expandRank(lhs, rhs.getRank()));
  mlir::Value right = b.materialize(b.expandRank(rhs, lhs.getRank()));
  auto shape = broadcastShapes(lhs.shape, rhs.shape);
  if (!left || !right || !shape)
    return {};
  auto toDouble = [&](mlir::Value value) -> mlir::Value {
    auto type = cast<RankedTensorType>(value.getType());
    return b.create<mlir::tosa::CastOp>(type.clone(b.getBuilder().getF64Type()),
                                        value);
  };
  left = toDouble(left);
  right = toDouble(right);
  auto shift = b.getBuilder().getI8Type();
  auto shiftType = RankedTensorType::get({1}, shift);
  mlir::Value zero = b.create<mlir::tosa::ConstOp>(
      shiftType, DenseElementsAttr::get(shiftType, int8_t(0)));
  right = b.create<mlir::tosa::ReciprocalOp>(right.getType(), right);
  RankedTensorType single = b.getType(DataType::F32, *shape);
  mlir::Value quotient = b.create<mlir::tosa::MulOp>(
      single.clone(b.getBuilder().getF64Type()), left, right, zero);
  return {b.create<mlir::tosa::CastOp>(single, quotient), DataType::F32};
}

/// round(input / scale) + zero point, saturated to `type`.
static Tensor quantize(Node &node, Tensor input, Tensor scale, Tensor zero,
                       DataType type, int64_t axis) {
  TensorBuilder &b = node.b;
  if (!input)
    return {};
  unsigned bits = getBitWidth(type);
  if (!isInteger(type) || bits > 16) {
    (void)node.unsupported("quantising to type " + getName(type));
    return {};
  }
  Tensor level = b.unary(
      UnaryOp::Round,
      divide(b, b.cast(input, DataType::F32),
             b.cast(alignParameter(node, scale, input, axis), DataType::F32)));
  if (zero)
    level = b.binary(
        BinaryOp::Add, level,
        b.cast(alignParameter(node, zero, input, axis), DataType::F32));
  double low = isUnsigned(type) ? 0 : -static_cast<double>(1 << (bits - 1));
  return b.cast(b.clamp(level, low, low + (1 << bits) - 1), type);
}

LogicalResult frontend::importDequantizeLinear(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  return node.set(
      0, dequantize(node, node[0], node[1], node[2], node.getInt("axis", 1)));
}

LogicalResult frontend::importQuantizeLinear(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  auto type = static_cast<DataType>(node.getInt("output_dtype", 0));
  if (type == DataType::Undefined)
    type = node[2] ? node[2].type : DataType::U8;
  return node.set(0, quantize(node, node[0], node[1], node[2], type,
                              node.getInt("axis", 1)));
}

/// The range of the data, with zero in it, in 255 steps.
LogicalResult frontend::importDynamicQuantizeLinear(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  Tensor flat = b.reshape(node[0], {node[0].getNumElements()});
  Tensor low =
      b.binary(BinaryOp::Min, b.reduce(ReduceOp::Min, flat, {0}, false), 0.0);
  Tensor high =
      b.binary(BinaryOp::Max, b.reduce(ReduceOp::Max, flat, {0}, false), 0.0);
  Tensor scale =
      b.binary(BinaryOp::Div, b.binary(BinaryOp::Sub, high, low), 255.0);
  Tensor zero = b.unary(
      UnaryOp::Round,
      b.clamp(b.binary(BinaryOp::Div, b.unary(UnaryOp::Neg, low), scale), 0,
              255));
  Tensor level = quantize(node, node[0], scale, b.cast(zero, DataType::U8),
                          DataType::U8, 0);
  if (failed(node.set(0, level)) || failed(node.set(1, scale)))
    return failure();
  return node.set(2, b.cast(zero, DataType::U8));
}

/// Subtracts an optional zero point in i32; one for each row of a left matrix
/// is given as a vector.
static Tensor centre(Node &node, Tensor input, Tensor zero, bool perRow) {
  TensorBuilder &b = node.b;
  Tensor wide = b.cast(input, DataType::I32);
  if (!zero)
    return wide;
  zero = b.cast(zero, DataType::I32);
  if (zero.getNumElements() == 1)
    zero = b.reshape(zero, {});
  else if (perRow && zero.getRank() == 1)
    zero = b.reshape(zero, {zero.shape[0], 1});
  return b.binary(BinaryOp::Sub, wide, zero);
}

LogicalResult frontend::importMatMulInteger(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  return node.set(0, node.b.matmul(centre(node, node[0], node[2], true),
                                   centre(node, node[1], node[3], false)));
}

/// Computed in f32, which is exact below 2^24.
LogicalResult frontend::importConvInteger(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(1, 1)))
    return failure();
  Tensor one(makeScalar(DataType::F32, 1));
  Tensor sum = emitConv(node, dequantize(node, node[0], one, node[2], 0),
                        dequantize(node, node[1], one, node[3], 0), Tensor());
  return node.set(0, b.cast(b.unary(UnaryOp::Round, sum), DataType::I32));
}

LogicalResult frontend::importQLinearMatMul(Node &node) {
  if (failed(node.expectOperands(8)))
    return failure();
  // Rows of the left and columns of the right matrix may have own scales.
  Tensor lhs = dequantize(node, node[0], node[1], node[2], -2);
  Tensor rhs = dequantize(node, node[3], node[4], node[5], -1);
  return node.set(0, quantize(node, node.b.matmul(lhs, rhs), node[6], node[7],
                              node[7].type, -2));
}

LogicalResult frontend::importQLinearConv(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(8)))
    return failure();
  Tensor bias;
  if (node[8]) {
    Tensor scale = b.binary(BinaryOp::Mul, b.reshape(node[1], {}), node[4]);
    bias = b.binary(
        BinaryOp::Mul, b.cast(node[8], DataType::F32),
        b.reshape(scale, scale.getNumElements() == 1 ? Shape{} : scale.shape));
  }
  Tensor sum = emitConv(node, dequantize(node, node[0], node[1], node[2], 1),
                        dequantize(node, node[3], node[4], node[5], 0), bias);
  return node.set(0, quantize(node, sum, node[6], node[7], node[7].type, 1));
}
