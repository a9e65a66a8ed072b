//===- WriteNormalize.cpp - normalisations as ONNX nodes ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The integers of N45 as the real numbers that they stand for. Layers that
// ONNX has as one operator are LayerNormalization; others, as root mean squares
// and images normalised by themselves, are means, products and a root.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;

namespace {
/// A layer's own numbers, with sizes of 1 where they do not vary.
struct Parameter {
  SmallVector<float> values;
  SmallVector<int64_t> shape;

  /// Returns whether no value differs from `number`.
  bool isAll(float number) const {
    return llvm::all_of(values, [&](float v) { return v == number; });
  }
};
} // namespace

/// Returns integers times `unit`.
static Parameter readParameter(ElementsAttr integers, double unit) {
  Parameter result;
  for (int64_t value : getIntegers(integers))
    result.values.push_back(
        static_cast<float>(static_cast<double>(value) * unit));
  llvm::append_range(result.shape,
                     cast<ShapedType>(integers.getType()).getShape());
  return result;
}

/// Returns the parameter repeated to `sizes`, those of its last axes.
static Parameter repeatTo(const Parameter &given, ArrayRef<int64_t> sizes) {
  ArrayRef<int64_t> from = ArrayRef(given.shape).take_back(sizes.size());
  Parameter result;
  result.shape.assign(sizes.begin(), sizes.end());
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = 0, rest = i, stride = 1;
    for (size_t axis = sizes.size(); axis-- > 0; rest /= sizes[axis]) {
      at += from[axis] == 1 ? 0 : rest % sizes[axis] * stride;
      stride *= from[axis];
    }
    result.values.push_back(given.values[at]);
  }
  return result;
}

LogicalResult exporting::writeNormalize(fxp::NormalizeOp op, QdqGraph &graph,
                                        GraphWriter &writer) {
  constexpr int64_t kLayerNormalizationOpset = 17;
  double inputStep = QuantView(op.getInput().getType()).getScale(),
         resultStep = QuantView(op.getResult().getType()).getScale();
  auto length = static_cast<double>(op.getRowLength());
  // A row of equal elements has no deviation; N45 divides by one unit then.
  float epsilon = static_cast<float>(
      std::ldexp(static_cast<double>(std::max<int64_t>(1, op.getEpsilon())) *
                     inputStep * inputStep / (length * length),
                 -static_cast<int>(op.getSpreadShift())));
  Parameter scale = readParameter(
      op.getScale(),
      std::ldexp(resultStep, static_cast<int>(op.getFractionBits()) -
                                 static_cast<int>(op.getShift())));
  Parameter offset = readParameter(
      op.getOffset(), std::ldexp(resultStep, -static_cast<int>(op.getShift())));
  ArrayRef<int64_t> shape = getShape(op.getInput()), axes = op.getAxes();
  std::string name = QdqGraph::getName(op.getResult()),
              reals = graph.getReals(op.getInput());
  auto node = [&](StringRef kind, ArrayRef<std::string> inputs,
                  ArrayRef<NodeAttribute> attributes = {}) {
    return writer.addNode(kind, inputs, name + ":real", attributes);
  };
  auto isVaried = [&](const Parameter &parameter) {
    return llvm::any_of(ArrayRef(parameter.shape).drop_back(axes.size()),
                        [](int64_t size) { return size != 1; });
  };
  int64_t first = static_cast<int64_t>(shape.size() - axes.size());
  bool isLast =
      axes ==
      ArrayRef(llvm::to_vector(llvm::seq<int64_t>(first, shape.size())));
  if (op.getCentred() && isLast && !isVaried(scale) && !isVaried(offset) &&
      writer.getOpset() >= kLayerNormalizationOpset) {
    scale = repeatTo(scale, shape.drop_front(first));
    offset = repeatTo(offset, shape.drop_front(first));
    graph.setComputed(
        op.getResult(), Own,
        node("LayerNormalization",
             {reals, writer.addFloats("scale", scale.shape, scale.values),
              writer.addFloats("offset", offset.shape, offset.values)},
             {{"axis", first}, {"epsilon", epsilon}}));
    return mlir::success();
  }
  auto mean = [&](const std::string &of) {
    return addReduction(writer, "ReduceMean", of, axes, name + ":real");
  };
  if (op.getCentred())
    reals = node("Sub", {reals, mean(reals)});
  std::string root =
      node("Sqrt", {node("Add", {mean(node("Mul", {reals, reals})),
                                 writer.addFloats("epsilon", {}, epsilon)})});
  reals = node("Div", {reals, root});
  if (!scale.isAll(1))
    reals = node("Mul",
                 {reals, writer.addFloats("scale", scale.shape, scale.values)});
  if (!offset.isAll(0))
    reals =
        node("Add",
             {reals, writer.addFloats("offset", offset.shape, offset.values)});
  graph.setComputed(op.getResult(), Own, reals);
  return mlir::success();
}
