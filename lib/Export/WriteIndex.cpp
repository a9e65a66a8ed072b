//===- WriteIndex.cpp - casts, places and gathering as ONNX nodes ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;
namespace tosa = mlir::tosa;

static Type getElement(Value value) {
  return cast<ShapedType>(value.getType()).getElementType();
}

std::optional<TensorProto::DataType> narrow::getPlainType(Type element) {
  if (element.isF32())
    return TensorProto::FLOAT;
  auto integer = dyn_cast<mlir::IntegerType>(element);
  if (!integer || integer.isUnsigned())
    return std::nullopt;
  switch (integer.getWidth()) {
  case 1:
    return TensorProto::BOOL;
  case 8:
    return TensorProto::INT8;
  case 16:
    return TensorProto::INT16;
  case 32:
    return TensorProto::INT32;
  case 64:
    return TensorProto::INT64;
  default:
    return std::nullopt;
  }
}

std::string exporting::addSizes(GraphWriter &writer, ArrayRef<int64_t> values) {
  return writer.addIntegers("sizes", TensorProto::INT64,
                            {static_cast<int64_t>(values.size())}, values);
}

namespace {
struct IndexWriter : NodeWriter {
  std::string cast(Operation *op, const std::string &tensor,
                   TensorProto::DataType to) {
    return node(op, "Cast", {tensor}, {{"to", int64_t(to)}});
  }
  /// What runtimes order: integers of fewer than 32 bits are cast to these.
  std::string getOrdered(Operation *op, Value value) {
    std::string x = graph.getReals(value);
    auto integer = dyn_cast<mlir::IntegerType>(getElement(value));
    return integer && integer.getWidth() < 32 ? cast(op, x, TensorProto::INT32)
                                              : x;
  }
  /// Places, which ONNX has in 64 bits.
  bool setPlaces(Operation *op, const std::string &places) {
    auto type = getPlainType(getElement(op->getResult(0)));
    return type && set(op, cast(op, places, *type));
  }

  bool write(tosa::CastOp op) {
    auto to = getPlainType(getElement(op.getResult()));
    if (!to || !getPlainType(getElement(op.getInput())))
      return false;
    std::string x = graph.getReals(op.getInput());
    // TOSA rounds to the nearest integer, ONNX towards zero.
    if (getElement(op.getInput()).isF32() && *to != TensorProto::FLOAT &&
        *to != TensorProto::BOOL)
      x = node(op, "Round", {x});
    return set(op, cast(op, x, *to));
  }
  bool write(tosa::ReverseOp op) {
    return set(
        op,
        node(op, "Slice",
             {graph.getReals(op->getOperand(0)), addSizes(writer, -1),
              addSizes(writer, std::numeric_limits<int64_t>::min()),
              addSizes(writer, int64_t(op.getAxis())), addSizes(writer, -1)}));
  }
  bool write(tosa::ArgMaxOp op) {
    return setPlaces(
        op, node(op, "ArgMax", {getOrdered(op, op.getInput())},
                 {{"axis", int64_t(op.getAxis())}, {"keepdims", int64_t(0)}}));
  }
  bool write(nn::TopKOp op) {
    std::vector<std::string> both = writer.addWithResults(
        "TopK",
        {getOrdered(op, op.getInput()),
         addSizes(writer, getShape(op.getResult()).back())},
        ArrayRef<std::string>{QdqGraph::getName(op.getResult()) + ":values",
                              QdqGraph::getName(op.getResult())},
        {{"axis", int64_t(-1)}, {"largest", int64_t(!op.getSmallest())}});
    return setPlaces(op, both[1]);
  }
  /// Rows [N, K, C] at places [N, W].
  bool write(tosa::GatherOp op) {
    std::string rows = graph.getReals(op.getValues()),
                places = graph.getReals(op.getIndices());
    ArrayRef<int64_t> shape = getShape(op.getIndices());
    if (shape[0] == 1)
      return set(op, node(op, "Gather",
                          {rows, node(op, "Reshape",
                                      {places, addSizes(writer, shape[1])})},
                          {{"axis", int64_t(1)}}));
    places = node(op, "Reshape",
                  {cast(op, places, TensorProto::INT64),
                   addSizes(writer, {shape[0], shape[1], 1})});
    return set(
        op, node(op, "GatherND", {rows, places}, {{"batch_dims", int64_t(1)}}));
  }

  /// N53: wider integers are the same numbers; those of the same width have the
  /// same bits, and so a cast leaves them.
  bool write(fxp::ToIntegersOp op) {
    auto to = getPlainType(getElement(op.getResult()));
    return to && QdqGraph::hasIntegers(op.getInput()) &&
           set(op, cast(op, graph.getIntegers(op.getInput()), *to));
  }
  bool write(fxp::FromIntegersOp op) {
    auto from = getPlainType(getElement(op.getInput()));
    QuantView view(op.getResult().getType());
    if (!from || !QdqGraph::hasIntegers(op.getResult()))
      return false;
    std::string x = graph.getReals(op.getInput());
    fxp::IntegerRange range = view.getStorageRange();
    if (getElement(op.getInput()).getIntOrFloatBitWidth() ==
        view.getContainerBits()) {
      x = cast(op, x, getStorageType(view));
      if (range.hi - range.lo + 1 == int64_t(1) << view.getContainerBits())
        return set(op, x);
    }
    // Runtimes compare integers of 32 and 64 bits.
    auto wide = *from == TensorProto::INT64 ? *from : TensorProto::INT32;
    auto bound = [&](int64_t value) {
      return writer.addIntegers("limit", wide, {}, value);
    };
    x = node(op, "Max", {cast(op, x, wide), bound(range.lo)});
    x = node(op, "Min", {x, bound(range.hi)});
    return set(op, cast(op, x, getStorageType(view)));
  }
};
} // namespace

bool exporting::writeIndexOp(Operation *op, QdqGraph &graph,
                             GraphWriter &writer) {
  IndexWriter index{{graph, writer, Own}};
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<tosa::CastOp, tosa::ReverseOp, tosa::ArgMaxOp, nn::TopKOp,
            tosa::GatherOp, fxp::ToIntegersOp, fxp::FromIntegersOp>(
          [&](auto known) { return index.write(known); })
      .Default([](Operation *) { return false; });
}
