//===- GraphWriter.cpp - an ONNX graph that grows -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphWriter.h"

using namespace narrow;

/// The oldest version of the file format that has the opset.
static int64_t getIrVersion(int64_t opset) {
  if (opset >= 23)
    return 11;
  return opset >= 21 ? 10 : opset >= 19 ? 9 : opset >= 15 ? 8 : 7;
}

GraphWriter::GraphWriter(int64_t opset)
    : graph(*model.mutable_graph()), opset(opset) {
  model.set_ir_version(getIrVersion(opset));
  model.set_producer_name("narrow");
  model.add_opset_import()->set_version(opset);
  graph.set_name("main");
}

std::string GraphWriter::makeName(StringRef wanted) {
  std::string name = wanted.str();
  for (unsigned i = 1; !names.insert(name).second; ++i)
    name = (wanted + "_" + llvm::Twine(i)).str();
  return name;
}

static void setAttribute(onnx::AttributeProto &proto,
                         const NodeAttribute &attribute) {
  proto.set_name(attribute.name);
  if (const auto *value = std::get_if<int64_t>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*value);
  } else if (const auto *value = std::get_if<float>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(*value);
  } else if (const auto *text = std::get_if<std::string>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else if (const auto *texts =
                 std::get_if<std::vector<std::string>>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string &text : *texts)
      proto.add_strings(text);
  } else if (const auto *values =
                 std::get_if<std::vector<float>>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (float value : *values)
      proto.add_floats(value);
  } else {
    proto.set_type(onnx::AttributeProto::INTS);
    for (int64_t value : std::get<SmallVector<int64_t>>(attribute.value))
      proto.add_ints(value);
  }
}

std::vector<std::string>
GraphWriter::addWithResults(StringRef op, ArrayRef<std::string> inputs,
                            ArrayRef<std::string> wanted,
                            ArrayRef<NodeAttribute> attributes) {
  onnx::NodeProto &node = *graph.add_node();
  std::vector<std::string> results;
  for (const std::string &name : wanted) {
    results.push_back(makeName(name));
    node.add_output(results.back());
  }
  node.set_op_type(op.str());
  node.set_name(results.front());
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const NodeAttribute &attribute : attributes)
    setAttribute(*node.add_attribute(), attribute);
  return results;
}

std::string GraphWriter::addNode(StringRef op, ArrayRef<std::string> inputs,
                                 StringRef wanted,
                                 ArrayRef<NodeAttribute> attributes) {
  return addWithResults(op, inputs, ArrayRef<std::string>(wanted.str()),
                        attributes)
      .front();
}

std::string GraphWriter::addFloats(StringRef wanted, ArrayRef<int64_t> shape,
                                   ArrayRef<float> values) {
  TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(makeName(wanted));
  tensor.set_data_type(TensorProto::FLOAT);
  for (int64_t size : shape)
    tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor.name();
}

/// Bytes of an element; 0 for half a byte.
static unsigned getBytes(TensorProto::DataType type) {
  switch (type) {
  case TensorProto::INT64:
    return 8;
  case TensorProto::INT32:
    return 4;
  case TensorProto::INT16:
  case TensorProto::UINT16:
    return 2;
  case TensorProto::INT8:
  case TensorProto::UINT8:
  case TensorProto::BOOL:
    return 1;
  default:
    return 0;
  }
}

std::string GraphWriter::addIntegers(StringRef wanted,
                                     TensorProto::DataType type,
                                     ArrayRef<int64_t> shape,
                                     ArrayRef<int64_t> values) {
  TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(makeName(wanted));
  tensor.set_data_type(type);
  for (int64_t size : shape)
    tensor.add_dims(size);
  std::string bytes;
  if (unsigned width = getBytes(type)) {
    for (int64_t value : values)
      for (unsigned i = 0; i < width; ++i)
        bytes.push_back(static_cast<char>(value >> (8 * i)));
  } else {
    for (size_t i = 0; i < values.size(); i += 2) {
      int64_t high = i + 1 < values.size() ? values[i + 1] : 0;
      bytes.push_back(static_cast<char>((values[i] & 15) | (high & 15) << 4));
    }
  }
  tensor.set_raw_data(bytes);
  return tensor.name();
}

static void setType(onnx::ValueInfoProto &info, StringRef name,
                    TensorProto::DataType type, ArrayRef<int64_t> shape) {
  info.set_name(name.str());
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  auto &dims = *tensor.mutable_shape();
  for (int64_t size : shape)
    dims.add_dim()->set_dim_value(size);
}

void GraphWriter::addInput(StringRef name, TensorProto::DataType type,
                           ArrayRef<int64_t> shape) {
  names.insert(name);
  setType(*graph.add_input(), name, type, shape);
}

void GraphWriter::addOutput(StringRef tensor, StringRef name,
                            TensorProto::DataType type,
                            ArrayRef<int64_t> shape) {
  setType(*graph.add_output(), name, type, shape);
  // The node that makes it gives it the name, with all who read it; what is an
  // input, a constant or an output already is copied.
  auto [known, isNew] = outputs.try_emplace(tensor, tensor.str());
  if (isNew)
    for (onnx::NodeProto &maker : *graph.mutable_node()) {
      auto place = llvm::find(*maker.mutable_output(), tensor.str());
      if (place == maker.mutable_output()->end())
        continue;
      *place = known->second = name.str();
      for (onnx::NodeProto &node : *graph.mutable_node())
        for (std::string &input : *node.mutable_input())
          if (input == tensor)
            input = name.str();
      return;
    }
  onnx::NodeProto &copy = *graph.add_node();
  copy.set_op_type("Identity");
  copy.set_name(makeName((name + ":copy").str()));
  copy.add_input(known->second);
  copy.add_output(name.str());
}

void GraphWriter::removeUnread() {
  llvm::StringSet<> read;
  for (const auto &output : graph.output())
    read.insert(output.name());
  // Makers stand in front of readers.
  auto &nodes = *graph.mutable_node();
  SmallVector<bool> isRead(nodes.size());
  for (int i = nodes.size(); i-- > 0;) {
    isRead[i] = llvm::any_of(nodes[i].output(), [&](const std::string &name) {
      return read.contains(name);
    });
    if (isRead[i])
      for (const std::string &input : nodes[i].input())
        read.insert(input);
  }
  int kept = 0;
  for (int i = 0; i < nodes.size(); ++i)
    if (isRead[i])
      nodes.SwapElements(kept++, i);
  nodes.DeleteSubrange(kept, nodes.size() - kept);
  auto &constants = *graph.mutable_initializer();
  kept = 0;
  for (int i = 0; i < constants.size(); ++i)
    if (read.contains(constants[i].name()))
      constants.SwapElements(kept++, i);
  constants.DeleteSubrange(kept, constants.size() - kept);
}

bool GraphWriter::quantisesTo16Bits() const {
  llvm::StringSet<> wide;
  for (const auto &constant : graph.initializer())
    if (constant.data_type() == TensorProto::INT16 ||
        constant.data_type() == TensorProto::UINT16)
      wide.insert(constant.name());
  // By their zero points.
  return llvm::any_of(graph.node(), [&](const onnx::NodeProto &node) {
    return (node.op_type() == "QuantizeLinear" ||
            node.op_type() == "DequantizeLinear") &&
           node.input_size() == 3 && wide.contains(node.input(2));
  });
}
