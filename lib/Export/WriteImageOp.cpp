//===- WriteImageOp.cpp - contractions, pools, resizing -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CarriedScales.h"
#include "Internals.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;

static std::string getRealName(Operation *op) {
  return QdqGraph::getName(op->getResult(0)) + ":real";
}

static SmallVector<int64_t> toVector(ArrayRef<int64_t> values) {
  return SmallVector<int64_t>(values);
}

FailureOr<reference::Tensor> exporting::readWeights(Operation *op,
                                                    Value weights) {
  auto constant = weights.getDefiningOp<fxp::ConstantOp>();
  if (!constant)
    return op->emitError("expected constant weights [no-onnx-form]");
  return reference::Tensor::fromElements(
      cast<RankedTensorType>(weights.getType()), constant.getValue());
}

std::string exporting::addStored(StringRef name, Type type,
                                 ArrayRef<int64_t> values,
                                 ArrayRef<int64_t> shape, int64_t axis,
                                 QdqGraph &graph, GraphWriter &writer) {
  QuantView view(type);
  bool isNarrow = view.isSigned() && writer.getOpset() >= 21 &&
                  llvm::all_of(view.getZeroPoints(),
                               [](int64_t zero) { return zero == 0; }) &&
                  llvm::all_of(values, [](int64_t value) {
                    return -8 <= value && value <= 7;
                  });
  std::string real = (name + ":real").str();
  if (!isNarrow)
    return graph.dequantize(
        writer.addIntegers(name, getStorageType(view), shape, values),
        view.getElementType(), axis, real);
  // Zero points have the integers' type; left out, they are 0.
  SmallVector<float> scales(view.getScales());
  SmallVector<int64_t> scaleShape;
  SmallVector<NodeAttribute, 1> attributes;
  if (view.isPerAxis()) {
    scaleShape.push_back(scales.size());
    attributes.push_back({"axis", axis});
  }
  return writer.addNode("DequantizeLinear",
                        {writer.addIntegers(name, kInt4, shape, values),
                         writer.addFloats("scale", scaleShape, scales)},
                        real, attributes);
}

std::string
exporting::addWeights(Value weights, Type type, const reference::Tensor &data,
                      ArrayRef<int64_t> shape, int64_t axis,
                      function_ref<int64_t(ArrayRef<int64_t>)> getPlace,
                      QdqGraph &graph, GraphWriter &writer) {
  SmallVector<int64_t> values, at(shape.size(), 0);
  for (int64_t i = 0, e = data.getNumElements(); i < e; ++i) {
    values.push_back(data.stored()[getPlace(at)]);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < shape[d])
        break;
      at[d] = 0;
    }
  }
  return addStored(QdqGraph::getName(weights), type, values, shape, axis, graph,
                   writer);
}

/// Adds a bias, at the scales of input and weights.
static std::string addBias(StringRef name, Value input, const Carried &carried,
                           GraphWriter &writer) {
  QuantView x(input.getType()), w(carried.weights);
  SmallVector<float> scales, reals;
  for (auto [channel, value] : llvm::enumerate(carried.bias)) {
    double scale = x.getLargestScale() * w.getScale(channel);
    scales.push_back(static_cast<float>(scale));
    reals.push_back(static_cast<float>(scale * value));
  }
  int64_t size = carried.bias.size();
  if (!llvm::all_of(carried.bias, llvm::isInt<32>))
    return writer.addFloats(name, {size}, reals);
  std::string scale = writer.addFloats("scale", {size}, scales);
  return writer.addNode(
      "DequantizeLinear",
      {writer.addIntegers(name, TensorProto::INT32, {size}, carried.bias),
       scale},
      (name + ":real").str(), {{"axis", int64_t(0)}});
}

namespace {
/// What a contraction with weights reads beside its input.
struct Constants {
  reference::Tensor weights; ///< Stored integers, in our order.
  Type type;                 ///< Of their elements, with carried scales.
  std::string bias;          ///< Real values in the graph.
};
} // namespace

template <typename T>
static FailureOr<Constants> readConstants(T op, GraphWriter &writer) {
  FailureOr<reference::Tensor> weights = readWeights(op, op.getWeights());
  if (failed(weights))
    return failure();
  auto bias = op.getBias().template getDefiningOp<fxp::ConstantOp>();
  if (!bias)
    return op.emitError("expected a constant bias [no-onnx-form]");
  Carried carried = carryMultipliers(op, getIntegers(bias.getValue()));
  return Constants{
      std::move(*weights), carried.weights,
      addBias(QdqGraph::getName(bias), op.getInput(), carried, writer)};
}

LogicalResult exporting::writeImageOp(fxp::Conv2DOp op, QdqGraph &graph,
                                      GraphWriter &writer) {
  FailureOr<Constants> constants = readConstants(op, writer);
  if (failed(constants))
    return failure();
  ArrayRef<int64_t> w = getShape(op.getWeights()); // [O, kh, kw, I]
  std::string weights = addWeights(
      op.getWeights(), constants->type, constants->weights,
      {w[0], w[3], w[1], w[2]}, 0,
      [&](ArrayRef<int64_t> at) {
        return ((at[0] * w[1] + at[2]) * w[2] + at[3]) * w[3] + at[1];
      },
      graph, writer);
  std::string reals =
      writer.addNode("Conv",
                     {graph.getFactors(op.getInput(), ChannelsFirst), weights,
                      constants->bias},
                     getRealName(op),
                     {{"kernel_shape", SmallVector<int64_t>{w[1], w[2]}},
                      {"strides", toVector(op.getStrides())},
                      {"pads", toVector(op.getPads())},
                      {"dilations", toVector(op.getDilations())},
                      {"group", int64_t(op.getGroups())}});
  graph.setComputed(op.getResult(), ChannelsFirst, reals, op.getRequant());
  return success();
}

Enlargement
exporting::getEnlargement(ArrayRef<int64_t> in, ArrayRef<int64_t> out,
                          ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                          ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations) {
  Enlargement result{toVector(pads), {}};
  for (unsigned axis : {0u, 1u}) {
    int64_t more = out[axis + 1] - ((in[axis + 1] - 1) * strides[axis] +
                                    (kernel[axis] - 1) * dilations[axis] + 1 -
                                    pads[axis] - pads[axis + 2]);
    result.more.push_back(std::max<int64_t>(more, 0));
    result.pads[axis + 2] += std::max<int64_t>(-more, 0);
  }
  return result;
}

LogicalResult exporting::writeImageOp(fxp::TransposedConv2DOp op,
                                      QdqGraph &graph, GraphWriter &writer) {
  int64_t groups = op.getGroups();
  if (groups != 1 && QuantView(op.getWeights().getType()).isPerAxis())
    return op.emitError("expected one group of a transposed convolution with a "
                        "scale for each channel, found ")
           << groups << " [no-onnx-form]";
  FailureOr<Constants> constants = readConstants(op, writer);
  if (failed(constants))
    return failure();
  // Ours are [O, kh, kw, I], ONNX's [C, O / groups, kh, kw] with C = groups I.
  ArrayRef<int64_t> w = getShape(op.getWeights());
  int64_t outputs = w[0] / groups;
  std::string weights = addWeights(
      op.getWeights(), constants->type, constants->weights,
      {w[3] * groups, outputs, w[1], w[2]}, 1,
      [&](ArrayRef<int64_t> at) {
        int64_t channel = at[0] / w[3] * outputs + at[1];
        return ((channel * w[1] + at[2]) * w[2] + at[3]) * w[3] + at[0] % w[3];
      },
      graph, writer);
  ArrayRef<int64_t> in = getShape(op.getInput()),
                    out = getShape(op.getResult());
  Enlargement size = getEnlargement(in, out, w.slice(1, 2), op.getStrides(),
                                    op.getPads(), op.getDilations());
  std::string reals =
      writer.addNode("ConvTranspose",
                     {graph.getFactors(op.getInput(), ChannelsFirst), weights,
                      constants->bias},
                     getRealName(op),
                     {{"kernel_shape", SmallVector<int64_t>{w[1], w[2]}},
                      {"strides", toVector(op.getStrides())},
                      {"pads", size.pads},
                      {"dilations", toVector(op.getDilations())},
                      {"output_padding", size.more},
                      {"group", groups}});
  graph.setComputed(op.getResult(), ChannelsFirst, reals, op.getRequant());
  return success();
}

LogicalResult exporting::writeImageOp(fxp::FullyConnectedOp op, QdqGraph &graph,
                                      GraphWriter &writer) {
  FailureOr<Constants> constants = readConstants(op, writer);
  if (failed(constants))
    return failure();
  int64_t outputs = getShape(op.getWeights())[0],
          depth = getShape(op.getWeights())[1];
  std::string input = graph.getFactors(op.getInput()), reals;
  if (getShape(op.getInput()).size() == 2) {
    std::string weights = addWeights(
        op.getWeights(), constants->type, constants->weights, {outputs, depth},
        0, [&](ArrayRef<int64_t> at) { return at[0] * depth + at[1]; }, graph,
        writer);
    reals = writer.addNode("Gemm", {input, weights, constants->bias},
                           getRealName(op), {{"transB", int64_t(1)}});
  } else {
    std::string weights = addWeights(
        op.getWeights(), constants->type, constants->weights, {depth, outputs},
        1, [&](ArrayRef<int64_t> at) { return at[1] * depth + at[0]; }, graph,
        writer);
    reals = writer.addNode("MatMul", {input, weights}, getRealName(op));
    reals = writer.addNode("Add", {reals, constants->bias}, getRealName(op));
  }
  graph.setComputed(op.getResult(), Own, reals, op.getRequant());
  return success();
}

LogicalResult exporting::writeImageOp(fxp::MatMulOp op, QdqGraph &graph,
                                      GraphWriter &writer) {
  std::string reals = writer.addNode(
      "MatMul", {graph.getReals(op.getLhs()), graph.getReals(op.getRhs())},
      getRealName(op));
  graph.setComputed(op.getResult(), Own, reals, op.getRequant());
  return success();
}

int64_t exporting::isCeiled(Value input, Value result, ArrayRef<int64_t> kernel,
                            ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
                            ArrayRef<int64_t> dilations) {
  for (unsigned axis : {0u, 1u}) {
    int64_t reach = (kernel[axis] - 1) * dilations[axis] + 1;
    int64_t size =
        getShape(input)[axis + 1] + pads[axis] + pads[axis + 2] - reach;
    if (getShape(result)[axis + 1] != size / strides[axis] + 1)
      return 1;
  }
  return 0;
}

LogicalResult exporting::writeImageOp(fxp::MaxPool2DOp op, QdqGraph &graph,
                                      GraphWriter &writer) {
  std::string reals = writer.addNode(
      "MaxPool", {graph.getReals(op.getInput(), ChannelsFirst)},
      getRealName(op),
      {{"kernel_shape", toVector(op.getKernel())},
       {"strides", toVector(op.getStrides())},
       {"pads", toVector(op.getPads())},
       {"dilations", toVector(op.getDilations())},
       {"ceil_mode",
        isCeiled(op.getInput(), op.getResult(), op.getKernel(), op.getStrides(),
                 op.getPads(), op.getDilations())}});
  graph.setComputed(op.getResult(), ChannelsFirst, reals);
  return success();
}

LogicalResult exporting::writeImageOp(fxp::AvgPool2DOp op, QdqGraph &graph,
                                      GraphWriter &writer) {
  ArrayRef<int64_t> in = getShape(op.getInput()),
                    out = getShape(op.getResult());
  fxp::PoolGeometry geometry{in[1],       in[2],          out[1],
                             out[2],      op.getKernel(), op.getStrides(),
                             op.getPads()};
  bool countsPads =
      llvm::any_of(op.getPads(), [](int64_t pad) { return pad; }) &&
      op.getCounts() == ArrayRef(fxp::getWindowCounts(geometry, true));
  std::string reals = writer.addNode(
      "AveragePool", {graph.getReals(op.getInput(), ChannelsFirst)},
      getRealName(op),
      {{"kernel_shape", toVector(op.getKernel())},
       {"strides", toVector(op.getStrides())},
       {"pads", toVector(op.getPads())},
       {"count_include_pad", int64_t(countsPads)},
       {"ceil_mode", isCeiled(op.getInput(), op.getResult(), op.getKernel(),
                              op.getStrides(), op.getPads(), {1, 1})}});
  graph.setComputed(op.getResult(), ChannelsFirst, reals, op.getRequant());
  return success();
}

/// Taps as a matrix [inputs, outputs].
static std::string addTaps(ArrayRef<int32_t> taps, int64_t inputs,
                           GraphWriter &writer, bool isTransposed) {
  int64_t outputs = taps.size() / 3;
  SmallVector<float> matrix(inputs * outputs, 0);
  auto at = [&](int64_t in, int64_t out) -> float & {
    return matrix[isTransposed ? out * inputs + in : in * outputs + out];
  };
  for (int64_t i = 0; i < outputs; ++i) {
    float fraction = taps[3 * i + 2] / 256.0f;
    at(taps[3 * i], i) += 1 - fraction;
    at(taps[3 * i + 1], i) += fraction;
  }
  SmallVector<int64_t> shape{inputs, outputs};
  if (isTransposed)
    std::swap(shape[0], shape[1]);
  return writer.addFloats("taps", shape, matrix);
}

/// Any taps are two products with constant matrices.
LogicalResult exporting::writeImageOp(fxp::ResizeOp op, QdqGraph &graph,
                                      GraphWriter &writer) {
  ArrayRef<int64_t> in = getShape(op.getInput());
  std::string reals = writer.addNode(
      "MatMul",
      {graph.getReals(op.getInput(), ChannelsFirst),
       addTaps(op.getWTaps(), in[2], writer, /*isTransposed=*/false)},
      getRealName(op));
  reals = writer.addNode(
      "MatMul",
      {addTaps(op.getHTaps(), in[1], writer, /*isTransposed=*/true), reals},
      getRealName(op));
  graph.setComputed(op.getResult(), ChannelsFirst, reals);
  return success();
}
