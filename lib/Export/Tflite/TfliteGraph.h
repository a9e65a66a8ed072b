//===- TfliteGraph.h - a TFLite model that grows ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_TFLITE_TFLITEGRAPH_H
#define NARROW_LIB_EXPORT_TFLITE_TFLITEGRAPH_H

#include "TfliteSchema_generated.h"
#include "narrow/Support/LLVM.h"
#include <map>
#include <string>

namespace narrow::tflite {

/// The place of a tensor in the file.
using TensorId = int32_t;

/// What the elements of a tensor are: `q` of a quantised one stands for
/// `scale * (q - zeroPoint)`; without a scale they are plain numbers. Scales
/// are equal if they are so in f32, as files have them.
struct ElementKind {
  TensorType type = TensorType::FLOAT32;
  double scale = 0;
  int64_t zeroPoint = 0;

  bool operator==(const ElementKind &other) const {
    return type == other.type && zeroPoint == other.zeroPoint &&
           static_cast<float>(scale) == static_cast<float>(other.scale);
  }
};

/// Adds to a TFLite model of one graph.
class TfliteGraph {
public:
  TfliteGraph();

  /// Adds a tensor that is computed, or an input.
  TensorId addTensor(StringRef name, ArrayRef<int64_t> shape,
                     const ElementKind &kind);
  /// Add constants.
  TensorId addFloats(StringRef name, ArrayRef<int64_t> shape,
                     ArrayRef<float> values);
  TensorId addIntegers(StringRef name, ArrayRef<int64_t> shape,
                       const ElementKind &kind, ArrayRef<int64_t> values);
  /// Integers of zero point 0 with a scale for each place along `axis`.
  TensorId addPerAxis(StringRef name, ArrayRef<int64_t> shape, TensorType type,
                      ArrayRef<int64_t> values, ArrayRef<double> scales,
                      int32_t axis);

  /// Adds an operator of one result.
  template <typename OptionsT>
  void addOperator(BuiltinOperator code, ArrayRef<TensorId> inputs,
                   TensorId result, OptionsT options) {
    BuiltinOptionsUnion choice;
    choice.Set(std::move(options));
    addOperator(code, inputs, result, std::move(choice));
  }
  /// Adds one that has no options.
  void addOperator(BuiltinOperator code, ArrayRef<TensorId> inputs,
                   TensorId result, BuiltinOptionsUnion options = {});

  void setName(TensorId tensor, StringRef name) {
    subgraph().tensors[tensor]->name = name.str();
  }

  /// Makes a tensor an input, respectively an output, of that name.
  void addInput(StringRef name, TensorId tensor);
  void addOutput(StringRef name, TensorId tensor);

  ArrayRef<int32_t> getShape(TensorId tensor) const {
    return subgraph().tensors[tensor]->shape;
  }
  TensorType getType(TensorId tensor) const {
    return subgraph().tensors[tensor]->type;
  }
  ElementKind getKind(TensorId tensor) const;

  /// Returns the file's bytes; empty where they are more than it can hold.
  std::string serialise() const;

private:
  SubGraphT &subgraph() const { return *model.subgraphs.front(); }
  TensorId addConstant(StringRef name, ArrayRef<int64_t> shape,
                       const ElementKind &kind, std::vector<uint8_t> bytes);
  /// The oldest version of an operator that takes these tensors.
  int32_t getVersion(BuiltinOperator code, ArrayRef<TensorId> inputs,
                     TensorId result, const BuiltinOptionsUnion &options) const;

  ModelT model;
  /// Places of operator codes, by code and version.
  std::map<std::pair<BuiltinOperator, int32_t>, uint32_t> codes;
};

} // namespace narrow::tflite

#endif // NARROW_LIB_EXPORT_TFLITE_TFLITEGRAPH_H
