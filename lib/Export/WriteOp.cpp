//===- WriteOp.cpp - operations in fixed point as ONNX nodes --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Given.h"
#include "Internals.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Reference/Interpolation.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace narrow;
using fxp::QuantView;

ArrayRef<int64_t> exporting::getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

std::string exporting::addReduction(GraphWriter &writer, StringRef kind,
                                    const std::string &input,
                                    ArrayRef<int64_t> axes, StringRef wanted) {
  SmallVector<int64_t> reduced(axes);
  if (kind != "ReduceSum" && writer.getOpset() < 18)
    return writer.addNode(kind, {input}, wanted,
                          {{"axes", reduced}, {"keepdims", int64_t(1)}});
  std::string operand =
      writer.addIntegers("axes", TensorProto::INT64,
                         {static_cast<int64_t>(reduced.size())}, reduced);
  return writer.addNode(kind, {input, operand}, wanted,
                        {{"keepdims", int64_t(1)}});
}

using namespace narrow::exporting;

namespace {
/// Writes one operation.
struct OpWriter {
  QdqGraph &graph;
  GraphWriter &writer;

  std::string node(StringRef op, ArrayRef<std::string> inputs, Value result,
                   ArrayRef<NodeAttribute> attributes = {}) {
    return writer.addNode(op, inputs, QdqGraph::getName(result) + ":real",
                          attributes);
  }
  std::string shape(ArrayRef<int64_t> values) {
    return addSizes(writer, values);
  }
  std::string number(float value) {
    return writer.addFloats("number", {}, value);
  }

  /// Elementwise operations run in the order that their operands have.
  LogicalResult binary(Operation *op, StringRef name, ArrayRef<int32_t> min,
                       ArrayRef<int32_t> max) {
    Order order = graph.chooseOrder(op->getOperands());
    Value result = op->getResult(0);
    graph.setComputed(result, order,
                      node(name,
                           {graph.getReals(op->getOperand(0), order),
                            graph.getReals(op->getOperand(1), order)},
                           result),
                      min, max);
    return success();
  }
  template <typename T>
  LogicalResult rescaled(T op, StringRef name) {
    SmallVector<int32_t, 1> min, max;
    if (op.getMin())
      min.push_back(static_cast<int32_t>(*op.getMin()));
    if (op.getMax())
      max.push_back(static_cast<int32_t>(*op.getMax()));
    return binary(op, name, min, max);
  }

  LogicalResult write(fxp::AddOp op) { return rescaled(op, "Add"); }
  LogicalResult write(fxp::SubOp op) { return rescaled(op, "Sub"); }
  LogicalResult write(fxp::MinOp op) { return rescaled(op, "Min"); }
  LogicalResult write(fxp::MaxOp op) { return rescaled(op, "Max"); }
  LogicalResult write(fxp::MulOp op) {
    return binary(op, "Mul", op.getRequant().getMin().asArrayRef(),
                  op.getRequant().getMax().asArrayRef());
  }

  LogicalResult write(fxp::QuantizeOp op) {
    Value input = op.getInput();
    Order order = graph.chooseOrder(input);
    std::string reals = graph.getReals(input, order);
    if (op.normalises()) {
      size_t rank = getShape(input).size();
      auto spread = [&](ArrayRef<float> values) {
        SmallVector<int64_t> sizes;
        if (values.size() > 1) {
          sizes.assign(rank, 1);
          sizes[op.getAxis().value_or(rank - 1)] = values.size();
          sizes = toOrder(sizes, order);
        }
        return writer.addFloats("normal", sizes, values);
      };
      // The factor has the reciprocal of the scale in it.
      SmallVector<float> factors(*op.getFactor());
      for (float &factor : factors)
        factor *=
            static_cast<float>(QuantView(op.getResult().getType()).getScale());
      reals = node("Sub", {reals, spread(*op.getMean())}, op.getResult());
      reals = node("Mul", {reals, spread(factors)}, op.getResult());
    }
    graph.setComputed(op.getResult(), order, reals);
    return success();
  }
  LogicalResult write(fxp::DequantizeOp op) {
    Order order = graph.chooseOrder(op.getInput());
    graph.setMoved(op.getResult(), order, graph.getReals(op.getInput(), order));
    return success();
  }
  LogicalResult write(fxp::RequantizeOp op) {
    Order order = graph.chooseOrder(op.getInput());
    graph.setComputed(op.getResult(), order,
                      graph.getReals(op.getInput(), order), op.getRequant());
    return success();
  }

  /// A table is read by the stored integers themselves.
  LogicalResult write(fxp::LookupOp op) {
    RankedTensorType type = RankedTensorType::get(
        cast<ShapedType>(op.getTable().getType()).getShape(),
        op.getResult().getType().getElementType());
    reference::Tensor data =
        reference::Tensor::fromElements(type, op.getTable());
    return writeTable(op, data.stored(), type.getShape());
  }

  /// A short table as what it makes of every stored integer.
  LogicalResult write(fxp::InterpolateOp op) {
    SmallVector<int32_t> values = reference::tabulate(op);
    return writeTable(op, values, int64_t(values.size()));
  }

  template <typename OpT>
  LogicalResult writeTable(OpT op, ArrayRef<int32_t> entries,
                           ArrayRef<int64_t> sizes) {
    QuantView from(op.getInput().getType()), to(op.getResult().getType());
    SmallVector<int64_t> values(entries.begin(), entries.end());
    Order order = graph.chooseOrder(op.getInput());
    std::string index =
        writer.addNode("Cast", {graph.getIntegers(op.getInput(), order)},
                       QdqGraph::getName(op.getResult()) + ":index",
                       {{"to", int64_t(TensorProto::INT32)}});
    // Each channel of the last axis may have a table of its own.
    int64_t channels = sizes.size() == 2 ? sizes[0] : 1;
    SmallVector<int64_t> offsets;
    for (int64_t channel = 0; channel < channels; ++channel)
      offsets.push_back(channel * sizes.back() - from.getStorageRange().lo);
    SmallVector<int64_t> shape;
    if (channels > 1) {
      shape.assign(getShape(op.getInput()).size(), 1);
      shape.back() = channels;
      shape = toOrder(shape, order);
    }
    if (llvm::any_of(offsets, [](int64_t offset) { return offset != 0; }))
      index = writer.addNode(
          "Add",
          {index,
           writer.addIntegers("lowest", TensorProto::INT32, shape, offsets)},
          QdqGraph::getName(op.getResult()) + ":index");
    std::string table =
        writer.addIntegers("table", getStorageType(to),
                           {static_cast<int64_t>(values.size())}, values);
    graph.setIntegers(
        op.getResult(), order,
        writer.addNode("Gather", {table, index},
                       QdqGraph::getName(op.getResult()) + ":quantised"));
    return success();
  }

  LogicalResult write(fxp::SoftmaxOp op) {
    std::string reals = graph.getReals(op.getInput());
    if (op.getMasked()) {
      // What the type's lowest integer stands for.
      QuantView view(op.getInput().getType());
      std::string isMasked = writer.addNode(
          "Less",
          {reals, number(view.getScale() * (view.getStorageRange().lo + 0.5 -
                                            view.getZeroPoint()))},
          "masked");
      reals = node("Where", {isMasked, number(-1e30f), reals}, op.getResult());
    }
    graph.setComputed(
        op.getResult(), Own,
        node("Softmax", {reals}, op.getResult(), {{"axis", int64_t(-1)}}));
    return success();
  }
  LogicalResult write(fxp::LogSoftmaxOp op) {
    graph.setComputed(op.getResult(), Own,
                      node("LogSoftmax", {graph.getReals(op.getInput())},
                           op.getResult(), {{"axis", int64_t(-1)}}));
    return success();
  }

  LogicalResult write(fxp::ReshapeOp op) {
    graph.setMoved(op.getResult(), Own,
                   writer.addNode("Reshape",
                                  {graph.getMoved(op.getInput()),
                                   shape(getShape(op.getResult()))},
                                  QdqGraph::getName(op.getResult())));
    return success();
  }
  LogicalResult write(fxp::TransposeOp op) {
    ArrayRef<int64_t> perms = op.getPerms();
    // The other order of the same tensor, or the reverse.
    if (perms == ArrayRef<int64_t>{0, 3, 1, 2}) {
      graph.setMoved(op.getResult(), Own,
                     graph.getMoved(op.getInput(), ChannelsFirst));
      return success();
    }
    if (perms == ArrayRef<int64_t>{0, 2, 3, 1}) {
      graph.setMoved(op.getResult(), ChannelsFirst,
                     graph.getMoved(op.getInput()));
      return success();
    }
    graph.setMoved(op.getResult(), Own,
                   writer.addNode("Transpose", {graph.getMoved(op.getInput())},
                                  QdqGraph::getName(op.getResult()),
                                  {{"perm", SmallVector<int64_t>(perms)}}));
    return success();
  }
  LogicalResult write(fxp::SliceOp op) {
    SmallVector<int64_t> starts(op.getStarts()), steps(op.getSteps()), ends,
        axes;
    for (auto [axis, size] : llvm::enumerate(getShape(op.getResult()))) {
      int64_t end =
          starts[axis] + steps[axis] * (size - 1) + (steps[axis] > 0 ? 1 : -1);
      // In front of the first element, which -1 would not say.
      ends.push_back(end < 0 ? std::numeric_limits<int64_t>::min() : end);
      axes.push_back(axis);
    }
    graph.setMoved(op.getResult(), Own,
                   writer.addNode("Slice",
                                  {graph.getMoved(op.getInput()), shape(starts),
                                   shape(ends), shape(axes), shape(steps)},
                                  QdqGraph::getName(op.getResult())));
    return success();
  }
  LogicalResult write(fxp::ConcatOp op) {
    Order order = graph.chooseOrder(op.getInputs());
    std::vector<std::string> inputs;
    for (Value input : op.getInputs())
      inputs.push_back(graph.getMoved(input, order));
    graph.setMoved(op.getResult(), order,
                   writer.addNode("Concat", inputs,
                                  QdqGraph::getName(op.getResult()),
                                  {{"axis", toOrder(op.getAxis(), order)}}));
    return success();
  }
  LogicalResult write(fxp::GatherOp op) {
    graph.setMoved(
        op.getResult(), Own,
        writer.addNode("Gather",
                       {graph.getMoved(op.getInput()), shape(op.getIndices())},
                       QdqGraph::getName(op.getResult()),
                       {{"axis", int64_t(op.getAxis())}}));
    return success();
  }
  LogicalResult write(fxp::PadOp op) {
    Order order = graph.chooseOrder(op.getInput());
    QuantView view(op.getInput().getType());
    SmallVector<int64_t> low(op.getLow()), high;
    for (auto [axis, size] : llvm::enumerate(getShape(op.getInput())))
      high.push_back(getShape(op.getResult())[axis] - low[axis] - size);
    SmallVector<int64_t> pads = toOrder(low, order);
    llvm::append_range(pads, toOrder(high, order));
    std::string value =
        number(view.getScale() *
               (static_cast<int32_t>(op.getValue()) - view.getZeroPoint()));
    graph.setComputed(
        op.getResult(), order,
        node("Pad", {graph.getReals(op.getInput(), order), shape(pads), value},
             op.getResult()));
    return success();
  }

  std::string reduce(StringRef name, Value input, int64_t axis, Value result) {
    return addReduction(writer, name, graph.getReals(input), axis,
                        QdqGraph::getName(result) + ":real");
  }
  LogicalResult write(fxp::ReduceSumOp op) {
    int64_t axis = op.getAxis(), divisor = op.getDivisor();
    bool isMean = divisor == getShape(op.getInput())[axis];
    std::string reals = reduce(isMean ? "ReduceMean" : "ReduceSum",
                               op.getInput(), axis, op.getResult());
    if (!isMean && divisor != 1)
      reals = node("Mul", {reals, number(1.0f / static_cast<float>(divisor))},
                   op.getResult());
    graph.setComputed(op.getResult(), Own, reals, op.getRequant());
    return success();
  }
  LogicalResult write(fxp::ReduceMaxOp op) {
    graph.setComputed(
        op.getResult(), Own,
        reduce("ReduceMax", op.getInput(), op.getAxis(), op.getResult()));
    return success();
  }
  /// What has scales is made where it is read.
  LogicalResult write(fxp::ConstantOp op) {
    std::optional<TensorProto::DataType> type = getPlainType(
        cast<ShapedType>(op.getResult().getType()).getElementType());
    if (type && *type != TensorProto::FLOAT)
      graph.setMoved(op.getResult(), Own,
                     writer.addIntegers(QdqGraph::getName(op.getResult()),
                                        *type, getShape(op.getResult()),
                                        getIntegers(op.getValue())));
    return success();
  }
};
} // namespace

LogicalResult narrow::writeOp(Operation *op, QdqGraph &graph,
                              GraphWriter &writer) {
  if (hasGivenRequant(op))
    return op->emitError("expected a requantisation by scales, found one with "
                         "multipliers of the model's own [no-onnx-form]");
  OpWriter ops{graph, writer};
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<fxp::AddOp, fxp::SubOp, fxp::MinOp, fxp::MaxOp, fxp::MulOp,
            fxp::QuantizeOp, fxp::DequantizeOp, fxp::RequantizeOp,
            fxp::LookupOp, fxp::InterpolateOp, fxp::SoftmaxOp,
            fxp::LogSoftmaxOp, fxp::ReshapeOp, fxp::TransposeOp, fxp::SliceOp,
            fxp::ConcatOp, fxp::GatherOp, fxp::PadOp, fxp::ReduceSumOp,
            fxp::ReduceMaxOp, fxp::ConstantOp>(
          [&](auto known) { return ops.write(known); })
      .Case<fxp::Conv2DOp, fxp::TransposedConv2DOp, fxp::FullyConnectedOp,
            fxp::MatMulOp, fxp::MaxPool2DOp, fxp::AvgPool2DOp, fxp::ResizeOp>(
          [&](auto known) { return writeImageOp(known, graph, writer); })
      .Case<fxp::LstmOp, fxp::GruOp, fxp::RnnOp, nn::LstmOp, nn::GruOp,
            nn::RnnOp>(
          [&](auto known) { return writeRecurrent(known, graph, writer); })
      .Case<fxp::NormalizeOp>(
          [&](auto known) { return writeNormalize(known, graph, writer); })
      .Default([&](Operation *other) -> LogicalResult {
        if (writeFloatOp(other, graph, writer))
          return success();
        return other->emitError(
                   "expected operations that have a form in ONNX with "
                   "QuantizeLinear and DequantizeLinear, found '")
               << other->getName() << "' [no-onnx-form]";
      });
}
