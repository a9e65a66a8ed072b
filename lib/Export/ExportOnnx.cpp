//===- ExportOnnx.cpp - fixed point as ONNX with QDQ ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Export/ExportOnnx.h"
#include "QdqGraph.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using fxp::QuantView;

/// Returns the least opset that has the types of all values.
static int64_t getLeastOpset(mlir::func::FuncOp function) {
  bool isWide = false;
  function.walk([&](Operation *op) {
    for (Value result : op->getResults())
      isWide |= QdqGraph::hasIntegers(result) &&
                QuantView(result.getType()).getContainerBits() == 16;
  });
  for (Value argument : function.getArguments())
    isWide |= QdqGraph::hasIntegers(argument) &&
              QuantView(argument.getType()).getContainerBits() == 16;
  return isWide ? 21 : kLeastExportOpset;
}

/// The type of a tensor at the graph's rim; nothing for what has none.
static std::optional<TensorProto::DataType> getRimType(Value value) {
  if (QdqGraph::hasIntegers(value))
    return getStorageType(QuantView(value.getType()));
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  if (element.isF32() || QuantView(element))
    return TensorProto::FLOAT;
  return std::nullopt;
}

static std::string getRimName(Attribute name, StringRef fallback,
                              size_t index) {
  if (auto string = dyn_cast_or_null<mlir::StringAttr>(name))
    return string.str();
  return (fallback + llvm::Twine(index)).str();
}

FailureOr<std::string> narrow::exportOnnx(mlir::func::FuncOp function,
                                          int64_t opset) {
  int64_t least = getLeastOpset(function);
  if (opset == 0)
    opset = least;
  if (opset < least || opset > kMostExportOpset)
    return function.emitError("expected an opset from ")
           << least << " to " << kMostExportOpset << ", found " << opset
           << (opset < least && opset >= kLeastExportOpset
                   ? ": values of 16 bits need 21"
                   : "");
  GraphWriter writer(opset);
  QdqGraph graph(writer);
  auto getShape = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  Block &body = function.getBody().front();
  for (auto [index, argument] : llvm::enumerate(body.getArguments())) {
    std::optional<TensorProto::DataType> type = getRimType(argument);
    std::string name =
        getRimName(function.getArgAttr(index, kNameAttr), "input", index);
    if (!type)
      return function.emitError("expected inputs in f32 or fixed point, found ")
             << argument.getType() << " as '" << name << "'";
    writer.addInput(name, *type, getShape(argument));
    graph.setMoved(argument, Own, name);
  }
  Operation *end = body.getTerminator();
  for (unsigned i = 0; i < end->getNumOperands(); ++i)
    writer.reserve(
        getRimName(function.getResultAttr(i, kNameAttr), "output", i));
  for (Operation &op : body.without_terminator())
    if (failed(writeOp(&op, graph, writer)))
      return failure();
  for (auto [index, value] : llvm::enumerate(end->getOperands())) {
    std::optional<TensorProto::DataType> type = getRimType(value);
    if (!type)
      return end->emitError("expected results in f32 or fixed point, found ")
             << value.getType();
    writer.addOutput(
        graph.getMoved(value),
        getRimName(function.getResultAttr(index, kNameAttr), "output", index),
        *type, getShape(value));
  }
  return writer.serialise();
}
