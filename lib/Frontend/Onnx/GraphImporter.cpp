//===- GraphImporter.cpp - from an ONNX graph to a function ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "ModelLoader.h"
#include "OpTable.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/Names.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace narrow;
using namespace narrow::frontend;

const Tensor *Scope::find(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->parent) {
    auto it = scope->tensors.find(name);
    if (it != scope->tensors.end())
      return &it->second;
  }
  return nullptr;
}

bool Scope::isUnavailable(StringRef name) const {
  return unavailable.contains(name) || (parent && parent->isUnavailable(name));
}

GraphImporter::GraphImporter(const onnx::ModelProto &model, StringRef fileName,
                             StringRef modelPath, MLIRContext &context,
                             const ImportOptions &options)
    : model(model), fileName(fileName), modelPath(modelPath), context(context),
      options(options), builder(&context),
      fileLoc(mlir::FileLineColLoc::get(&context, fileName, 0, 0)) {
  for (const onnx::FunctionProto &function : model.functions())
    functions[function.domain() + "::" + function.name()] = &function;
}

InFlightDiagnostic GraphImporter::error() { return emitError(fileLoc); }

LogicalResult GraphImporter::checkOpsets() {
  for (const onnx::OperatorSetIdProto &set : model.opset_import())
    opsets[isDefaultDomain(set.domain()) ? "" : set.domain()] = set.version();
  auto it = opsets.find("");
  if (it != opsets.end() &&
      (it->second < kFirstOpset || it->second > kLastOpset))
    return error() << "opset " << it->second << " is not supported; expected "
                   << kFirstOpset << " to " << kLastOpset;
  return mlir::success();
}

LogicalResult GraphImporter::addInitializers(const onnx::GraphProto &graph,
                                             Scope &scope) {
  if (graph.sparse_initializer_size())
    return error() << "sparse initializers are not supported";
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    auto literal = readTensor(tensor, modelPath);
    if (!literal)
      return error() << llvm::toString(literal.takeError());
    pool.held += getNumElements(literal->shape);
    if (!scope.tensors.try_emplace(tensor.name(), std::move(*literal)).second)
      return error() << "initializer '" << tensor.name()
                     << "' is defined twice";
  }
  return mlir::success();
}

/// Names the op that makes an ONNX tensor after it; the first name stays.
void GraphImporter::nameOutput(const Tensor &tensor, StringRef name) {
  Operation *op = tensor.value ? tensor.value.getDefiningOp() : nullptr;
  if (op && !op->hasAttr(kNameAttr))
    op->setAttr(kNameAttr, builder.getStringAttr(name));
}

void GraphImporter::markUnsupported(const onnx::NodeProto &node, StringRef name,
                                    StringRef reason, Scope &scope) {
  for (const std::string &output : node.output())
    scope.unavailable.insert(output);
  std::string key = isDefaultDomain(node.domain())
                        ? node.op_type()
                        : node.domain() + "." + node.op_type();
  auto opset =
      opsets.find(isDefaultDomain(node.domain()) ? StringRef() : node.domain());
  if (opset != opsets.end())
    key += " (opset " + std::to_string(opset->second) + ")";
  if (!reason.empty())
    key += ": " + reason.str();
  Unsupported &entry = unsupported[key];
  if (entry.count++ == 0)
    entry.firstNode = name.str();
}

/// Returns the tensors at which the graph can end in front of what could not be
/// imported: those that such nodes read, and the outputs behind none of them.
SmallVector<std::string>
GraphImporter::getReachedTensors(const Scope &scope) const {
  llvm::SetVector<StringRef> reached;
  auto add = [&](StringRef name) {
    const Tensor *tensor = scope.find(name);
    if (tensor && tensor->value && tensor->value.getDefiningOp())
      reached.insert(name);
  };
  for (const onnx::NodeProto &node : model.graph().node())
    if (llvm::any_of(node.output(), [&](const std::string &output) {
          return scope.unavailable.contains(output);
        }))
      forEachUse(node, [&](const std::string &use, bool) { add(use); });
  for (const onnx::ValueInfoProto &output : model.graph().output())
    add(output.name());
  return SmallVector<std::string>(reached.begin(), reached.end());
}

LogicalResult GraphImporter::reportUnsupported(const Scope &scope) {
  if (unsupported.empty())
    return mlir::success();
  unsigned nodes = 0;
  for (const auto &[key, entry] : unsupported)
    nodes += entry.count;
  InFlightDiagnostic diagnostic = error() << "the model has " << nodes
                                          << " unsupported node"
                                          << (nodes == 1 ? "" : "s");
  for (const auto &[key, entry] : unsupported) {
    diagnostic.attachNote() << key << ": " << entry.count << " node"
                            << (entry.count == 1 ? "" : "s") << ", "
                            << (entry.count == 1 ? "" : "the first is ") << "'"
                            << entry.firstNode << "'";
  }
  constexpr size_t kMaxNamed = 16;
  SmallVector<std::string> reached = getReachedTensors(scope);
  if (!reached.empty() && reached.size() <= kMaxNamed)
    diagnostic.attachNote() << "what is in front of them can be taken alone: "
                               "--outputs="
                            << llvm::join(reached, ",");
  return failure();
}

LogicalResult GraphImporter::importNodes(
    const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    ArrayRef<std::string> outputs, Scope &scope) {
  // Nodes are pointed at: these live as long as the walk.
  auto folded = foldIntegerProducts(nodes, outputs);
  auto order = sortNodes(fileLoc, folded ? *folded : nodes, outputs,
                         [&](StringRef name) {
                           return scope.find(name) || scope.isUnavailable(name);
                         });
  if (failed(order))
    return failure();
  for (const onnx::NodeProto *node : *order)
    if (failed(importNode(*node, scope)))
      return failure();
  return mlir::success();
}

LogicalResult GraphImporter::importNode(const onnx::NodeProto &proto,
                                        Scope &scope) {
  std::string name = scope.prefix + getNodeName(proto);
  auto function = functions.find(proto.domain() + "::" + proto.op_type());
  bool isCall = function != functions.end();
  ImportControlFlow controlFlow = findControlFlow(proto);
  auto set = opsets.find(isDefaultDomain(proto.domain()) ? StringRef()
                                                         : proto.domain());
  int64_t opset = set == opsets.end() ? 1 : set->second;
  const OpEntry *entry = findOp(proto.domain(), proto.op_type(), opset);
  if (!entry && !controlFlow && !isCall) {
    markUnsupported(proto, name, "", scope);
    return mlir::success();
  }

  SmallVector<Tensor> operands;
  for (const std::string &input : proto.input()) {
    if (scope.isUnavailable(input)) {
      for (const std::string &output : proto.output())
        scope.unavailable.insert(output);
      return mlir::success();
    }
    operands.push_back(input.empty() ? Tensor() : *scope.find(input));
  }
  if (isCall)
    return importCall(proto, *function->second, name, scope);
  if (controlFlow)
    return (this->*controlFlow)(proto, name, scope);

  Location loc = mlir::NameLoc::get(builder.getStringAttr(name));
  Node node(proto, opset, name, std::move(operands), builder, loc, pool,
            modelPath);
  GridPtr grid = takeStored(node, entry->stored);
  LogicalResult result = node.hasFailed() ? failure() : entry->handler(node);
  if (!node.getUnsupportedReason().empty()) {
    markUnsupported(proto, name, node.getUnsupportedReason(), scope);
    return mlir::success();
  }
  if (failed(result) || node.hasFailed())
    return failure();
  for (int i = 0; i < proto.output_size(); ++i) {
    if (!node.hasOutput(i))
      continue;
    Tensor output = node.getOutput(i);
    // Places are integers of their own.
    if (grid && output && isFloat(output.type)) {
      output.grid = grid;
      output.type = grid->type;
    }
    if (!output) {
      markUnsupported(proto, name, ("output " + Twine(i)).str(), scope);
      return mlir::success();
    }
    nameOutput(output, scope.prefix + proto.output(i));
    scope.tensors[proto.output(i)] = output;
  }
  return mlir::success();
}

LogicalResult GraphImporter::importCall(const onnx::NodeProto &proto,
                                        const onnx::FunctionProto &callee,
                                        StringRef name, Scope &scope) {
  constexpr unsigned kMaxDepth = 64;
  if (depth >= kMaxDepth)
    return error() << "node '" << name << "': functions call each other more "
                   << "than " << kMaxDepth << " deep";
  // Functions that call each other twice make more nodes than memory holds.
  constexpr int64_t kMaxInlined = int64_t(1) << 17;
  inlined += callee.node_size();
  if (inlined > kMaxInlined)
    return error() << "node '" << name << "': calls of functions make more "
                   << "than " << kMaxInlined << " nodes";
  Scope body;
  body.prefix = name.str() + "/";
  for (int i = 0; i < callee.input_size(); ++i) {
    bool given = i < proto.input_size() && !proto.input(i).empty();
    body.tensors[callee.input(i)] =
        given ? *scope.find(proto.input(i)) : Tensor();
  }
  // The body names attributes of the call; give them their values.
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes = callee.node();
  for (onnx::NodeProto &node : nodes) {
    auto *attributes = node.mutable_attribute();
    for (int i = attributes->size() - 1; i >= 0; --i) {
      std::string reference = attributes->Get(i).ref_attr_name();
      if (reference.empty())
        continue;
      std::string own = attributes->Get(i).name();
      attributes->DeleteSubrange(i, 1);
      for (const onnx::AttributeProto &actual : proto.attribute())
        if (actual.name() == reference) {
          *attributes->Add() = actual;
          attributes->Mutable(attributes->size() - 1)->set_name(own);
        }
    }
  }
  // Inside, operators mean what the function's own opsets say.
  llvm::StringMap<int64_t> outerOpsets = opsets;
  for (const onnx::OperatorSetIdProto &set : callee.opset_import())
    opsets[isDefaultDomain(set.domain()) ? "" : set.domain()] = set.version();
  ++depth;
  SmallVector<std::string> outputs(callee.output().begin(),
                                   callee.output().end());
  LogicalResult result = importNodes(nodes, outputs, body);
  --depth;
  opsets = std::move(outerOpsets);
  if (failed(result))
    return failure();
  for (int i = 0; i < proto.output_size(); ++i) {
    if (i >= callee.output_size())
      return error() << "node '" << name << "': function '" << callee.name()
                     << "' has " << callee.output_size()
                     << " outputs, expected " << proto.output_size();
    if (body.isUnavailable(outputs[i]))
      scope.unavailable.insert(proto.output(i));
    else
      scope.tensors[proto.output(i)] = *body.find(outputs[i]);
  }
  return mlir::success();
}

LogicalResult GraphImporter::importGraph(ArrayRef<std::string> outputs,
                                         Scope &scope) {
  context.loadDialect<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                      nn::NnDialect>();
  module = ModuleOp::create(fileLoc);
  builder.setInsertionPointToEnd(module->getBody());
  return failure(failed(checkOpsets()) ||
                 failed(addInitializers(model.graph(), scope)) ||
                 failed(addArguments(scope)) ||
                 failed(importNodes(model.graph().node(), outputs, scope)));
}

OwningOpRef<ModuleOp> GraphImporter::run() {
  Scope scope;
  SmallVector<std::string> outputs;
  for (const onnx::ValueInfoProto &output : model.graph().output())
    outputs.push_back(output.name());
  if (failed(importGraph(outputs, scope)) || failed(reportUnsupported(scope)) ||
      failed(addResults(scope)) || failed(mlir::verify(*module)))
    return nullptr;
  return std::move(module);
}

std::optional<onnx::ValueInfoProto> GraphImporter::describe(StringRef name) {
  Scope scope;
  if (failed(importGraph({name.str()}, scope)) || scope.isUnavailable(name))
    return std::nullopt;
  const Tensor &tensor = *scope.find(name);
  onnx::ValueInfoProto info;
  info.set_name(name.str());
  auto *type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(static_cast<int>(tensor.type));
  for (int64_t size : tensor.shape)
    type->mutable_shape()->add_dim()->set_dim_value(size);
  return info;
}

OwningOpRef<ModuleOp> frontend::importModelProto(const onnx::ModelProto &model,
                                                 StringRef name,
                                                 StringRef modelPath,
                                                 MLIRContext &context,
                                                 const ImportOptions &options) {
  return GraphImporter(model, name, modelPath, context, options).run();
}

std::optional<onnx::ValueInfoProto>
frontend::describeTensor(const onnx::ModelProto &model, StringRef tensor,
                         StringRef modelPath, MLIRContext &context,
                         const ImportOptions &options) {
  mlir::ScopedDiagnosticHandler silence(
      &context, [](mlir::Diagnostic &) { return mlir::success(); });
  return GraphImporter(model, modelPath, modelPath, context, options)
      .describe(tensor);
}
