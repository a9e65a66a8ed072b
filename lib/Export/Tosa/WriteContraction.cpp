//===- WriteContraction.cpp - sums of products and pools in TOSA ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaWriter.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;
using tflite::StoredType;
namespace tosa = mlir::tosa;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// What a q15 offset holds beside its zero point and its rounding: the part of
/// the bias that the bias's own rounding lost.
static int64_t getLostBias(fxp::RequantAttr requant, int64_t zeroPoint,
                           size_t channel) {
  if (requant.getMode() != fxp::RequantMode::Q15)
    return 0;
  auto pick = [&](ArrayRef<int32_t> list) {
    return int64_t(list.size() == 1 ? list.front() : list[channel]);
  };
  int64_t shift = pick(requant.getShift().asArrayRef()),
          multiplier = pick(requant.getMultiplier().asArrayRef());
  double place =
      std::ldexp(static_cast<double>(zeroPoint), static_cast<int>(15 + shift)) /
      static_cast<double>(multiplier);
  int64_t rounding = shift ? int64_t(1) << (shift - 1) : 0;
  return pick(requant.getOffset().asArrayRef()) - rounding - std::llrint(place);
}

FailureOr<TosaWriter::Constants>
TosaWriter::readConstants(fxp::WeightedOpInterface op) {
  auto weights = op.getWeights().getDefiningOp<fxp::ConstantOp>(),
       bias = op.getBias().getDefiningOp<fxp::ConstantOp>();
  if (!weights || !bias)
    return refuse(op, "expected constant weights and a constant bias");
  FailureOr<StoredType> input = getType(op, op.getInput());
  if (failed(input))
    return failure();
  if (input->getBits() != 8)
    return refuse(op, "expected an input of 8 bits, found 16");
  auto type = cast<RankedTensorType>(weights.getType());
  reference::Tensor data =
      reference::Tensor::fromElements(type, weights.getValue());
  QuantView w(type), y(op->getResult(0).getType());
  Constants constants;
  constants.inputZeroPoint = input->kind.zeroPoint;
  int64_t channelSize = type.getNumElements() / type.getDimSize(0);
  for (auto [place, stored] : llvm::enumerate(data.stored())) {
    int64_t weight =
        stored - w.getZeroPoint(static_cast<int64_t>(place) / channelSize);
    if (!llvm::isInt<8>(weight))
      return refuse(op, "expected weights of at most 8 bits less their zero "
                        "point, found " +
                            llvm::Twine(weight));
    constants.weights.push_back(weight);
  }
  for (auto [channel, sum] : llvm::enumerate(getIntegers(bias.getValue()))) {
    int64_t whole =
        sum + getLostBias(op.getRequant(), y.getZeroPoint(channel), channel);
    if (!llvm::isInt<32>(whole))
      return refuse(op, "expected a bias of at most 32 bits, found " +
                            llvm::Twine(whole));
    constants.bias.push_back(whole);
  }
  return constants;
}

LogicalResult TosaWriter::writeOp(fxp::Conv2DOp op) {
  FailureOr<Constants> constants = readConstants(op);
  if (failed(constants))
    return failure();
  ArrayRef<int64_t> w = shapeOf(op.getWeights()), // [O, kh, kw, I]
      out = shapeOf(op.getResult());
  SmallVector<int64_t> reach{(w[1] - 1) * op.getDilations()[0] + 1,
                             (w[2] - 1) * op.getDilations()[1] + 1};
  Window window = fitWindow(getTensor(op.getInput()), out.slice(1, 2), reach,
                            op.getStrides(), op.getPads());
  int64_t groups = op.getGroups(), channels = shapeOf(op.getInput())[3];
  bool isDepthwise = groups == channels && groups > 1;
  if (groups != 1 && !isDepthwise)
    return refuse(op, "expected one group of channels or one for each, found " +
                          llvm::Twine(groups));
  OpBuilder &builder = build.base();
  Value bias = build.integers(w[0], build.i32(), constants->bias),
        inputZero = build.integers(1, build.i8(), constants->inputZeroPoint),
        weightZero = build.integers(1, build.i8(), 0);
  auto create = [&](auto kind, Value weights) -> Value {
    using OpT = decltype(kind);
    return OpT::create(builder, build.loc(),
                       RankedTensorType::get(out, build.i32()), window.input,
                       weights, bias, inputZero, weightZero,
                       builder.getDenseI64ArrayAttr(window.pads),
                       builder.getDenseI64ArrayAttr(op.getStrides()),
                       builder.getDenseI64ArrayAttr(op.getDilations()),
                       mlir::TypeAttr::get(build.i32()));
  };
  Value sums;
  if (!isDepthwise) {
    sums = create(tosa::Conv2DOp(),
                  build.integers(w, build.i8(), constants->weights));
  } else {
    // [kh, kw, C, O / C]
    SmallVector<int64_t> moved;
    for (int64_t place = 0; place < w[1] * w[2]; ++place)
      for (int64_t channel = 0; channel < w[0]; ++channel)
        moved.push_back(constants->weights[channel * w[1] * w[2] + place]);
    sums = create(tosa::DepthwiseConv2DOp(),
                  build.integers({w[1], w[2], channels, w[0] / channels},
                                 build.i8(), moved));
  }
  return requantize(op, sums, 0, op.getRequant());
}

/// A convolution of single places, which adds a bias.
LogicalResult TosaWriter::writeOp(fxp::FullyConnectedOp op) {
  FailureOr<Constants> constants = readConstants(op);
  if (failed(constants))
    return failure();
  ArrayRef<int64_t> w = shapeOf(op.getWeights()), out = shapeOf(op.getResult());
  int64_t rows =
      cast<ShapedType>(op.getResult().getType()).getNumElements() / w[0];
  OpBuilder &builder = build.base();
  Value sums = tosa::Conv2DOp::create(
      builder, build.loc(),
      RankedTensorType::get({rows, 1, 1, w[0]}, build.i32()),
      build.reshape(getTensor(op.getInput()), {rows, 1, 1, w[1]}),
      build.integers({w[0], 1, 1, w[1]}, build.i8(), constants->weights),
      build.integers(w[0], build.i32(), constants->bias),
      build.integers(1, build.i8(), constants->inputZeroPoint),
      build.integers(1, build.i8(), 0),
      builder.getDenseI64ArrayAttr({0, 0, 0, 0}),
      builder.getDenseI64ArrayAttr({1, 1}),
      builder.getDenseI64ArrayAttr({1, 1}), mlir::TypeAttr::get(build.i32()));
  return requantize(op, build.reshape(sums, out), 0, op.getRequant());
}

LogicalResult TosaWriter::writeOp(fxp::MatMulOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  if ((*types)[0].getBits() != 8 || (*types)[1].getBits() != 8)
    return refuse(op, "expected operands of 8 bits, found 16");
  Value sums = tosa::MatMulOp::create(
      build.base(), build.loc(),
      RankedTensorType::get(shapeOf(op.getResult()), build.i32()),
      getTensor(op.getLhs()), getTensor(op.getRhs()),
      build.integers(1, build.i8(), (*types)[0].kind.zeroPoint),
      build.integers(1, build.i8(), (*types)[1].kind.zeroPoint));
  return requantize(op, sums, 0, op.getRequant());
}

LogicalResult TosaWriter::writeOp(fxp::MaxPool2DOp op) {
  if (!llvm::all_of(op.getDilations(), [](int64_t step) { return step == 1; }))
    return refuse(op, "expected a pool without dilations");
  FailureOr<RankedTensorType> type = getTensorType(op, op.getResult());
  if (failed(type))
    return failure();
  Window window =
      fitWindow(getTensor(op.getInput()), shapeOf(op.getResult()).slice(1, 2),
                op.getKernel(), op.getStrides(), op.getPads());
  tensors[op.getResult()] =
      tosa::MaxPool2dOp::create(build.base(), build.loc(), *type, window.input,
                                op.getKernel(), op.getStrides(), window.pads);
  return success();
}

/// Sums are exact, by reductions of a whole image or weights of 1, and divided
/// by the rescale.
LogicalResult TosaWriter::writeOp(fxp::AvgPool2DOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  if (op.getCounts().size() != 1)
    return refuse(op, "expected windows of one number of positions");
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getResult()),
                    kernel = op.getKernel();
  int64_t zeroPoint = types->front().kind.zeroPoint;
  Value input = getTensor(op.getInput());
  bool hasPads =
      llvm::any_of(op.getPads(), [](int64_t amount) { return amount != 0; });
  if (!hasPads && kernel == in.slice(1, 2) && out[1] * out[2] == 1) {
    Value sums = build.reduce<tosa::ReduceSumOp>(
        build.reduce<tosa::ReduceSumOp>(build.widen(input, zeroPoint), 1), 2);
    return requantize(op, sums, 0, op.getRequant());
  }
  if (types->front().getBits() != 8)
    return refuse(op, "expected an input of 8 bits, found 16");
  Window window =
      fitWindow(input, out.slice(1, 2), kernel, op.getStrides(), op.getPads());
  OpBuilder &builder = build.base();
  Value sums = tosa::DepthwiseConv2DOp::create(
      builder, build.loc(), RankedTensorType::get(out, build.i32()),
      window.input,
      build.integers({kernel[0], kernel[1], in[3], 1}, build.i8(), 1),
      build.integers(in[3], build.i32(), 0),
      build.integers(1, build.i8(), zeroPoint),
      build.integers(1, build.i8(), 0),
      builder.getDenseI64ArrayAttr(window.pads),
      builder.getDenseI64ArrayAttr(op.getStrides()),
      builder.getDenseI64ArrayAttr({1, 1}), mlir::TypeAttr::get(build.i32()));
  return requantize(op, sums, 0, op.getRequant());
}
