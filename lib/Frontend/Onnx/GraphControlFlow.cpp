//===- GraphControlFlow.cpp - If, Loop and Scan ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nothing is decided at run time: of an If both branches are computed, and what
// is repeated a known number of times is written out.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "OpTable.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using namespace narrow::frontend;

/// Loops of more steps are refused: their code would be as many copies.
constexpr int64_t kMaxTrips = 64;

GraphImporter::ImportControlFlow
GraphImporter::findControlFlow(const onnx::NodeProto &node) {
  if (!isDefaultDomain(node.domain()))
    return nullptr;
  return llvm::StringSwitch<ImportControlFlow>(node.op_type())
      .Case("If", &GraphImporter::importIf)
      .Case("Loop", &GraphImporter::importLoop)
      .Case("Scan", &GraphImporter::importScan)
      .Default(nullptr);
}

/// Returns the graph that a node has as attribute `name`, or null.
static const onnx::GraphProto *findGraph(const onnx::NodeProto &node,
                                         StringRef name) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name && attribute.has_g())
      return &attribute.g();
  return nullptr;
}

FailureOr<SmallVector<std::string>>
GraphImporter::importBody(const onnx::GraphProto &graph, Scope &scope) {
  SmallVector<std::string> outputs;
  for (const onnx::ValueInfoProto &output : graph.output())
    outputs.push_back(output.name());
  if (failed(addInitializers(graph, scope)) ||
      failed(importNodes(graph.node(), outputs, scope)))
    return failure();
  return outputs;
}

FailureOr<SmallVector<std::string>>
GraphImporter::importBranch(const onnx::NodeProto &proto, StringRef name,
                            StringRef which, Scope &branch) {
  const onnx::GraphProto *graph = findGraph(proto, which);
  if (!graph)
    return error() << "node '" << name << "' (If): expected attribute '"
                   << which << "'";
  if (graph->output_size() < proto.output_size())
    return error() << "node '" << name << "' (If): expected a branch with "
                   << proto.output_size() << " outputs, found "
                   << graph->output_size();
  return importBody(*graph, branch);
}

LogicalResult GraphImporter::importIf(const onnx::NodeProto &proto,
                                      StringRef name, Scope &scope) {
  const Tensor *found =
      proto.input_size() ? scope.find(proto.input(0)) : nullptr;
  if (!found || !*found || !isBool(found->type) || found->getNumElements() != 1)
    return error() << "node '" << name
                   << "' (If): expected a condition of one boolean";
  // Importing the branches adds tensors, which may move this one.
  Tensor condition = *found;
  SmallVector<StringRef> taken = {"then_branch", "else_branch"};
  if (condition.literal)
    taken = {taken[condition.literal->get(0) != 0 ? 0 : 1]};
  Scope branches[2];
  SmallVector<SmallVector<std::string>> outputs;
  for (auto [index, which] : llvm::enumerate(taken)) {
    branches[index].parent = &scope;
    branches[index].prefix = scope.prefix;
    auto names = importBranch(proto, name, which, branches[index]);
    if (failed(names))
      return failure();
    outputs.push_back(std::move(*names));
  }
  Location loc = mlir::NameLoc::get(builder.getStringAttr(name));
  Node node(proto, 1, name, {}, builder, loc, pool, modelPath);
  for (int i = 0; i < proto.output_size(); ++i) {
    SmallVector<Tensor> results;
    for (size_t branch = 0; branch < taken.size(); ++branch)
      if (!branches[branch].isUnavailable(outputs[branch][i]))
        results.push_back(*branches[branch].find(outputs[branch][i]));
    if (results.size() < taken.size()) {
      scope.unavailable.insert(proto.output(i));
      continue;
    }
    Tensor result = results.front();
    if (results.size() == 2) {
      // Both branches are computed, and one result is taken.
      const Tensor &other = results.back();
      if (result.shape != other.shape || result.type != other.type) {
        markUnsupported(proto, name,
                        "the condition is computed, and the branches give " +
                            getName(result.type) + toString(result.shape) +
                            " and " + getName(other.type) +
                            toString(other.shape),
                        scope);
        return mlir::success();
      }
      result = node.b.select(node.b.reshape(condition, {}), result, other);
      if (!result) {
        if (node.getUnsupportedReason().empty())
          return failure();
        markUnsupported(proto, name, node.getUnsupportedReason(), scope);
        return mlir::success();
      }
      nameOutput(result, scope.prefix + proto.output(i));
    }
    scope.tensors[proto.output(i)] = result;
  }
  return mlir::success();
}

/// Gives a step's results to the next one; returns false where one of them
/// could not be imported.
static bool takeResults(const Scope &step, ArrayRef<std::string> names,
                        SmallVectorImpl<Tensor> &results) {
  results.clear();
  for (const std::string &name : names) {
    if (step.isUnavailable(name))
      return false;
    results.push_back(*step.find(name));
  }
  return true;
}

LogicalResult GraphImporter::setLoopOutputs(const onnx::NodeProto &proto,
                                            Node &node, ArrayRef<Tensor> states,
                                            ArrayRef<Tensor> stacked,
                                            Scope &scope) {
  for (int i = 0; i < proto.output_size(); ++i) {
    if (proto.output(i).empty())
      continue;
    auto place = static_cast<size_t>(i);
    const Tensor &tensor =
        place < states.size() ? states[place] : stacked[place - states.size()];
    if (!tensor) {
      if (node.getUnsupportedReason().empty())
        return node.hasFailed()
                   ? failure()
                   : node.error("output " + Twine(i) + " has no value");
      markUnsupported(proto, node.getName(), node.getUnsupportedReason(),
                      scope);
      return mlir::success();
    }
    // What a step calls it is a name of ours.
    std::string inner = (node.getName() + "/").str();
    Operation *op = tensor.value ? tensor.value.getDefiningOp() : nullptr;
    auto own = op ? op->getAttrOfType<mlir::StringAttr>(kNameAttr) : nullptr;
    if (own && own.getValue().starts_with(inner))
      op->removeAttr(kNameAttr);
    nameOutput(tensor, scope.prefix + proto.output(i));
    scope.tensors[proto.output(i)] = tensor;
  }
  return mlir::success();
}

LogicalResult GraphImporter::importLoop(const onnx::NodeProto &proto,
                                        StringRef name, Scope &scope) {
  const onnx::GraphProto *graph = findGraph(proto, "body");
  int numStates = std::max(proto.input_size() - 2, 0);
  if (!graph || graph->input_size() != numStates + 2 ||
      graph->output_size() < numStates + 1 ||
      proto.output_size() > graph->output_size() - 1)
    return error() << "node '" << name << "' (Loop): expected a body with "
                   << numStates + 2 << " inputs and at least "
                   << std::max(numStates, proto.output_size()) + 1
                   << " outputs";
  auto find = [&](int index) -> Tensor {
    return index < proto.input_size() && !proto.input(index).empty()
               ? *scope.find(proto.input(index))
               : Tensor();
  };
  auto refuse = [&](const Twine &reason) -> LogicalResult {
    markUnsupported(proto, name, reason.str(), scope);
    return mlir::success();
  };
  Tensor count = find(0), condition = find(1);
  if ((count && !count.literal) || (condition && !condition.literal))
    return refuse("the number of steps is computed");
  if ((count && count.getNumElements() != 1) ||
      (condition && condition.getNumElements() != 1))
    return error() << "node '" << name
                   << "' (Loop): expected one number of steps and one "
                      "condition";
  if (count && count.literal->integers.empty())
    return error() << "node '" << name
                   << "' (Loop): expected an integer number of steps";
  // A number of steps that never ends the loop is the largest there is: no
  // double holds it.
  int64_t trips = count ? count.literal->integers.front()
                        : std::numeric_limits<int64_t>::max();
  bool goesOn = !condition || condition.literal->get(0) != 0;

  Location loc = mlir::NameLoc::get(builder.getStringAttr(name));
  Node node(proto, 1, name, {}, builder, loc, pool, modelPath);
  SmallVector<Tensor> states, results;
  for (int i = 0; i < numStates; ++i)
    states.push_back(find(i + 2));
  SmallVector<SmallVector<Tensor>> steps(graph->output_size() - 1 - numStates);
  for (int64_t trip = 0; trip < trips && goesOn; ++trip) {
    if (trip == kMaxTrips)
      return refuse("more than " + Twine(kMaxTrips) + " steps");
    Scope step;
    step.parent = &scope;
    step.prefix = (name + "/" + Twine(trip) + "/").str();
    step.tensors[graph->input(0).name()] =
        makeScalar(DataType::I64, static_cast<double>(trip));
    step.tensors[graph->input(1).name()] = makeScalar(DataType::Bool, 1);
    for (int i = 0; i < numStates; ++i)
      step.tensors[graph->input(i + 2).name()] = states[i];
    auto names = importBody(*graph, step);
    if (failed(names))
      return failure();
    if (!takeResults(step, *names, results)) {
      for (const std::string &output : proto.output())
        scope.unavailable.insert(output);
      return mlir::success();
    }
    if (!results[0].literal || results[0].getNumElements() != 1)
      return refuse("whether there is another step is computed");
    goesOn = results[0].literal->get(0) != 0;
    for (int i = 0; i < numStates; ++i)
      states[i] = results[i + 1];
    for (size_t i = 0; i < steps.size(); ++i) {
      const Tensor &result = results[i + 1 + numStates];
      Shape shape = result.shape;
      shape.insert(shape.begin(), 1);
      steps[i].push_back(node.b.reshape(result, shape));
      if (!steps[i].back())
        return failure();
    }
  }
  SmallVector<Tensor> stacked;
  for (ArrayRef<Tensor> parts : steps) {
    if (parts.empty())
      return refuse("no step, of which the results would be joined");
    stacked.push_back(node.b.concat(parts, 0));
  }
  return setLoopOutputs(proto, node, states, stacked, scope);
}

LogicalResult GraphImporter::importScan(const onnx::NodeProto &proto,
                                        StringRef name, Scope &scope) {
  const onnx::GraphProto *graph = findGraph(proto, "body");
  Location loc = mlir::NameLoc::get(builder.getStringAttr(name));
  Node node(proto, 1, name, {}, builder, loc, pool, modelPath);
  auto refuse = [&](const Twine &reason) -> LogicalResult {
    markUnsupported(proto, name, reason.str(), scope);
    return mlir::success();
  };
  auto opset = opsets.find("");
  if (opset != opsets.end() && opset->second < 9)
    return refuse("batches of sequences (before opset 9)");
  int64_t numScanned = node.getInt("num_scan_inputs", 0);
  int64_t numStates = proto.input_size() - numScanned;
  if (!graph || numScanned < 1 || numStates < 0 ||
      graph->input_size() != proto.input_size() ||
      graph->output_size() < numStates ||
      proto.output_size() > graph->output_size())
    return error() << "node '" << name << "' (Scan): expected a body with "
                   << proto.input_size() << " inputs and at least "
                   << proto.output_size() << " outputs";
  int64_t numStacked = graph->output_size() - numStates;
  auto getNumbers = [&](StringRef attribute, int64_t count) {
    return node.getInts(attribute).value_or(SmallVector<int64_t>(count, 0));
  };
  SmallVector<int64_t> inAxes = getNumbers("scan_input_axes", numScanned),
                       inReversed =
                           getNumbers("scan_input_directions", numScanned),
                       outAxes = getNumbers("scan_output_axes", numStacked),
                       outReversed =
                           getNumbers("scan_output_directions", numStacked);
  if (node.hasFailed())
    return failure();
  if (static_cast<int64_t>(inAxes.size()) != numScanned ||
      static_cast<int64_t>(inReversed.size()) != numScanned ||
      static_cast<int64_t>(outAxes.size()) != numStacked ||
      static_cast<int64_t>(outReversed.size()) != numStacked)
    return error() << "node '" << name
                   << "' (Scan): expected an axis and a direction for each of "
                   << numScanned << " inputs and " << numStacked << " outputs";

  SmallVector<Tensor> states, scanned, results;
  int64_t trips = 0;
  for (int64_t i = 0; i < proto.input_size(); ++i) {
    const Tensor *operand = scope.find(proto.input(static_cast<int>(i)));
    if (!operand || !*operand)
      return error() << "node '" << name << "' (Scan): expected operand " << i;
    if (i < numStates) {
      states.push_back(*operand);
      continue;
    }
    int64_t place = i - numStates;
    auto axis = node.normalizeAxis(inAxes[place], operand->getRank());
    if (failed(axis))
      return failure();
    inAxes[place] = *axis;
    if (place && operand->shape[*axis] != trips)
      return error() << "node '" << name << "' (Scan): expected " << trips
                     << " steps of each input, found " << operand->shape[*axis];
    trips = operand->shape[*axis];
    scanned.push_back(*operand);
  }
  if (trips > kMaxTrips)
    return refuse("more than " + Twine(kMaxTrips) + " steps");

  SmallVector<SmallVector<Tensor>> steps(numStacked);
  for (int64_t trip = 0; trip < trips; ++trip) {
    Scope step;
    step.parent = &scope;
    step.prefix = (name + "/" + Twine(trip) + "/").str();
    for (int64_t i = 0; i < numStates; ++i)
      step.tensors[graph->input(static_cast<int>(i)).name()] = states[i];
    for (int64_t i = 0; i < numScanned; ++i) {
      int64_t at = inReversed[i] ? trips - 1 - trip : trip;
      Tensor part = node.b.slice(scanned[i], inAxes[i], at, 1, 1);
      Shape shape = scanned[i].shape;
      shape.erase(shape.begin() + inAxes[i]);
      part = part ? node.b.reshape(part, shape) : part;
      if (!part)
        return failure();
      step.tensors[graph->input(static_cast<int>(numStates + i)).name()] = part;
    }
    auto names = importBody(*graph, step);
    if (failed(names))
      return failure();
    if (!takeResults(step, *names, results)) {
      for (const std::string &output : proto.output())
        scope.unavailable.insert(output);
      return mlir::success();
    }
    for (int64_t i = 0; i < numStates; ++i)
      states[i] = results[i];
    for (int64_t i = 0; i < numStacked; ++i) {
      const Tensor &result = results[numStates + i];
      auto axis = node.normalizeAxis(outAxes[i], result.getRank() + 1);
      if (failed(axis))
        return failure();
      Shape shape = result.shape;
      shape.insert(shape.begin() + *axis, 1);
      Tensor part = node.b.reshape(result, shape);
      if (!part)
        return failure();
      steps[i].insert(outReversed[i] ? steps[i].begin() : steps[i].end(), part);
    }
  }
  SmallVector<Tensor> stacked;
  for (auto [i, parts] : llvm::enumerate(steps)) {
    if (parts.empty())
      return refuse("no step, of which the results would be joined");
    int64_t rank = parts.front().getRank();
    stacked.push_back(
        node.b.concat(parts, *node.normalizeAxis(outAxes[i], rank)));
  }
  return setLoopOutputs(proto, node, states, stacked, scope);
}
