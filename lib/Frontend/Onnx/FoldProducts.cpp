//===- FoldProducts.cpp - products of integers as one node ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What exporters write for a product of a value whose scale is found at run
// time:
//
//   x -> DynamicQuantizeLinear -> q, s, z
//   MatMulInteger or ConvInteger (q, W, z, z_w) -> Cast -> Mul -> y
//   Mul (s, s_w) --------------------------------------^
//
// and of integers that come otherwise, with or without a sum:
//
//   MatMulInteger or ConvInteger (q, W, z, z_w) -> Add -> Cast -> Mul -> y
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "OpTable.h"

using namespace narrow;
using namespace narrow::frontend;
using onnx::NodeProto;
using NodeProtos = google::protobuf::RepeatedPtrField<NodeProto>;

namespace {
/// Finds the products of one graph.
class Folder {
public:
  Folder(const NodeProtos &nodes, ArrayRef<std::string> outputs)
      : nodes(nodes) {
    for (const NodeProto &node : nodes) {
      for (const std::string &output : node.output())
        makers[output] = &node;
      countUses(node);
      for (const std::string &input : node.input())
        readers[input] = &node;
    }
    for (const std::string &output : outputs)
      ++uses[output];
  }

  NodeProtos run() {
    NodeProtos result = nodes;
    for (int i = 0; i < nodes.size(); ++i)
      if (auto folded = fold(nodes[i]))
        replacements[folded->output(0)] = std::move(*folded);
    // Each takes the place of the node that made its result.
    for (NodeProto &node : result)
      if (node.output_size() == 1)
        if (auto it = replacements.find(node.output(0));
            it != replacements.end())
          node = it->second;
    return result;
  }

private:
  /// Counts what a node and its branches read.
  void countUses(const NodeProto &node) {
    for (const std::string &input : node.input())
      ++uses[input];
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (!attribute.has_g())
        continue;
      for (const NodeProto &inner : attribute.g().node())
        countUses(inner);
      for (const onnx::ValueInfoProto &output : attribute.g().output())
        ++uses[output.name()];
    }
  }

  static bool isOp(const NodeProto *node, StringRef name,
                   StringRef domain = "") {
    bool isSame = domain.empty() ? node && isDefaultDomain(node->domain())
                                 : node && node->domain() == domain;
    return isSame && node->op_type() == name;
  }
  static StringRef getInput(const NodeProto &node, int index) {
    return index < node.input_size() ? StringRef(node.input(index))
                                     : StringRef();
  }
  const NodeProto *getMaker(StringRef name) const {
    return makers.lookup(name);
  }
  /// Returns the node that alone reads the node's one output, or null.
  const NodeProto *getOnlyReader(const NodeProto &node) const {
    if (node.output_size() != 1 || uses.lookup(node.output(0)) != 1)
      return nullptr;
    return readers.lookup(node.output(0));
  }

  /// Returns the step that makes the integers of input 0, with input `zero`
  /// their zero point; null for any other input.
  const NodeProto *getQuantization(const NodeProto &node, int zero) const {
    const NodeProto *maker = getMaker(getInput(node, 0));
    bool isStep = isOp(maker, "DynamicQuantizeLinear") &&
                  maker->output_size() == 3 && maker->input_size() == 1 &&
                  maker->output(0) == getInput(node, 0) &&
                  maker->output(2) == getInput(node, zero);
    return isStep ? maker : nullptr;
  }

  /// Makes the operator: value, weights, their scales and zero points, bias.
  static NodeProto make(const NodeProto &node, StringRef op,
                        ArrayRef<StringRef> inputs, StringRef output) {
    NodeProto folded = node;
    folded.set_domain(kFoldedDomain.str());
    folded.set_op_type(op.str());
    folded.clear_input();
    folded.clear_output();
    for (StringRef input : inputs)
      folded.add_input(input.str());
    folded.add_output(output.str());
    // Its name is that of the node with the weights, in every case.
    folded.set_name(getNodeName(node));
    return folded;
  }

  std::optional<NodeProto> fold(const NodeProto &node) const {
    if (isOp(&node, "MatMulIntegerToFloat", "com.microsoft")) {
      const NodeProto *step = getQuantization(node, 4);
      if (!step || step->output(1) != getInput(node, 2) ||
          node.output_size() != 1)
        return std::nullopt;
      return make(node, "DynamicMatMul",
                  {step->input(0), getInput(node, 1), getInput(node, 3),
                   getInput(node, 5), getInput(node, 6)},
                  node.output(0));
    }
    bool isMatMul = isOp(&node, "MatMulInteger");
    if (!isMatMul && !isOp(&node, "ConvInteger"))
      return std::nullopt;
    const NodeProto *step = getQuantization(node, 2);
    const NodeProto *cast = getOnlyReader(node);
    StringRef sum;
    if (!step && isOp(cast, "Add") && cast->input_size() == 2) {
      sum = cast->input(cast->input(0) == node.output(0) ? 1 : 0);
      cast = getOnlyReader(*cast);
    }
    if (!isOp(cast, "Cast") || !castsToFloat(*cast))
      return std::nullopt;
    const NodeProto *product = getOnlyReader(*cast);
    if (!isOp(product, "Mul") || product->input_size() != 2 ||
        product->output_size() != 1)
      return std::nullopt;
    StringRef factor =
        product->input(product->input(0) == cast->output(0) ? 1 : 0);
    if (!step)
      return make(node, isMatMul ? "ScaledMatMul" : "ScaledConv",
                  {getInput(node, 0), getInput(node, 1), getInput(node, 2),
                   getInput(node, 3), factor, sum},
                  product->output(0));
    StringRef scales;
    if (factor != step->output(1)) {
      const NodeProto *both = getMaker(factor);
      if (!isOp(both, "Mul") || both->input_size() != 2)
        return std::nullopt;
      if (both->input(0) == step->output(1))
        scales = both->input(1);
      else if (both->input(1) == step->output(1))
        scales = both->input(0);
      else
        return std::nullopt;
    }
    return make(node, isMatMul ? "DynamicMatMul" : "DynamicConv",
                {step->input(0), getInput(node, 1), scales, getInput(node, 3)},
                product->output(0));
  }

  static bool castsToFloat(const NodeProto &cast) {
    for (const onnx::AttributeProto &attribute : cast.attribute())
      if (attribute.name() == "to")
        return attribute.i() == static_cast<int64_t>(DataType::F32);
    return false;
  }

  const NodeProtos &nodes;
  llvm::StringMap<const NodeProto *> makers, readers;
  llvm::StringMap<int> uses;
  llvm::StringMap<NodeProto> replacements;
};
} // namespace

std::optional<NodeProtos>
frontend::foldIntegerProducts(const NodeProtos &nodes,
                              ArrayRef<std::string> outputs) {
  bool hasProducts = llvm::any_of(nodes, [](const NodeProto &node) {
    return StringRef(node.op_type()).starts_with("MatMulInteger") ||
           node.op_type() == "ConvInteger";
  });
  if (!hasProducts)
    return std::nullopt;
  return Folder(nodes, outputs).run();
}
