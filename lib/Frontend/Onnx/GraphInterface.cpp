//===- GraphInterface.cpp - inputs and outputs of a graph ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "ModelLoader.h"
#include "OpTable.h"
#include "Ops/Grids.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/StoredInterface.h"

using namespace narrow;
using namespace narrow::frontend;

/// Whether the interface can have the integers of `grid` as they are.
static bool isInterfaceGrid(const Grid &grid) {
  return grid.isUniform() &&
         (getBitWidth(grid.type) == 8 || grid.type == DataType::I16);
}

static mlir::TypeAttr getStoredAttr(MLIRContext &context,
                                    const Tensor &tensor) {
  return mlir::TypeAttr::get(
      getStoredType(&context, tensor.type, tensor.grid->scale->floats.front(),
                    tensor.grid->zero->integers.front()));
}

/// Returns whether the node multiplies integers that have zero points, two
/// operands behind them, and no scales.
static bool isIntegerProduct(const onnx::NodeProto &node) {
  return isDefaultDomain(node.domain()) &&
         (node.op_type() == "MatMulInteger" || node.op_type() == "ConvInteger");
}

/// Returns whether operand `index` of `node` is one of stored integers, which
/// its scale and zero point follow.
static bool takesGrid(const onnx::NodeProto &node, const OpEntry &entry,
                      int index) {
  StringRef op = node.op_type();
  if (entry.stored != Stored::Reads || op == "Shape" || op == "Size")
    return false;
  if (isIntegerProduct(node))
    return index < 2;
  if (op == "QLinearConcat")
    return index % 3 == 2;
  return index == 0 ||
         (index == 3 &&
          (op == "QLinearMatMul" || op == "QLinearAdd" || op == "QLinearMul"));
}

GridPtr GraphImporter::findInputGrid(StringRef name, DataType type,
                                     const Scope &scope) {
  if (!options.storedInterface || !isInteger(type) || getBitWidth(type) > 16)
    return {};
  auto getOne = [&](const onnx::NodeProto &node, int index) -> LiteralPtr {
    if (index >= node.input_size())
      return nullptr;
    const Tensor *tensor = scope.find(node.input(index));
    return tensor && tensor->literal && tensor->getNumElements() == 1
               ? tensor->literal
               : nullptr;
  };
  GridPtr grid;
  SmallVector<std::string> names = {name.str()};
  for (size_t i = 0; i < names.size(); ++i)
    for (const onnx::NodeProto &node : model.graph().node())
      for (int index = 0; index < node.input_size(); ++index) {
        if (node.input(index) != names[i])
          continue;
        auto set = opsets.find(isDefaultDomain(node.domain()) ? StringRef()
                                                              : node.domain());
        const OpEntry *entry = findOp(node.domain(), node.op_type(),
                                      set == opsets.end() ? 1 : set->second);
        if (entry && entry->stored == Stored::Moves && index == 0) {
          llvm::append_range(names, node.output());
          continue;
        }
        if (!entry || !takesGrid(node, *entry, index))
          return {};
        LiteralPtr zero = getOne(node, index + 2),
                   scale = isIntegerProduct(node)
                               ? std::make_shared<const Literal>(
                                     makeScalar(DataType::F32, 1))
                               : getOne(node, index + 1);
        bool hasZero =
            index + 2 < node.input_size() && !node.input(index + 2).empty();
        // What is wrong with them is said where they are used.
        if (!scale || !isFloat(scale->type) || !(scale->floats[0] > 0) ||
            (hasZero && (!zero || zero->type != type)))
          return {};
        Grid found{type, scale,
                   hasZero
                       ? zero
                       : std::make_shared<const Literal>(Literal(type, {}))};
        if (!isInterfaceGrid(found) || (grid && !(*grid == found)))
          return {};
        grid = std::make_shared<Grid>(std::move(found));
      }
  return grid;
}

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
  struct Input {
    StringRef name;
    DataType type;
    GridPtr grid;
  };
  SmallVector<Input> inputs;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    // Before IR version 4 initializers were listed as inputs as well.
    if (scope.tensors.count(input.name()))
      continue;
    if (!input.type().has_tensor_type())
      return error() << "input '" << input.name()
                     << "' is not a tensor; sequences, maps and optionals are "
                        "not supported";
    auto type = static_cast<DataType>(input.type().tensor_type().elem_type());
    if (!isImportable(type) || (getBitWidth(type) < 8 && !isBool(type)))
      return error() << "input '" << input.name() << "' has element type "
                     << getName(type) << ", which is not supported";
    auto shape = getInputShape(input);
    if (failed(shape))
      return failure();
    GridPtr grid = findInputGrid(input.name(), type, scope);
    types.push_back(RankedTensorType::get(
        *shape, getStorageType(&context, grid ? DataType::F32 : type)));
    inputs.push_back({input.name(), type, grid});
  }
  function = mlir::func::FuncOp::create(builder, fileLoc, "main",
                                        builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  for (auto [index, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(index, kNameAttr, builder.getStringAttr(input.name));
    Tensor tensor(entry->getArgument(index), input.type);
    tensor.grid = input.grid;
    if (tensor.grid)
      function.setArgAttr(index, kStoredAttr, getStoredAttr(context, tensor));
    if (!scope.tensors.try_emplace(input.name, std::move(tensor)).second)
      return error() << "input '" << input.name << "' is named twice";
  }
  builder.setInsertionPointToEnd(entry);
  return mlir::success();
}

LogicalResult GraphImporter::addResults(const Scope &scope) {
  SmallVector<mlir::Value> results;
  SmallVector<mlir::TypeAttr> stored;
  SmallVector<mlir::Type> types;
  llvm::StringSet<> names;
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    if (!names.insert(output.name()).second)
      return error() << "output '" << output.name()
                     << "' is listed twice; results are told apart by their "
                        "names";
    const Tensor *tensor = scope.find(output.name());
    mlir::Value value = tensor->value;
    bool isStored = options.storedInterface && tensor->grid &&
                    isInterfaceGrid(*tensor->grid);
    stored.push_back(isStored ? getStoredAttr(context, *tensor)
                              : mlir::TypeAttr());
    if (tensor->grid && !isStored) {
      onnx::NodeProto identity;
      identity.set_op_type("Identity");
      Node node(identity, 1, output.name(), {}, builder, fileLoc, pool,
                modelPath);
      value = toIntegers(node.b, *tensor).value;
      if (!value)
        return failure();
    }
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
  for (auto [index, output] : llvm::enumerate(model.graph().output())) {
    function.setResultAttr(index, kNameAttr,
                           builder.getStringAttr(output.name()));
    if (stored[index])
      function.setResultAttr(index, kStoredAttr, stored[index]);
  }
  return mlir::success();
}
