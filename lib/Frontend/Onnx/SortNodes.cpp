//===- SortNodes.cpp - nodes in dependency order --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include <queue>

using namespace narrow;
using namespace narrow::frontend;

std::string frontend::getNodeName(const onnx::NodeProto &node) {
  if (!node.name().empty() || node.output_size() == 0)
    return node.name();
  return node.op_type() + ":" + node.output(0);
}

void frontend::forEachUse(
    const onnx::NodeProto &node,
    function_ref<void(const std::string &, bool isDirect)> body) {
  for (const std::string &input : node.input())
    if (!input.empty())
      body(input, true);
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (!attribute.has_g())
      continue;
    for (const onnx::NodeProto &inner : attribute.g().node())
      forEachUse(inner,
                 [&](const std::string &use, bool) { body(use, false); });
    for (const onnx::ValueInfoProto &output : attribute.g().output())
      body(output.name(), false);
  }
}

FailureOr<NodeList> frontend::sortNodes(
    Location loc,
    const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    ArrayRef<std::string> outputs, function_ref<bool(StringRef)> isOuter) {
  llvm::StringMap<int> producers;
  for (int i = 0; i < nodes.size(); ++i)
    for (const std::string &output : nodes[i].output())
      if (!output.empty() &&
          (!producers.try_emplace(output, i).second || isOuter(output)))
        return emitError(loc) << "tensor '" << output
                              << "' is defined twice, the second time by node '"
                              << getNodeName(nodes[i]) << "'";

  // Which nodes are needed, and by how many inputs each waits for another.
  SmallVector<bool> live(nodes.size(), false);
  SmallVector<int> waiting(nodes.size(), 0), stack;
  SmallVector<SmallVector<int>> users(nodes.size());
  for (const std::string &output : outputs) {
    auto it = producers.find(output);
    if (it != producers.end())
      stack.push_back(it->second);
    else if (!isOuter(output))
      return emitError(loc)
             << "output '" << output << "' is not defined by any node";
  }
  while (!stack.empty()) {
    int index = stack.pop_back_val();
    if (live[index])
      continue;
    live[index] = true;
    const std::string *undefined = nullptr;
    forEachUse(nodes[index], [&](const std::string &use, bool direct) {
      auto it = producers.find(use);
      if (it != producers.end()) {
        ++waiting[index];
        users[it->second].push_back(index);
        stack.push_back(it->second);
      } else if (direct && !isOuter(use)) {
        undefined = &use;
      }
    });
    if (undefined)
      return emitError(loc)
             << "node '" << getNodeName(nodes[index]) << "' ("
             << nodes[index].op_type() << "): input '" << *undefined
             << "' is not defined; expected an initializer, a graph input or "
                "the output of a node";
  }

  std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
  for (int i = 0; i < nodes.size(); ++i)
    if (live[i] && waiting[i] == 0)
      ready.push(i);
  NodeList order;
  while (!ready.empty()) {
    int index = ready.top();
    ready.pop();
    order.push_back(&nodes[index]);
    for (int user : users[index])
      if (--waiting[user] == 0)
        ready.push(user);
  }
  for (int i = 0; i < nodes.size(); ++i)
    if (live[i] && waiting[i] > 0)
      return emitError(loc)
             << "the graph has a cycle through node '" << getNodeName(nodes[i])
             << "' (" << nodes[i].op_type() << ")";
  return order;
}
