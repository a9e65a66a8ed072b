//===- WriteContraction.cpp - sums of products in TFLite ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../CarriedScales.h"
#include "OpWriter.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::tflite;
using fxp::QuantView;

/// Sizes that a kernel covers.
static SmallVector<int64_t> getReach(ArrayRef<int64_t> weights,
                                     ArrayRef<int64_t> dilations) {
  return {(weights[1] - 1) * dilations[0] + 1,
          (weights[2] - 1) * dilations[1] + 1};
}

/// Weights are integers less their zero points, the bias has the scale of their
/// products. Where results have a scale for each channel, what these lack
/// beside the largest is in the weights' scales: that leaves the integers.
FailureOr<OpWriter::Constants>
OpWriter::readConstants(fxp::WeightedOpInterface op) {
  auto weights = op.getWeights().getDefiningOp<fxp::ConstantOp>(),
       bias = op.getBias().getDefiningOp<fxp::ConstantOp>();
  if (!weights || !bias)
    return refuse(op, "expected constant weights and a constant bias");
  Value result = op->getResult(0);
  FailureOr<unsigned> bits = getBits(op, {op.getInput(), result});
  FailureOr<StoredType> input = getType(op, op.getInput());
  if (failed(bits) || failed(input))
    return failure();
  auto type = cast<RankedTensorType>(weights.getType());
  reference::Tensor data =
      reference::Tensor::fromElements(type, weights.getValue());
  exporting::Carried carried =
      exporting::carryMultipliers(op, getIntegers(bias.getValue()));
  QuantView w(carried.weights), y(result.getType());
  Constants constants;
  constants.bits = *bits;
  int64_t channels = type.getDimSize(0),
          channelSize = type.getNumElements() / channels;
  for (auto [place, stored] : llvm::enumerate(data.stored())) {
    int64_t weight =
        stored - w.getZeroPoint(static_cast<int64_t>(place) / channelSize);
    if (!llvm::isInt<8>(weight))
      return refuse(op, "expected weights of at most 8 bits less their zero "
                        "point, found " +
                            llvm::Twine(weight));
    constants.weights.push_back(weight);
  }
  SmallVector<int64_t> &sums = carried.bias;
  SmallVector<double> sumScales;
  for (int64_t channel = 0; channel < channels; ++channel) {
    constants.scales.push_back(w.getScale(channel) * y.getLargestScale() /
                               y.getScale(channel));
    sumScales.push_back(input->kind.scale * constants.scales.back());
    if (input->ratio != 1)
      sums[channel] =
          std::llrint(static_cast<double>(sums[channel]) * input->ratio);
    if (*bits == 8 && !llvm::isInt<32>(sums[channel]))
      return refuse(op, "expected a bias of at most 32 bits, found " +
                            llvm::Twine(sums[channel]));
  }
  // Products of matrices take one scale for all of a matrix, too.
  if (isa<fxp::FullyConnectedOp>(op) && llvm::all_equal(constants.scales)) {
    constants.scales.resize(1);
    sumScales.resize(1);
  }
  constants.bias = graph.addPerAxis(
      getTensorName(result) + ":bias", {channels},
      *bits == 8 ? TensorType::INT32 : TensorType::INT64, sums, sumScales, 0);
  return constants;
}

LogicalResult OpWriter::writeOp(fxp::Conv2DOp op) {
  FailureOr<Constants> constants = readConstants(op);
  if (failed(constants))
    return failure();
  FailureOr<TensorId> input = getOperand(op, op.getInput(), constants->bits);
  if (failed(input))
    return failure();
  ArrayRef<int64_t> w = tflite::getShape(op.getWeights()), // [O, kh, kw, I]
      strides = op.getStrides(), dilations = op.getDilations();
  std::string name = getTensorName(op.getResult());
  Window window = pad(*input, tflite::getShape(op.getResult()).slice(1, 2),
                      getReach(w, dilations), strides, op.getPads(),
                      graph.getKind(*input).zeroPoint, name);
  int64_t groups = op.getGroups();
  auto set = [&](auto &options) {
    options.padding = window.padding;
    options.stride_h = strides[0];
    options.stride_w = strides[1];
    options.dilation_h_factor = dilations[0];
    options.dilation_w_factor = dilations[1];
  };
  if (groups == 1 || w[3] != 1) {
    TensorId weights =
        graph.addPerAxis(name + ":weights", w, TensorType::INT8,
                         constants->weights, constants->scales, 0);
    Conv2DOptionsT options;
    set(options);
    return compute(op, BuiltinOperator::CONV_2D,
                   {window.input, weights, constants->bias}, options,
                   constants->bits, getBounds(op.getRequant()));
  }
  // [1, kh, kw, O]
  SmallVector<int64_t> moved;
  for (int64_t place = 0; place < w[1] * w[2]; ++place)
    for (int64_t channel = 0; channel < w[0]; ++channel)
      moved.push_back(constants->weights[channel * w[1] * w[2] + place]);
  TensorId weights =
      graph.addPerAxis(name + ":weights", {1, w[1], w[2], w[0]},
                       TensorType::INT8, moved, constants->scales, 3);
  DepthwiseConv2DOptionsT options;
  set(options);
  options.depth_multiplier = w[0] / groups;
  return compute(op, BuiltinOperator::DEPTHWISE_CONV_2D,
                 {window.input, weights, constants->bias}, options,
                 constants->bits, getBounds(op.getRequant()));
}

/// Padding that gives the result's sizes, or else the whole of what the input
/// gives and a slice of it.
LogicalResult OpWriter::writeOp(fxp::TransposedConv2DOp op) {
  if (op.getGroups() != 1 ||
      !llvm::all_of(op.getDilations(), [](int64_t step) { return step == 1; }))
    return refuse(op, "expected transposed convolutions without groups and "
                      "dilations");
  FailureOr<Constants> constants = readConstants(op);
  FailureOr<StoredType> type = getType(op, op.getResult());
  if (failed(constants) || failed(type))
    return failure();
  FailureOr<TensorId> input = getOperand(op, op.getInput(), constants->bits);
  if (failed(input))
    return failure();
  ArrayRef<int64_t> w = tflite::getShape(op.getWeights()),
                    in = tflite::getShape(op.getInput()),
                    out = tflite::getShape(op.getResult());
  SmallVector<int64_t> whole(out), starts(4, 0);
  bool isSame = true, isValid = true;
  for (unsigned axis : {0u, 1u}) {
    int64_t stride = op.getStrides()[axis], before = op.getPads()[axis],
            size = out[axis + 1];
    int64_t most = (in[axis + 1] - 1) * stride + w[axis + 1];
    isSame &= llvm::divideCeilSigned(size, stride) == in[axis + 1] &&
              before == std::max<int64_t>(0, most - size) / 2;
    isValid &= before == 0 && size >= most;
    whole[axis + 1] = std::max(most, before + size);
    starts[axis + 1] = before;
  }
  bool isWhole = isSame || isValid;
  std::string name = getTensorName(op.getResult());
  TensorId weights = graph.addPerAxis(name + ":weights", w, TensorType::INT8,
                                      constants->weights, constants->scales, 0);
  TransposeConvOptionsT options;
  options.padding = isSame ? Padding::SAME : Padding::VALID;
  options.stride_h = op.getStrides()[0];
  options.stride_w = op.getStrides()[1];
  ElementKind kind =
      constants->bits == type->getBits() ? type->kind : widenResult(*type);
  TensorId tensor =
      graph.addTensor(name + (isWhole ? "" : ":whole"),
                      isWhole ? out : ArrayRef<int64_t>(whole), kind);
  graph.addOperator(BuiltinOperator::TRANSPOSE_CONV,
                    {addShape(isWhole ? out : ArrayRef<int64_t>(whole)),
                     weights, *input, constants->bias},
                    tensor, options);
  if (!isWhole) {
    SmallVector<int64_t> ends;
    for (auto [start, size] : llvm::zip(starts, out))
      ends.push_back(start + size);
    TensorId part = addResult(op, kind);
    graph.addOperator(
        BuiltinOperator::STRIDED_SLICE,
        {tensor, addShape(starts), addShape(ends), addShape({1, 1, 1, 1})},
        part, StridedSliceOptionsT());
    tensor = part;
  }
  return finish(op, tensor, *type,
                getLimits(*type, getBounds(op.getRequant())));
}

LogicalResult OpWriter::writeOp(fxp::FullyConnectedOp op) {
  FailureOr<Constants> constants = readConstants(op);
  if (failed(constants))
    return failure();
  FailureOr<TensorId> input = getOperand(op, op.getInput(), constants->bits);
  if (failed(input))
    return failure();
  TensorId weights =
      graph.addPerAxis(getTensorName(op.getResult()) + ":weights",
                       tflite::getShape(op.getWeights()), TensorType::INT8,
                       constants->weights, constants->scales, 0);
  FullyConnectedOptionsT options;
  options.keep_num_dims = tflite::getShape(op.getInput()).size() != 2;
  return compute(op, BuiltinOperator::FULLY_CONNECTED,
                 {*input, weights, constants->bias}, options, constants->bits,
                 getBounds(op.getRequant()));
}

LogicalResult OpWriter::writeOp(fxp::MatMulOp op) {
  FailureOr<Sides> sides = getSides(op);
  if (failed(sides))
    return failure();
  return compute(op, BuiltinOperator::BATCH_MATMUL, {sides->lhs, sides->rhs},
                 BatchMatMulOptionsT(), sides->bits,
                 getBounds(op.getRequant()));
}
