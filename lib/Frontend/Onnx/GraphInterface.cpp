//===- GraphInterface.cpp - inputs and outputs of a graph ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "ModelLoader.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using namespace narrow::frontend;

FailureOr<Shape>
GraphImporter::getInputShape(const onnx::ValueInfoProto &input) {
  auto given = options.shapes.find(input.name());
  bool hasGiven = given != options.shapes.end();
  const auto &type = input.type().tensor_type();
  int64_t rank = type.has_shape() ? type.shape().dim_size()
                 : hasGiven       ? given->second.size()
                                  : -1;
  if (rank < 0)
    return error() << "input '" << input.name()
                   << "' has no shape; give one with --shape";
  if (hasGiven && rank != static_cast<int64_t>(given->second.size()))
    return error() << "input '" << input.name() << "' has rank " << rank
                   << ", found " << given->second.size()
                   << " dimensions in the shape given for it";
  if (rank > kMaxRank)
    return error() << "input '" << input.name() << "' has rank " << rank
                   << ", expected " << kMaxRank << " at most";
  Shape shape;
  for (int64_t axis = 0; axis < rank; ++axis) {
    const auto *dim = type.has_shape() ? &type.shape().dim(axis) : nullptr;
    std::string symbol = dim ? dim->dim_param() : "";
    std::optional<int64_t> size;
    // Older converters write an open dimension as -1.
    if (dim && dim->has_dim_value() && dim->dim_value() >= 0)
      size = dim->dim_value();
    if (hasGiven) {
      int64_t wanted = given->second[axis];
      if (size && *size != wanted)
        return error() << "input '" << input.name() << "' has size " << *size
                       << " on axis " << axis << ", found " << wanted
                       << " in the shape given for it";
      size = wanted;
      if (!symbol.empty())
        dimensions[symbol] = wanted;
    }
    if (!size && dimensions.count(symbol))
      size = dimensions[symbol];
    std::string which = std::to_string(axis);
    if (!symbol.empty())
      which += " ('" + symbol + "')";
    if (!size && axis == 0) {
      size = options.batch.value_or(1);
      if (!symbol.empty())
        dimensions[symbol] = *size;
      if (!options.batch)
        emitRemark(fileLoc)
            << "input '" << input.name() << "' leaves dimension " << which
            << " open: taken as 1; --batch or --shape fix it";
    }
    if (!size)
      return error() << "input '" << input.name() << "' leaves dimension "
                     << which << " open; fix it with --shape";
    if (*size <= 0)
      return error() << "input '" << input.name()
                     << "': expected positive dimensions, found " << *size
                     << " on axis " << axis
                     << (*size ? ""
                               : "; tensors without elements are not "
                                 "supported");
    shape.push_back(*size);
  }
  int64_t count = 1;
  for (int64_t size : shape) {
    if (count > kMaxElements / size)
      return error() << "input '" << input.name() << "' of shape "
                     << toString(shape) << " is too large";
    count *= size;
  }
  return shape;
}

LogicalResult GraphImporter::addArguments(Scope &scope) {
  SmallVector<mlir::Type> types;
  SmallVector<std::pair<StringRef, DataType>> inputs;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    // Before IR version 4 initializers were listed as inputs as well.
    if (scope.tensors.count(input.name()))
      continue;
    if (!input.type().has_tensor_type())
      return error() << "input '" << input.name()
                     << "' is not a tensor; sequences, maps and optionals are "
                        "not supported";
    auto type = static_cast<DataType>(input.type().tensor_type().elem_type());
    if (!isImportable(type))
      return error() << "input '" << input.name() << "' has element type "
                     << getName(type) << ", which is not supported";
    auto shape = getInputShape(input);
    if (failed(shape))
      return failure();
    types.push_back(
        RankedTensorType::get(*shape, getStorageType(&context, type)));
    inputs.emplace_back(input.name(), type);
  }
  function = mlir::func::FuncOp::create(builder, fileLoc, "main",
                                        builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  for (auto [index, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(index, kNameAttr, builder.getStringAttr(input.first));
    if (!scope.tensors
             .try_emplace(input.first,
                          Tensor(entry->getArgument(index), input.second))
             .second)
      return error() << "input '" << input.first << "' is named twice";
  }
  builder.setInsertionPointToEnd(entry);
  return mlir::success();
}

LogicalResult GraphImporter::addResults(const Scope &scope) {
  SmallVector<mlir::Value> results;
  SmallVector<mlir::Type> types;
  llvm::StringSet<> names;
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    if (!names.insert(output.name()).second)
      return error() << "output '" << output.name()
                     << "' is listed twice; results are told apart by their "
                        "names";
    const Tensor *tensor = scope.find(output.name());
    mlir::Value value = tensor->value;
    if (!value) {
      onnx::NodeProto identity;
      identity.set_op_type("Identity");
      Node node(identity, 1, output.name(), {*tensor}, builder, fileLoc, pool,
                modelPath);
      value = node.b.materialize(*tensor);
      if (!value)
        return error() << "output '" << output.name() << "' has shape "
                       << toString(tensor->shape)
                       << "; tensors without elements are not supported";
    }
    results.push_back(value);
    types.push_back(value.getType());
  }
  mlir::func::ReturnOp::create(builder, fileLoc, results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
  for (auto [index, output] : llvm::enumerate(model.graph().output()))
    function.setResultAttr(index, kNameAttr,
                           builder.getStringAttr(output.name()));
  return mlir::success();
}
