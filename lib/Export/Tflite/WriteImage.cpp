//===- WriteImage.cpp - pools, reductions, resizing in TFLite -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpWriter.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include <cmath>

using namespace narrow;
using namespace narrow::tflite;

template <typename OpT>
static Pool2DOptionsT getOptions(OpT op, Padding padding) {
  Pool2DOptionsT options;
  options.padding = padding;
  options.filter_height = op.getKernel()[0];
  options.filter_width = op.getKernel()[1];
  options.stride_h = op.getStrides()[0];
  options.stride_w = op.getStrides()[1];
  return options;
}

/// What is padded beforehand is the lowest integer, which no maximum takes.
LogicalResult OpWriter::writeOp(fxp::MaxPool2DOp op) {
  if (!llvm::all_of(op.getDilations(), [](int64_t step) { return step == 1; }))
    return refuse(op, "expected a pool without dilations");
  FailureOr<TensorId> input = getTensor(op.getInput());
  FailureOr<StoredType> type = getType(op, op.getInput());
  if (failed(input) || failed(type))
    return failure();
  Window window = pad(*input, tflite::getShape(op.getResult()).slice(1, 2),
                      op.getKernel(), op.getStrides(), op.getPads(),
                      type->getContainer().lo, getTensorName(op.getResult()));
  return moveData(op, BuiltinOperator::MAX_POOL_2D, window.input,
                  getOptions(op, window.padding));
}

/// TFLite's pool keeps the scale, so that it would round twice where the
/// result's is another one. A mean of a whole image does not, nor do weights of
/// 1 at the scale 1 / count.
LogicalResult OpWriter::writeOp(fxp::AvgPool2DOp op) {
  FailureOr<unsigned> bits = getBits(op, {op.getInput(), op.getResult()});
  if (failed(expectOneScale(op)) || failed(bits))
    return failure();
  FailureOr<TensorId> input = getOperand(op, op.getInput(), *bits);
  if (failed(input))
    return failure();
  ArrayRef<int64_t> in = tflite::getShape(op.getInput()),
                    out = tflite::getShape(op.getResult()),
                    kernel = op.getKernel();
  bool hasPads =
      llvm::any_of(op.getPads(), [](int64_t amount) { return amount != 0; });
  if (!hasPads && kernel == in.slice(1, 2) && out[1] * out[2] == 1) {
    ReducerOptionsT options;
    options.keep_dims = true;
    return compute(op, BuiltinOperator::MEAN, {*input, addShape({1, 2})},
                   options, *bits, getBounds(op.getRequant()));
  }
  fxp::PoolGeometry geometry{in[1],  in[2],           out[1],      out[2],
                             kernel, op.getStrides(), op.getPads()};
  bool countsNone =
           op.getCounts() == ArrayRef(fxp::getWindowCounts(geometry, false)),
       countsAll =
           op.getCounts() == ArrayRef(fxp::getWindowCounts(geometry, true));
  ElementKind kind = graph.getKind(*input);
  Window window =
      pad(*input, out.slice(1, 2), kernel, op.getStrides(), op.getPads(),
          kind.zeroPoint, getTensorName(op.getResult()), countsAll);
  // TFLite's own padding is not counted, what is padded beforehand is.
  if (!countsAll && (!countsNone || window.input != *input))
    return refuse(op, "expected padding that is counted, or as much of it as "
                      "makes an image of input size / stride");
  FailureOr<ElementKind> resultKind = getKind(op.getResult());
  if (failed(resultKind))
    return failure();
  if (op.getCounts().size() == 1 && !(*resultKind == kind)) {
    std::string name = getTensorName(op.getResult());
    SmallVector<int64_t> ones(kernel[0] * kernel[1] * in[3], 1),
        zeros(in[3], 0);
    double scale = 1.0 / static_cast<double>(op.getCounts().front());
    DepthwiseConv2DOptionsT options;
    options.padding = window.padding;
    options.stride_h = op.getStrides()[0];
    options.stride_w = op.getStrides()[1];
    options.depth_multiplier = 1;
    TensorId weights = graph.addPerAxis(
                 name + ":ones", {1, kernel[0], kernel[1], in[3]},
                 TensorType::INT8, ones, SmallVector<double>(in[3], scale), 3),
             bias = graph.addPerAxis(
                 name + ":zeros", in[3],
                 *bits == 8 ? TensorType::INT32 : TensorType::INT64, zeros,
                 SmallVector<double>(in[3], scale * kind.scale), 0);
    return compute(op, BuiltinOperator::DEPTHWISE_CONV_2D,
                   {window.input, weights, bias}, options, *bits,
                   getBounds(op.getRequant()));
  }
  return computeAs(op, BuiltinOperator::AVERAGE_POOL_2D, window.input,
                   getOptions(op, window.padding), kind,
                   getBounds(op.getRequant()));
}

LogicalResult OpWriter::writeOp(fxp::ReduceSumOp op) {
  FailureOr<unsigned> bits = getBits(op, {op.getInput(), op.getResult()});
  if (failed(expectOneScale(op)) || failed(bits))
    return failure();
  int64_t axis = op.getAxis(), size = tflite::getShape(op.getInput())[axis];
  FailureOr<TensorId> input = getOperand(op, op.getInput(), *bits);
  FailureOr<StoredType> type = getType(op, op.getResult());
  if (failed(input) || failed(type))
    return failure();
  Bounds bounds = getBounds(op.getRequant());
  ReducerOptionsT options;
  options.keep_dims = true;
  TensorId axes = addShape(axis);
  double factor =
      static_cast<double>(size) / static_cast<double>(op.getDivisor());
  if (factor == 1)
    return compute(op, BuiltinOperator::MEAN, {*input, axes}, options, *bits,
                   bounds);
  // A mean at a scale as much smaller, times a number of the integer 1: the
  // same integers.
  ElementKind kind = *bits == type->getBits() ? type->kind : widenResult(*type);
  ElementKind smaller{kind.type, kind.scale / factor, kind.zeroPoint};
  TensorId mean = addResult(op, smaller),
           number = graph.addIntegers("number", {1}, {kind.type, factor, 0}, 1);
  graph.setName(mean, getTensorName(op.getResult()) + ":mean");
  graph.addOperator(BuiltinOperator::MEAN, {*input, axes}, mean, options);
  return compute(op, BuiltinOperator::MUL, {mean, number}, MulOptionsT(), *bits,
                 bounds);
}

LogicalResult OpWriter::writeOp(fxp::ReduceMaxOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  ReducerOptionsT options;
  options.keep_dims = true;
  return moveData(op, BuiltinOperator::REDUCE_MAX,
                  {*input, addShape(op.getAxis())}, options);
}

namespace {
/// Where TFLite takes the elements of an image from.
struct Sampling {
  bool alignsCorners, hasHalfPixels;
};
} // namespace

static constexpr Sampling kSamplings[] = {
    {false, true}, {false, false}, {true, false}};

static double getPlace(Sampling sampling, int64_t in, int64_t out, int64_t i) {
  double scale = static_cast<double>(in) / static_cast<double>(out);
  if (sampling.hasHalfPixels)
    return (static_cast<double>(i) + 0.5) * scale - 0.5;
  if (sampling.alignsCorners && out > 1)
    scale = static_cast<double>(in - 1) / static_cast<double>(out - 1);
  return static_cast<double>(i) * scale;
}

/// Places of taps in 1/256.
static SmallVector<int64_t> getPlaces(ArrayRef<int32_t> taps) {
  SmallVector<int64_t> places;
  for (size_t i = 0; i < taps.size(); i += 3)
    places.push_back(int64_t(256) * taps[i] +
                     int64_t(taps[i + 2]) * (taps[i + 1] - taps[i]));
  return places;
}

/// Whether taps are those of linear interpolation, to 1/256.
static bool isLinear(ArrayRef<int32_t> taps, int64_t in, Sampling sampling) {
  int64_t out = static_cast<int64_t>(taps.size()) / 3;
  SmallVector<int32_t> wanted = fxp::buildLinearTaps(
      in, out, [&](int64_t i) { return getPlace(sampling, in, out, i); });
  return llvm::all_of(
      llvm::zip(getPlaces(taps), getPlaces(wanted)), [](auto pair) {
        return std::abs(std::get<0>(pair) - std::get<1>(pair)) <= 1;
      });
}

static bool isNearest(ArrayRef<int32_t> taps, int64_t in, Sampling sampling) {
  int64_t out = static_cast<int64_t>(taps.size()) / 3;
  for (int64_t i = 0; i < out; ++i) {
    double place = getPlace(sampling, in, out, i);
    double rounded = sampling.alignsCorners   ? std::round(place)
                     : sampling.hasHalfPixels ? std::floor(place + 0.5)
                                              : std::floor(place);
    int64_t index =
        std::clamp<int64_t>(static_cast<int64_t>(rounded), 0, in - 1);
    if (taps[3 * i] != index)
      return false;
  }
  return true;
}

LogicalResult OpWriter::writeOp(fxp::ResizeOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  ArrayRef<int64_t> in = tflite::getShape(op.getInput()),
                    out = tflite::getShape(op.getResult());
  ArrayRef<int32_t> rows = op.getHTaps(), columns = op.getWTaps();
  bool isWhole = llvm::all_of(getPlaces(rows),
                              [](int64_t place) { return place % 256 == 0; }) &&
                 llvm::all_of(getPlaces(columns),
                              [](int64_t place) { return place % 256 == 0; });
  TensorId sizes = addShape(out.slice(1, 2));
  for (Sampling sampling : kSamplings) {
    auto set = [&](auto options) {
      options.align_corners = sampling.alignsCorners;
      options.half_pixel_centers = sampling.hasHalfPixels;
      return options;
    };
    if (isWhole && isNearest(rows, in[1], sampling) &&
        isNearest(columns, in[2], sampling))
      return moveData(op, BuiltinOperator::RESIZE_NEAREST_NEIGHBOR,
                      {*input, sizes}, set(ResizeNearestNeighborOptionsT()));
    if (!isWhole && isLinear(rows, in[1], sampling) &&
        isLinear(columns, in[2], sampling))
      return moveData(op, BuiltinOperator::RESIZE_BILINEAR, {*input, sizes},
                      set(ResizeBilinearOptionsT()));
  }
  if (!isWhole)
    return refuse(op, "expected linear interpolation between aligned corners, "
                      "from half pixels or from the first one on");
  // Any whole places are two gathers.
  auto getIndices = [](ArrayRef<int32_t> taps) {
    SmallVector<int64_t> indices = getPlaces(taps);
    for (int64_t &index : indices)
      index /= 256;
    return indices;
  };
  FailureOr<ElementKind> kind = getKind(op.getResult());
  if (failed(kind))
    return failure();
  TensorId tall = graph.addTensor(getTensorName(op.getResult()) + ":rows",
                                  {in[0], out[1], in[2], in[3]}, *kind);
  GatherOptionsT options;
  options.axis = 1;
  graph.addOperator(BuiltinOperator::GATHER,
                    {*input, addShape(getIndices(rows))}, tall, options);
  options.axis = 2;
  return moveData(op, BuiltinOperator::GATHER,
                  {tall, addShape(getIndices(columns))}, options);
}
