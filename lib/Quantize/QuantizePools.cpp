//===- QuantizePools.cpp - pools and reductions ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

static UniformQuantizedType getElement(Value value) {
  return cast<UniformQuantizedType>(
      cast<RankedTensorType>(value.getType()).getElementType());
}

template <>
Refusal Quantizer::convertNn(nn::MaxPool2DOp op) {
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  Value result = fxp::MaxPool2DOp::create(
      builder, op.getLoc(), withElementType(op.getResult(), getElement(input)),
      input, op.getKernelAttr(), op.getStridesAttr(), op.getPadsAttr(),
      op.getDilationsAttr());
  if (UniformQuantizedType type = getPlanned(op.getResult()))
    result = coerce(result, type);
  return result ? replace(op, result) : "its result cannot be rescaled";
}

/// Returns whether a window reaches beyond the padded input, where
/// `count_include_pad` stops counting.
static bool leavesPaddedInput(int64_t in, int64_t out, int64_t kernel,
                              int64_t stride, int64_t padding) {
  return (out - 1) * stride + kernel > in + padding;
}

template <>
Refusal Quantizer::convertNn(nn::AvgPool2DOp op) {
  UniformQuantizedType type = getPlanned(op.getResult());
  if (!type)
    return "no range is known for its result";
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  if (llvm::any_of(op.getDilations(),
                   [](int64_t dilation) { return dilation != 1; }))
    return "an average pool with dilation has no fixed-point form";
  SmallVector<int64_t> in(cast<RankedTensorType>(input.getType()).getShape());
  ArrayRef<int64_t> out = op.getResult().getType().getShape();
  ArrayRef<int64_t> kernel = op.getKernel(), strides = op.getStrides();
  SmallVector<int64_t> pads(op.getPads());
  bool countsPads = op.getCountIncludePad();
  if (countsPads && (leavesPaddedInput(in[1], out[1], kernel[0], strides[0],
                                       pads[0] + pads[2]) ||
                     leavesPaddedInput(in[2], out[2], kernel[1], strides[1],
                                       pads[1] + pads[3]))) {
    // What a ceiled size adds is not counted, so that windows differ. With pads
    // that are part of the image only what lies beyond them is left out.
    in[1] += pads[0] + pads[2];
    in[2] += pads[1] + pads[3];
    auto element = cast<UniformQuantizedType>(getElement(input));
    input = fxp::PadOp::create(
        builder, op.getLoc(), RankedTensorType::get(in, element), input,
        SmallVector<int64_t>{0, pads[0], pads[1], 0}, toStored(0.0, element));
    pads.assign(4, 0);
    countsPads = false;
  }
  fxp::PoolGeometry geometry{in[1],  in[2],   out[1], out[2],
                             kernel, strides, pads};
  std::string reason;
  FailureOr<fxp::AvgPoolParameters> parameters = fxp::chooseAvgPool(
      builder.getContext(), options.requant, getElement(input), type, geometry,
      countsPads, &reason);
  if (failed(parameters))
    return reason;
  return replace(
      op, fxp::AvgPool2DOp::create(
              builder, op.getLoc(), withElementType(op.getResult(), type),
              input, parameters->requant, op.getKernelAttr(),
              op.getStridesAttr(), builder.getDenseI64ArrayAttr(pads),
              builder.getDenseI64ArrayAttr(parameters->counts)));
}

/// Returns the sum over the other image axis that alone reads `op`, if both
/// together sum whole images.
static tosa::ReduceSumOp getSecondImageSum(tosa::ReduceSumOp op,
                                           const KeepFloat &keepFloat) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  SmallVector<Operation *> readers = getReaders(op.getResult());
  if (type.getRank() != 4 || readers.size() != 1)
    return {};
  auto second = dyn_cast<tosa::ReduceSumOp>(readers.front());
  if (!second || keepFloat.contains(second) ||
      op.getAxis() + second.getAxis() != 3 || op.getAxis() % 3 == 0)
    return {};
  return second;
}

Refusal Quantizer::convertReduceSum(tosa::ReduceSumOp op) {
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  ArrayRef<int64_t> shape = cast<RankedTensorType>(input.getType()).getShape();
  tosa::ReduceSumOp second = getSecondImageSum(op, keepFloat);
  // A pool divides by at most its window.
  if (second && *getTailOf(second).getDivisor() > shape[1] * shape[2])
    second = {};
  Tail tail = getTailOf(second ? second : op);
  int64_t divisor = *tail.getDivisor();
  UniformQuantizedType type = getPlanned(tail.result);
  if (!type)
    return "no range is known for its result";
  int64_t count = second ? shape[1] * shape[2] : shape[op.getAxis()];
  fxp::QuantView view(input.getType());
  fxp::IntegerRange centered = view.getCenteredRange();
  if (count * centered.maxAbs() > INT32_MAX)
    return "the sum can leave 32 bits";
  double ratio =
      options.onnxRuntime
          ? getMeanRatio(view.getScale(), type.getScale(), divisor)
          : view.getScale() / (type.getScale() * static_cast<double>(divisor));
  std::string reason;
  FailureOr<fxp::RequantAttr> choice =
      requant(op, ratio, type, &tail, reason,
              fxp::IntegerRange{std::min<int64_t>(0, count * centered.lo),
                                std::max<int64_t>(0, count * centered.hi)});
  if (failed(choice))
    return reason;
  RankedTensorType resultType = withElementType(tail.result, type);
  if (!second)
    return replace(op, tail,
                   fxp::ReduceSumOp::create(
                       builder, op.getLoc(), resultType, input, *choice,
                       builder.getI64IntegerAttr(op.getAxis()),
                       builder.getI64IntegerAttr(divisor)));
  // Both sums at once are one pool over the whole image.
  converted.insert(op);
  ++report.quantizedOps;
  return replace(second, tail,
                 fxp::AvgPool2DOp::create(
                     builder, op.getLoc(), resultType, input, *choice,
                     builder.getDenseI64ArrayAttr({shape[1], shape[2]}),
                     builder.getDenseI64ArrayAttr({1, 1}),
                     builder.getDenseI64ArrayAttr({0, 0, 0, 0}),
                     builder.getDenseI64ArrayAttr({divisor})));
}

Refusal Quantizer::convertReduceMax(tosa::ReduceMaxOp op) {
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  Value result = fxp::ReduceMaxOp::create(
      builder, op.getLoc(), withElementType(op.getResult(), getElement(input)),
      input, builder.getI64IntegerAttr(op.getAxis()));
  if (UniformQuantizedType type = getPlanned(op.getResult()))
    result = coerce(result, type);
  return result ? replace(op, result) : "its result cannot be rescaled";
}
