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

/// The type of a tensor at the graph's rim; nothing for what has none.
static std::optional<TensorProto::DataType> getRimType(Value value) {
  if (QdqGraph::hasIntegers(value))
    return getStorageType(QuantView(value.getType()));
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  return QuantView(element) ? TensorProto::FLOAT : getPlainType(element);
}

static std::string getRimName(Attribute name, StringRef fallback,
                              size_t index) {
  if (auto string = dyn_cast_or_null<mlir::StringAttr>(name))
    return string.str();
  return (fallback + llvm::Twine(index)).str();
}

static LogicalResult writeFunction(mlir::func::FuncOp function,
                                   GraphWriter &writer) {
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
      return function.emitError(
                 "expected inputs in f32, integers or fixed point, found ")
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
      return end->emitError(
                 "expected results in f32, integers or fixed point, found ")
             << value.getType();
    writer.addOutput(
        graph.getMoved(value),
        getRimName(function.getResultAttr(index, kNameAttr), "output", index),
        *type, getShape(value));
  }
  writer.removeUnread();
  return mlir::success();
}

FailureOr<std::string> narrow::exportOnnx(mlir::func::FuncOp function,
                                          int64_t opset) {
  constexpr int64_t kWideOpset = 21;
  auto isKnown = [](int64_t opset) {
    return opset >= kLeastExportOpset && opset <= kMostExportOpset;
  };
  GraphWriter writer(isKnown(opset) ? opset : kLeastExportOpset);
  if (failed(writeFunction(function, writer)))
    return failure();
  int64_t least = writer.quantisesTo16Bits() ? kWideOpset : kLeastExportOpset;
  if (opset == 0)
    opset = least;
  if (opset < least || opset > kMostExportOpset)
    return function.emitError("expected an opset from ")
           << least << " to " << kMostExportOpset << ", found " << opset
           << (opset < least && opset >= kLeastExportOpset
                   ? ": values of 16 bits need 21"
                   : "");
  if (opset == writer.getOpset())
    return writer.serialise();
  GraphWriter again(opset);
  if (failed(writeFunction(function, again)))
    return failure();
  return again.serialise();
}
