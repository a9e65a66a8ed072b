//===- ExportTflite.cpp - fixed point as a TFLite model -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Export/ExportTflite.h"
#include "Tflite/OpWriter.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using namespace narrow::tflite;

static std::string getRimName(Attribute name, StringRef fallback,
                              size_t index) {
  if (auto string = dyn_cast_or_null<mlir::StringAttr>(name))
    return string.str();
  return (fallback + llvm::Twine(index)).str();
}

FailureOr<std::string> narrow::exportTflite(mlir::func::FuncOp function) {
  TfliteGraph graph;
  OpWriter writer(graph);
  Block &body = function.getBody().front();
  for (auto [index, argument] : llvm::enumerate(body.getArguments())) {
    FailureOr<ElementKind> kind = writer.getKind(argument);
    if (failed(kind))
      return failure();
    std::string name =
        getRimName(function.getArgAttr(index, kNameAttr), "input", index);
    TensorId tensor = graph.addTensor(name, tflite::getShape(argument), *kind);
    graph.addInput(name, tensor);
    writer.setTensor(argument, tensor);
  }
  for (Operation &op : body.without_terminator())
    if (failed(writer.write(&op)))
      return failure();
  llvm::DenseSet<TensorId> taken;
  for (auto argument : body.getArguments())
    taken.insert(*writer.getTensor(argument));
  Operation *end = body.getTerminator();
  for (auto [index, value] : llvm::enumerate(end->getOperands())) {
    FailureOr<TensorId> tensor = writer.getTensor(value);
    if (failed(tensor))
      return failure();
    // What is an input or an output already is copied.
    if (!taken.insert(*tensor).second)
      tensor = writer.copy(*tensor);
    graph.addOutput(
        getRimName(function.getResultAttr(index, kNameAttr), "output", index),
        *tensor);
  }
  std::string file = graph.serialise();
  if (file.empty())
    return function.emitError("expected constants of less than 2 GiB, which is "
                              "what a TFLite file holds");
  return file;
}
