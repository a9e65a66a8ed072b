//===- Node.cpp - one ONNX node while it is imported ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"

using namespace narrow;
using namespace narrow::frontend;

LogicalResult Node::set(size_t index, Tensor tensor) {
  if (!tensor) {
    assert(hasFailed() && "a null result without a reported problem");
    return failure();
  }
  if (!b.checkSize(tensor.shape))
    return failure();
  if (index < outputs.size())
    outputs[index] = std::move(tensor);
  return mlir::success(!hasFailed());
}

const onnx::AttributeProto *Node::find(StringRef attribute) const {
  for (const onnx::AttributeProto &candidate : proto.attribute())
    if (candidate.name() == attribute)
      return &candidate;
  return nullptr;
}

/// Reports an attribute that is of another kind than its operator says.
static void reportKind(Node &node, StringRef attribute, StringRef kind) {
  (void)node.error("attribute '" + attribute + "' is not " + kind);
}

int64_t Node::getInt(StringRef attribute, int64_t defaultValue) {
  const onnx::AttributeProto *found = find(attribute);
  if (!found)
    return defaultValue;
  if (!found->has_i() && (found->has_f() || found->ints_size()))
    reportKind(*this, attribute, "an integer");
  return found->i();
}

float Node::getFloat(StringRef attribute, float defaultValue) {
  const onnx::AttributeProto *found = find(attribute);
  if (!found)
    return defaultValue;
  if (!found->has_f() && (found->has_i() || found->floats_size()))
    reportKind(*this, attribute, "a float");
  return found->f();
}

std::string Node::getString(StringRef attribute, StringRef defaultValue) {
  const onnx::AttributeProto *found = find(attribute);
  if (!found)
    return defaultValue.str();
  if (!found->has_s())
    reportKind(*this, attribute, "a string");
  return found->s();
}

std::optional<SmallVector<int64_t>> Node::getInts(StringRef attribute) {
  const onnx::AttributeProto *found = find(attribute);
  if (!found)
    return std::nullopt;
  if (found->has_i() || found->floats_size())
    reportKind(*this, attribute, "a list of integers");
  return SmallVector<int64_t>(found->ints().begin(), found->ints().end());
}

std::optional<SmallVector<float>> Node::getFloats(StringRef attribute) {
  const onnx::AttributeProto *found = find(attribute);
  if (!found)
    return std::nullopt;
  if (found->has_f() || found->ints_size())
    reportKind(*this, attribute, "a list of floats");
  return SmallVector<float>(found->floats().begin(), found->floats().end());
}

LogicalResult Node::error(const Twine &message) {
  if (!hasError)
    emitError(loc) << "node '" << name << "' (" << getOpType()
                   << "): " << message;
  hasError = true;
  return failure();
}

LogicalResult Node::unsupported(const Twine &reason) {
  if (unsupportedReason.empty())
    unsupportedReason = reason.str();
  return failure();
}

LogicalResult Node::expectOperands(size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (!(*this)[i])
      return error("expected at least " + Twine(count) + " operands, operand " +
                   Twine(i) + " is missing");
  return mlir::success();
}

LogicalResult Node::expectRank(size_t operand, int64_t rank) {
  const Tensor &tensor = (*this)[operand];
  if (!tensor || tensor.getRank() != rank)
    return error("expected operand " + Twine(operand) + " of rank " +
                 Twine(rank) + ", found " +
                 (tensor ? "shape " + toString(tensor.shape) : "none"));
  return mlir::success();
}

LogicalResult Node::expectRankAtLeast(size_t operand, int64_t rank) {
  const Tensor &tensor = (*this)[operand];
  if (!tensor || tensor.getRank() < rank)
    return error("expected operand " + Twine(operand) + " of rank " +
                 Twine(rank) + " or more, found " +
                 (tensor ? "shape " + toString(tensor.shape) : "none"));
  return mlir::success();
}

LogicalResult Node::expectFloat(size_t operand) {
  const Tensor &tensor = (*this)[operand];
  if (tensor && !isFloat(tensor.type))
    return error("expected operand " + Twine(operand) + " of a float type, " +
                 "found " + frontend::getName(tensor.type));
  return mlir::success();
}

LogicalResult Node::expectShape(size_t operand, ArrayRef<int64_t> shape,
                                StringRef what) {
  const Tensor &tensor = (*this)[operand];
  if (!tensor || ArrayRef<int64_t>(tensor.shape) != shape)
    return error("expected " + what + " of shape " + toString(shape) +
                 ", found " + (tensor ? toString(tensor.shape) : "none"));
  return mlir::success();
}

FailureOr<int64_t> Node::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return error("axis " + Twine(axis) + " is out of range for rank " +
                 Twine(rank));
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> Node::normalizeAxes(ArrayRef<int64_t> axes,
                                                    int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    auto normalized = normalizeAxis(axis, rank);
    if (failed(normalized))
      return failure();
    if (llvm::is_contained(result, *normalized))
      return error("axis " + Twine(axis) + " is named twice");
    result.push_back(*normalized);
  }
  llvm::sort(result);
  return result;
}

FailureOr<SmallVector<int64_t>> Node::getConstantInts(size_t operand,
                                                      StringRef what) {
  const Tensor &tensor = (*this)[operand];
  if (!tensor)
    return error("expected operand " + Twine(operand) + " (" + what + ")");
  if (!tensor.literal)
    return unsupported(what + " is not a constant");
  if (isFloat(tensor.type))
    return error("expected " + what + " of an integer type, found " +
                 frontend::getName(tensor.type));
  return SmallVector<int64_t>(tensor.literal->integers.begin(),
                              tensor.literal->integers.end());
}

FailureOr<SmallVector<float>> Node::getConstantFloats(size_t operand,
                                                      StringRef what) {
  const Tensor &tensor = (*this)[operand];
  if (!tensor)
    return error("expected operand " + Twine(operand) + " (" + what + ")");
  if (!tensor.literal)
    return unsupported(what + " is not a constant");
  SmallVector<float> values;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    values.push_back(static_cast<float>(tensor.literal->get(i)));
  return values;
}

FailureOr<std::optional<SmallVector<int64_t>>>
Node::getIntsFromEither(size_t operand, StringRef attribute) {
  if ((*this)[operand]) {
    auto values = getConstantInts(operand, attribute);
    if (failed(values))
      return failure();
    return std::optional<SmallVector<int64_t>>(std::move(*values));
  }
  return getInts(attribute);
}
