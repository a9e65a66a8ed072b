//===- CutGraph.cpp - a part of an ONNX graph, by tensor names ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CutGraph.h"

#include "GraphImporter.h"
#include "narrow/Support/Error.h"

#include "llvm/ADT/StringSet.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {

class GraphCutter {
public:
  GraphCutter(onnx::GraphProto &graph, const ImportOptions &options,
              DescribeTensor describe)
      : graph(graph), options(options), describe(describe) {
    for (const onnx::NodeProto &node : graph.node())
      for (const std::string &output : node.output())
        if (!output.empty())
          producers.try_emplace(output, &node);
    for (const onnx::TensorProto &tensor : graph.initializer())
      constants.insert(tensor.name());
    for (const onnx::ValueInfoProto &input : graph.input())
      if (!constants.contains(input.name()))
        inputs.insert(input.name());
  }

  llvm::Error run() {
    if (llvm::Error error = checkNames(options.outputs, "--outputs"))
      return error;
    if (llvm::Error error = checkNames(options.inputs, "--inputs"))
      return error;
    setOutputs();
    begins.insert(options.inputs.begin(), options.inputs.end());
    if (llvm::Error error = findNeeded())
      return error;
    return options.inputs.empty() ? dropInputs() : setInputs();
  }

private:
  llvm::Error checkNames(ArrayRef<std::string> names, StringRef flag) {
    llvm::StringSet<> seen;
    for (const std::string &name : names) {
      if (!seen.insert(name).second)
        return makeError("expected each tensor of " + flag + " once, found '" +
                         name + "' twice");
      if (!producers.contains(name) && !inputs.contains(name))
        return makeError(
            "expected '" + name + "' of " + flag +
            " to be an input or the output of a node of the "
            "graph" +
            (constants.contains(name) ? ", found a constant" : ", found none"));
    }
    return llvm::Error::success();
  }

  void setOutputs() {
    if (options.outputs.empty())
      return;
    graph.clear_output();
    for (const std::string &name : options.outputs)
      graph.add_output()->set_name(name);
  }

  /// Walks from the outputs to the inputs and to where the graph begins.
  llvm::Error findNeeded() {
    SmallVector<std::string> stack;
    for (const onnx::ValueInfoProto &output : graph.output())
      stack.push_back(output.name());
    while (!stack.empty()) {
      std::string name = stack.pop_back_val();
      if (!needed.insert(name).second || begins.contains(name))
        continue;
      if (inputs.contains(name) && !begins.empty())
        return makeError("expected --inputs in front of every output, found "
                         "that the network still needs '" +
                         name + "': name it as well, or cut behind it");
      auto it = producers.find(name);
      if (it != producers.end())
        forEachUse(*it->second,
                   [&](const std::string &use, bool) { stack.push_back(use); });
    }
    for (const std::string &name : options.inputs)
      if (!needed.contains(name))
        return makeError("expected '" + name +
                         "' of --inputs to be what an output needs, found "
                         "that none does");
    return llvm::Error::success();
  }

  llvm::Error dropInputs() {
    auto *list = graph.mutable_input();
    for (int i = list->size() - 1; i >= 0; --i)
      if (!needed.contains(list->Get(i).name()))
        list->DeleteSubrange(i, 1);
    return llvm::Error::success();
  }

  llvm::Error setInputs() {
    google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> list;
    for (const std::string &name : options.inputs)
      if (llvm::Error error = describeInput(name, *list.Add()))
        return error;
    // Constants may be listed as inputs too, and stay what they are.
    graph.mutable_input()->Swap(&list);
    // What made an input makes it no longer.
    for (onnx::NodeProto &node : *graph.mutable_node())
      for (std::string &output : *node.mutable_output())
        if (begins.contains(output))
          output.clear();
    return llvm::Error::success();
  }

  llvm::Error describeInput(const std::string &name,
                            onnx::ValueInfoProto &info) {
    const onnx::ValueInfoProto *known = nullptr;
    for (const auto *list : {&graph.input(), &graph.value_info()})
      for (const onnx::ValueInfoProto &value : *list)
        if (!known && value.name() == name && value.type().has_tensor_type())
          known = &value;
    if (known && (known->type().tensor_type().has_shape() ||
                  options.shapes.contains(name))) {
      info = *known;
      return llvm::Error::success();
    }
    if (auto found = describe(name)) {
      info = std::move(*found);
      return llvm::Error::success();
    }
    info.set_name(name);
    auto *type = info.mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    auto given = options.shapes.find(name);
    if (given == options.shapes.end())
      return makeError("expected --shape for '" + name +
                       "' of --inputs: the model does not say its shape, and "
                       "the nodes in front of it cannot be imported");
    for (int64_t size : given->second)
      type->mutable_shape()->add_dim()->set_dim_value(size);
    return llvm::Error::success();
  }

  onnx::GraphProto &graph;
  const ImportOptions &options;
  DescribeTensor describe;
  llvm::StringMap<const onnx::NodeProto *> producers;
  llvm::StringSet<> constants, inputs, begins, needed;
};

} // namespace

llvm::Error frontend::cutGraph(onnx::ModelProto &model,
                               const ImportOptions &options,
                               DescribeTensor describe) {
  return GraphCutter(*model.mutable_graph(), options, describe).run();
}
