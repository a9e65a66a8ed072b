//===- GraphWriter.h - an ONNX graph that grows -----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_GRAPHWRITER_H
#define NARROW_LIB_EXPORT_GRAPHWRITER_H

#include "narrow/Frontend/OnnxProto.h"
#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringSet.h"
#include <string>
#include <variant>

namespace narrow {

using onnx::TensorProto;

/// TensorProto.INT4, which Debian's headers are too old for.
inline constexpr auto kInt4 = static_cast<TensorProto::DataType>(22);

/// An attribute of a node.
struct NodeAttribute {
  const char *name;
  std::variant<int64_t, float, SmallVector<int64_t>, std::string,
               std::vector<std::string>, std::vector<float>>
      value;
};

/// Adds to an ONNX graph; every name is given once.
class GraphWriter {
public:
  explicit GraphWriter(int64_t opset);

  int64_t getOpset() const { return opset; }

  /// Adds a node of one result, which is called `wanted` or, where that is
  /// taken, like it; returns the result's name.
  std::string addNode(StringRef op, ArrayRef<std::string> inputs,
                      StringRef wanted,
                      ArrayRef<NodeAttribute> attributes = {});
  /// Adds a node of several results. An empty input is one that the node does
  /// without.
  std::vector<std::string> addWithResults(StringRef op,
                                          ArrayRef<std::string> inputs,
                                          ArrayRef<std::string> wanted,
                                          ArrayRef<NodeAttribute> attributes);

  /// Add constants; return their names.
  std::string addFloats(StringRef wanted, ArrayRef<int64_t> shape,
                        ArrayRef<float> values);
  /// Elements of `kInt4` are packed, two a byte, the first in the low half.
  std::string addIntegers(StringRef wanted, TensorProto::DataType type,
                          ArrayRef<int64_t> shape, ArrayRef<int64_t> values);

  /// Adds an input of the graph, of this very name.
  void addInput(StringRef name, TensorProto::DataType type,
                ArrayRef<int64_t> shape);
  /// Makes `tensor` an output of the graph called `name`.
  void addOutput(StringRef tensor, StringRef name, TensorProto::DataType type,
                 ArrayRef<int64_t> shape);
  /// Keeps a name for an output.
  void reserve(StringRef name) { names.insert(name); }

  /// Removes nodes and constants that nothing reads.
  void removeUnread();
  /// Whether values are quantised to 16 bits, or dequantised from them.
  bool quantisesTo16Bits() const;

  std::string serialise() const { return model.SerializeAsString(); }

private:
  std::string makeName(StringRef wanted);

  onnx::ModelProto model;
  onnx::GraphProto &graph;
  int64_t opset;
  llvm::StringSet<> names;
  /// What tensors are called that became outputs.
  llvm::StringMap<std::string> outputs;
};

} // namespace narrow

#endif // NARROW_LIB_EXPORT_GRAPHWRITER_H
