//===- Elementwise.cpp - arithmetic on each element -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

/// Until opset 6 the right operand was broadcast only on demand, from an axis
/// of the left one; gives it the rank that NumPy's rules then need.
static Tensor alignLegacy(Node &node, const Tensor &lhs, Tensor rhs) {
  if (node.getOpset() > 6 || !node.getInt("broadcast", 0) ||
      !node.hasAttribute("axis"))
    return rhs;
  auto axis = node.normalizeAxis(node.getInt("axis", 0), lhs.getRank());
  if (failed(axis))
    return {};
  Shape shape = rhs.shape;
  while (*axis + static_cast<int64_t>(shape.size()) < lhs.getRank())
    shape.push_back(1);
  return node.b.reshape(rhs, shape);
}

LogicalResult frontend::importBinary(Node &node, BinaryOp op) {
  if (failed(node.expectOperands(2)))
    return failure();
  Tensor lhs = node[0], rhs = node[1];
  bool logical =
      op == BinaryOp::And || op == BinaryOp::Or || op == BinaryOp::Xor;
  if (logical && (!isBool(lhs.type) || !isBool(rhs.type)))
    return node.error("expected bool operands, found " + getName(lhs.type) +
                      " and " + getName(rhs.type));
  return node.set(0, node.b.binary(op, lhs, alignLegacy(node, lhs, rhs)));
}

LogicalResult frontend::importLess(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  return node.set(0,
                  node.b.binary(BinaryOp::Greater,
                                alignLegacy(node, node[0], node[1]), node[0]));
}

LogicalResult frontend::importLessOrEqual(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  return node.set(0, node.b.binary(BinaryOp::GreaterOrEqual, node[1], node[0]));
}

LogicalResult frontend::importEqual(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  TensorBuilder &b = node.b;
  if (isBool(node[0].type) && isBool(node[1].type))
    return node.set(
        0, b.unary(UnaryOp::Not, b.binary(BinaryOp::Xor, node[0], node[1])));
  return importBinary(node, BinaryOp::Equal);
}

/// The exponent may have another type; the result has the base's.
LogicalResult frontend::importPow(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)))
    return failure();
  const Tensor &base = node[0];
  Tensor exponent = alignLegacy(node, base, node[1]);
  if (!exponent)
    return failure();
  // Squares and roots are what networks use; they are exact as such.
  if (isFloat(base.type) && exponent.literal &&
      exponent.getNumElements() == 1 && exponent.getRank() <= base.getRank()) {
    double value = exponent.literal->get(0);
    if (value == 1)
      return node.set(0, base);
    if (value == 2)
      return node.set(0, b.binary(BinaryOp::Mul, base, base));
    if (value == 0.5)
      return node.set(0, b.unary(UnaryOp::Sqrt, base));
  }
  if (!isFloat(base.type) && base.literal && exponent.literal &&
      !isFloat(exponent.type))
    return node.set(0,
                    b.binary(BinaryOp::Pow, base, b.cast(exponent, base.type)));
  Tensor power = b.binary(BinaryOp::Pow, b.cast(base, DataType::F32),
                          b.cast(exponent, DataType::F32));
  return node.set(0, isFloat(base.type)
                         ? power
                         : b.cast(b.unary(UnaryOp::Round, power), base.type));
}

LogicalResult frontend::importMod(Node &node) {
  return importBinary(node,
                      node.getInt("fmod", 0) ? BinaryOp::FMod : BinaryOp::Mod);
}

LogicalResult frontend::importBitShift(Node &node) {
  std::string direction = node.getString("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return node.error("direction is '" + Twine(direction) +
                      "', expected LEFT or RIGHT");
  if (failed(node.expectOperands(2)))
    return failure();
  TensorBuilder &b = node.b;
  BinaryOp op =
      direction == "LEFT" ? BinaryOp::ShiftLeft : BinaryOp::ShiftRight;
  DataType type = node[0].type;
  if (!isInteger(type) || node[1].type != type)
    return node.error("expected operands of one integer type, found " +
                      getName(type) + " and " + getName(node[1].type));
  // A shift by a negative amount, or by all bits, leaves the sign alone.
  double last = getBitWidth(type) - 1;
  Tensor tooFar = b.binary(BinaryOp::Greater, node[1], last);
  if (!isUnsigned(type))
    tooFar = b.binary(BinaryOp::Or, tooFar,
                      b.binary(BinaryOp::Greater, b.scalar(type, 0), node[1]));
  bool leavesSign = op == BinaryOp::ShiftRight && !isUnsigned(type);
  Tensor amount = b.select(tooFar, b.scalar(type, last), node[1]);
  Tensor result = b.binary(op, node[0], amount);
  if (!leavesSign)
    result = b.select(tooFar, b.scalar(type, 0), result);
  return node.set(0, result);
}

LogicalResult frontend::importVariadic(Node &node, BinaryOp op) {
  if (failed(node.expectOperands(1)))
    return failure();
  Tensor result = node[0];
  for (const Tensor &operand : node.getOperands().drop_front())
    result = node.b.binary(op, result, operand);
  return node.set(0, result);
}

LogicalResult frontend::importMean(Node &node) {
  if (failed(importVariadic(node, BinaryOp::Add)))
    return failure();
  return node.set(
      0, node.b.binary(BinaryOp::Mul, node.getOutput(0),
                       1.0 / static_cast<double>(node.getNumOperands())));
}

LogicalResult frontend::importUnary(Node &node, UnaryOp op) {
  if (failed(node.expectOperands(1)))
    return failure();
  return node.set(0, node.b.unary(op, node[0]));
}

LogicalResult frontend::importNot(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  if (!isBool(node[0].type))
    return node.error("expected a bool operand, found " +
                      getName(node[0].type));
  return node.set(0, node.b.unary(UnaryOp::Not, node[0]));
}

LogicalResult frontend::importIdentity(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  return node.set(0, node[0]);
}

LogicalResult frontend::importCast(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  auto type = static_cast<DataType>(node.getInt("to", 0));
  if (!isImportable(type) || (getBitWidth(type) < 8 && !isBool(type)))
    return node.unsupported("type " + getName(type));
  return node.set(0, node.b.cast(node[0], type));
}

LogicalResult frontend::importCastLike(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  return node.set(0, node.b.cast(node[0], node[1].type));
}

LogicalResult frontend::importWhere(Node &node) {
  if (failed(node.expectOperands(3)))
    return failure();
  return node.set(0, node.b.select(node[0], node[1], node[2]));
}

LogicalResult frontend::importIsNan(Node &node) {
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  return node.set(
      0, node.b.unary(UnaryOp::Not,
                      node.b.binary(BinaryOp::Equal, node[0], node[0])));
}

LogicalResult frontend::importIsInf(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  double infinity = std::numeric_limits<double>::infinity();
  bool positive = node.getInt("detect_positive", 1) != 0;
  bool negative = node.getInt("detect_negative", 1) != 0;
  Tensor input = node[0];
  if (positive && negative)
    input = b.unary(UnaryOp::Abs, input);
  if (!positive && !negative)
    return node.set(0, b.binary(BinaryOp::Greater, input, infinity));
  return node.set(
      0, b.binary(BinaryOp::Equal, input, positive ? infinity : -infinity));
}

/// Bounds may be given as tensors of one element, of whatever rank.
LogicalResult frontend::importClip(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)))
    return failure();
  double low = -std::numeric_limits<double>::infinity(), high = -low;
  if (node.getOpset() < 11) {
    low = node.getFloat("min", std::numeric_limits<float>::lowest());
    high = node.getFloat("max", std::numeric_limits<float>::max());
    return node.set(0, b.clamp(node[0], low, high));
  }
  for (size_t i : {1, 2})
    if (node[i] && node[i].getNumElements() != 1)
      return node.error("expected a scalar bound, found shape " +
                        toString(node[i].shape));
  if ((!node[1] || node[1].literal) && (!node[2] || node[2].literal)) {
    if (node[1])
      low = node[1].literal->get(0);
    if (node[2])
      high = node[2].literal->get(0);
    // A lower bound above the upper one gives the upper one, everywhere.
    return node.set(0, b.clamp(node[0], std::min(low, high), high));
  }
  Tensor result = node[0];
  if (node[1])
    result = b.binary(BinaryOp::Max, result, b.reshape(node[1], {}));
  if (node[2])
    result = b.binary(BinaryOp::Min, result, b.reshape(node[2], {}));
  return node.set(0, result);
}
