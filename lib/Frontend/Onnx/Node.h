//===- Node.h - one ONNX node while it is imported --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a handler sees: the node's operands, attributes and outputs, the tensor
// builder, and where to report problems.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_NODE_H
#define NARROW_LIB_FRONTEND_ONNX_NODE_H

#include "../Build/TensorBuilder.h"
#include "narrow/Frontend/OnnxProto.h"

namespace narrow::frontend {

class Node : public Reporter {
public:
  Node(const onnx::NodeProto &proto, int64_t opset, StringRef name,
       SmallVector<Tensor> operands, OpBuilder &builder, Location loc,
       ConstantPool &pool, StringRef modelPath)
      : b(builder, loc, pool, *this), proto(proto), opset(opset), name(name),
        operands(std::move(operands)), outputs(proto.output_size()), loc(loc),
        modelPath(modelPath) {}

  StringRef getOpType() const { return proto.op_type(); }
  StringRef getName() const { return name; }
  int64_t getOpset() const { return opset; }

  // Operands and outputs.

  size_t getNumOperands() const { return operands.size(); }
  /// Returns operand `index`, null where it is missing.
  const Tensor &operator[](size_t index) const {
    static const Tensor missing;
    return index < operands.size() ? operands[index] : missing;
  }
  ArrayRef<Tensor> getOperands() const { return operands; }
  void setOperand(size_t index, Tensor tensor) {
    operands[index] = std::move(tensor);
  }
  void setOperands(SmallVector<Tensor> tensors) {
    operands = std::move(tensors);
  }
  void setOpset(int64_t version) { opset = version; }
  size_t getNumOutputs() const { return outputs.size(); }
  /// Returns whether output `index` is there and named.
  bool hasOutput(size_t index) const {
    return index < outputs.size() && !proto.output(index).empty();
  }
  /// Sets output `index`; fails, as an error was reported, if `tensor` is null.
  LogicalResult set(size_t index, Tensor tensor);
  const Tensor &getOutput(size_t index) const { return outputs[index]; }

  // Attributes; a wrong kind of attribute is reported and fails the node.

  bool hasAttribute(StringRef attribute) const { return find(attribute); }
  int64_t getInt(StringRef attribute, int64_t defaultValue);
  float getFloat(StringRef attribute, float defaultValue);
  std::string getString(StringRef attribute, StringRef defaultValue);
  std::optional<SmallVector<int64_t>> getInts(StringRef attribute);
  std::optional<SmallVector<float>> getFloats(StringRef attribute);
  const onnx::AttributeProto *find(StringRef attribute) const;

  // Checks; they report.

  LogicalResult error(const Twine &message) override;
  LogicalResult unsupported(const Twine &reason) override;
  bool hasFailed() const { return hasError || !unsupportedReason.empty(); }
  StringRef getUnsupportedReason() const { return unsupportedReason; }

  /// Checks that operands `0 … count - 1` are there.
  LogicalResult expectOperands(size_t count);
  /// Checks an operand's rank.
  LogicalResult expectRank(size_t operand, int64_t rank);
  LogicalResult expectRankAtLeast(size_t operand, int64_t rank);
  LogicalResult expectFloat(size_t operand);
  /// Checks an operand's shape; `what` names it.
  LogicalResult expectShape(size_t operand, ArrayRef<int64_t> shape,
                            StringRef what);
  /// Maps an axis in [-rank, rank) to [0, rank).
  FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank);
  /// Maps axes likewise, sorts them, and checks that none is named twice.
  FailureOr<SmallVector<int64_t>> normalizeAxes(ArrayRef<int64_t> axes,
                                                int64_t rank);
  /// Returns the integers of an operand that has to be constant; `what` names
  /// it
  /// ("shape").
  FailureOr<SmallVector<int64_t>> getConstantInts(size_t operand,
                                                  StringRef what);
  FailureOr<SmallVector<float>> getConstantFloats(size_t operand,
                                                  StringRef what);
  /// Returns integers that newer opsets have as operand and older ones as
  /// attribute; none where both are missing.
  FailureOr<std::optional<SmallVector<int64_t>>>
  getIntsFromEither(size_t operand, StringRef attribute);

  StringRef getModelPath() const { return modelPath; }

  TensorBuilder b;

private:
  const onnx::NodeProto &proto;
  int64_t opset;
  StringRef name;
  SmallVector<Tensor> operands;
  SmallVector<Tensor> outputs;
  Location loc;
  StringRef modelPath;
  bool hasError = false;
  std::string unsupportedReason;
};

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_NODE_H
