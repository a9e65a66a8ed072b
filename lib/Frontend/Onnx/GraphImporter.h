//===- GraphImporter.h - from an ONNX graph to a function -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks the graph in dependency order and calls the operators' handlers.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_GRAPHIMPORTER_H
#define NARROW_LIB_FRONTEND_ONNX_GRAPHIMPORTER_H

#include "Node.h"
#include "narrow/Frontend/ImportModel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace narrow::frontend {

/// Imports an already parsed model; `name` is its file, for diagnostics, and
/// external data lies beside `modelPath`.
OwningOpRef<ModuleOp> importModelProto(const onnx::ModelProto &model,
                                       StringRef name, StringRef modelPath,
                                       MLIRContext &context,
                                       const ImportOptions &options);

/// The names of one graph: a branch of `If` also sees its parent's.
struct Scope {
  const Scope *parent = nullptr;
  llvm::StringMap<Tensor> tensors;
  /// Outputs of nodes that could not be imported.
  llvm::StringSet<> unavailable;
  /// Goes before node and tensor names: "call/" for inlined functions.
  std::string prefix;

  const Tensor *find(StringRef name) const;
  bool isUnavailable(StringRef name) const;
};

/// Imports what `tensor` needs and returns its element type and shape; nothing,
/// and no diagnostic, where that cannot be imported.
std::optional<onnx::ValueInfoProto>
describeTensor(const onnx::ModelProto &model, StringRef tensor,
               StringRef modelPath, MLIRContext &context,
               const ImportOptions &options);

using NodeList = SmallVector<const onnx::NodeProto *>;

/// Returns the nodes that `outputs` need, in dependency order (the file's order
/// where that is one). `isOuter` tells names that the surrounding scope
/// defines. Cycles, undefined names and tensors made twice are errors.
FailureOr<NodeList>
sortNodes(Location loc,
          const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
          ArrayRef<std::string> outputs, function_ref<bool(StringRef)> isOuter);

/// Returns the nodes with each product of integers by the one operator (of
/// `kFoldedDomain`) that it is together with the conversion and the scales
/// behind it, if nothing else reads what lies between. Nothing where there is
/// no such product.
std::optional<google::protobuf::RepeatedPtrField<onnx::NodeProto>>
foldIntegerProducts(
    const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
    ArrayRef<std::string> outputs);
/// Calls `body` with each name that a node reads, inside its branches too: what
/// those define themselves is passed as well, and is unknown outside.
void forEachUse(const onnx::NodeProto &node,
                function_ref<void(const std::string &, bool isDirect)> body);

/// Returns a node's name: its own, or else "Op:first output".
std::string getNodeName(const onnx::NodeProto &node);

class GraphImporter {
public:
  GraphImporter(const onnx::ModelProto &model, StringRef fileName,
                StringRef modelPath, MLIRContext &context,
                const ImportOptions &options);

  OwningOpRef<ModuleOp> run();
  std::optional<onnx::ValueInfoProto> describe(StringRef tensor);

private:
  /// Begins the module with its arguments and imports what `outputs` need.
  LogicalResult importGraph(ArrayRef<std::string> outputs, Scope &scope);
  LogicalResult checkOpsets();
  LogicalResult addInitializers(const onnx::GraphProto &graph, Scope &scope);
  LogicalResult addArguments(Scope &scope);
  FailureOr<Shape> getInputShape(const onnx::ValueInfoProto &input);
  LogicalResult
  importNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
              ArrayRef<std::string> outputs, Scope &scope);
  LogicalResult importNode(const onnx::NodeProto &node, Scope &scope);
  using ImportControlFlow = LogicalResult (GraphImporter::*)(
      const onnx::NodeProto &node, StringRef name, Scope &scope);
  /// Returns what imports an operator that has graphs, or null.
  static ImportControlFlow findControlFlow(const onnx::NodeProto &node);
  LogicalResult importIf(const onnx::NodeProto &node, StringRef name,
                         Scope &scope);
  LogicalResult importLoop(const onnx::NodeProto &node, StringRef name,
                           Scope &scope);
  LogicalResult importScan(const onnx::NodeProto &node, StringRef name,
                           Scope &scope);
  /// Sets the outputs of a loop to its last states and the joined results of
  /// its steps.
  LogicalResult setLoopOutputs(const onnx::NodeProto &proto, Node &node,
                               ArrayRef<Tensor> states,
                               ArrayRef<Tensor> stacked, Scope &scope);
  /// Imports a graph inside a node; returns the names of its outputs.
  FailureOr<SmallVector<std::string>> importBody(const onnx::GraphProto &graph,
                                                 Scope &scope);
  /// Imports the branch of an If that the attribute `which` holds; returns the
  /// names of its outputs.
  FailureOr<SmallVector<std::string>> importBranch(const onnx::NodeProto &node,
                                                   StringRef name,
                                                   StringRef which,
                                                   Scope &branch);
  LogicalResult importCall(const onnx::NodeProto &node,
                           const onnx::FunctionProto &function, StringRef name,
                           Scope &scope);
  void markUnsupported(const onnx::NodeProto &node, StringRef name,
                       StringRef reason, Scope &scope);
  void nameOutput(const Tensor &tensor, StringRef name);
  SmallVector<std::string> getReachedTensors(const Scope &scope) const;
  LogicalResult reportUnsupported(const Scope &scope);
  /// Returns the grid of an input of integers that every reader dequantises
  /// alike, perhaps behind operators that move it; null for any other.
  GridPtr findInputGrid(StringRef name, DataType type, const Scope &scope);
  LogicalResult addResults(const Scope &scope);
  InFlightDiagnostic error();

  struct Unsupported {
    unsigned count = 0;
    std::string firstNode;
  };

  const onnx::ModelProto &model;
  StringRef fileName;
  StringRef modelPath;
  MLIRContext &context;
  const ImportOptions &options;
  OpBuilder builder;
  Location fileLoc;
  OwningOpRef<ModuleOp> module;
  mlir::func::FuncOp function;
  ConstantPool pool;
  llvm::StringMap<int64_t> opsets;
  llvm::StringMap<const onnx::FunctionProto *> functions;
  /// Values of symbolic dimensions that an option has fixed.
  llvm::StringMap<int64_t> dimensions;
  /// Keyed by "Op (opset N): reason".
  std::map<std::string, Unsupported> unsupported;
  unsigned depth = 0;
  /// Nodes that calls of functions have made.
  int64_t inlined = 0;
};

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_GRAPHIMPORTER_H
