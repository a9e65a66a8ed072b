//===- QuantizeMovement.cpp - ops that move stored integers ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "mlir/Dialect/Tosa/Utils/ConversionUtils.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

static UniformQuantizedType getElement(Value value) {
  return cast<UniformQuantizedType>(
      cast<RankedTensorType>(value.getType()).getElementType());
}

/// Returns the numbers of a `tosa.const_shape`.
static std::optional<SmallVector<int64_t>> getShapeOperand(Value value) {
  SmallVector<int64_t> numbers;
  if (!value.getDefiningOp() ||
      !tosa::getConstShapeValues(value.getDefiningOp(), numbers))
    return std::nullopt;
  return numbers;
}

Refusal Quantizer::convertMovement(Operation *op) {
  Value floatResult = op->getResult(0);
  if (!isFloatTensor(floatResult.getType()) ||
      !isFloatTensor(op->getOperand(0).getType()))
    return "it does not move f32 values";
  UniformQuantizedType type = getPlanned(floatResult);
  SmallVector<Value> inputs;
  for (Value operand : getMovedOperands(op)) {
    // Constants take the type of their neighbours.
    Value input =
        getConstant(operand) && !type ? Value() : getQuantizedAs(operand, type);
    if (!input)
      return "no range is known for an operand";
    inputs.push_back(input);
  }
  if (!type)
    type = getElement(inputs.front());
  // Concatenation rescales first, to one scale; all else rescales the result.
  UniformQuantizedType moved =
      isa<tosa::ConcatOp>(op) ? type : getElement(inputs.front());
  for (Value &input : inputs)
    if (!(input = coerce(input, moved)))
      return "an operand cannot be rescaled";
  Value input = inputs.front();
  Location loc = op->getLoc();
  RankedTensorType resultType = withElementType(floatResult, moved);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(input.getType()).getShape();
  std::string reason;
  auto result =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case([&](tosa::IdentityOp) { return input; })
          .Case([&](tosa::ReshapeOp) {
            return fxp::ReshapeOp::create(builder, loc, resultType, input);
          })
          .Case([&](tosa::TransposeOp transpose) {
            return fxp::TransposeOp::create(
                builder, loc, resultType, input,
                SmallVector<int64_t>(transpose.getPerms().begin(),
                                     transpose.getPerms().end()));
          })
          .Case([&](tosa::ConcatOp concat) {
            return fxp::ConcatOp::create(builder, loc, resultType, inputs,
                                         concat.getAxis());
          })
          .Case([&](tosa::SliceOp slice) -> Value {
            std::optional<SmallVector<int64_t>> starts =
                getShapeOperand(slice.getStart());
            if (!starts) {
              reason = "its start is not constant";
              return {};
            }
            return fxp::SliceOp::create(builder, loc, resultType, input,
                                        *starts,
                                        SmallVector<int64_t>(shape.size(), 1));
          })
          .Case([&](tosa::ReverseOp reverse) {
            SmallVector<int64_t> starts(shape.size(), 0),
                steps(shape.size(), 1);
            starts[reverse.getAxis()] = shape[reverse.getAxis()] - 1;
            steps[reverse.getAxis()] = -1;
            return fxp::SliceOp::create(builder, loc, resultType, input, starts,
                                        steps);
          })
          .Case([&](tosa::PadOp pad) -> Value {
            std::optional<SmallVector<int64_t>> padding =
                getShapeOperand(pad.getPadding());
            std::optional<double> value = getSplat(pad.getPadConst());
            if (!padding || !value) {
              reason = "its padding is not constant";
              return {};
            }
            SmallVector<int64_t> low;
            for (size_t i = 0; i < padding->size(); i += 2)
              low.push_back((*padding)[i]);
            return fxp::PadOp::create(builder, loc, resultType, input, low,
                                      toStored(*value, moved));
          })
          .Case([&](tosa::TileOp) {
            Value tiled = input;
            ArrayRef<int64_t> goal = resultType.getShape();
            for (size_t axis = 0; axis < goal.size(); ++axis) {
              auto from = cast<RankedTensorType>(tiled.getType());
              if (from.getDimSize(axis) == goal[axis])
                continue;
              SmallVector<int64_t> to(from.getShape()), indices;
              to[axis] = goal[axis];
              for (int64_t i = 0; i < goal[axis]; ++i)
                indices.push_back(i % from.getDimSize(axis));
              tiled = fxp::GatherOp::create(builder, loc, from.clone(to), tiled,
                                            indices, axis);
            }
            return tiled;
          })
          .Case(
              [&](tosa::GatherOp op) { return gather(op, input, resultType); })
          .Default([](Operation *) { return Value(); });
  if (!result)
    return reason.empty() ? "no fixed-point form of this operation is known"
                          : reason;
  if (!(result = coerce(result, type)))
    return "its result cannot be rescaled";
  return replace(op, result);
}

/// The real input position of each result position, as ONNX Resize defines it.
static std::function<double(int64_t)>
getSource(nn::ResizeCoordinates coordinates, double scale, int64_t in,
          int64_t out) {
  switch (coordinates) {
  case nn::ResizeCoordinates::HalfPixel:
    return [=](int64_t i) { return (i + 0.5) / scale - 0.5; };
  case nn::ResizeCoordinates::HalfPixelSymmetric: {
    double adjustment = out / (scale * in);
    double offset = in / 2.0 * (1 - adjustment);
    return [=](int64_t i) { return offset + (i + 0.5) / scale - 0.5; };
  }
  case nn::ResizeCoordinates::PytorchHalfPixel:
    return [=](int64_t i) { return out > 1 ? (i + 0.5) / scale - 0.5 : 0; };
  case nn::ResizeCoordinates::AlignCorners:
    return [=](int64_t i) {
      return out > 1 ? i * static_cast<double>(in - 1) / (out - 1) : 0;
    };
  case nn::ResizeCoordinates::Asymmetric:
    return [=](int64_t i) { return i / scale; };
  case nn::ResizeCoordinates::TfHalfPixelForNn:
    return [=](int64_t i) { return (i + 0.5) / scale; };
  case nn::ResizeCoordinates::TfCropAndResize:
    return {};
  }
  llvm_unreachable("unknown coordinates of nn.resize");
}

static int64_t roundNearest(nn::NearestMode mode, double position) {
  switch (mode) {
  case nn::NearestMode::RoundPreferFloor:
    return static_cast<int64_t>(std::ceil(position - 0.5));
  case nn::NearestMode::RoundPreferCeil:
    return static_cast<int64_t>(std::floor(position + 0.5));
  case nn::NearestMode::Floor:
    return static_cast<int64_t>(std::floor(position));
  case nn::NearestMode::Ceil:
    return static_cast<int64_t>(std::ceil(position));
  }
  llvm_unreachable("unknown nearest mode of nn.resize");
}

Refusal Quantizer::convertResize(nn::ResizeOp op) {
  if (op.getMode() == nn::ResizeMode::Cubic)
    return "cubic interpolation has no fixed-point form";
  if (op.getAntialias() || op.getExcludeOutside() ||
      op.getCoordinates() == nn::ResizeCoordinates::TfCropAndResize)
    return "this form of interpolation has no fixed-point form";
  Value input = getQuantized(op.getInput());
  if (!input)
    return "no range is known for its input";
  ArrayRef<int64_t> in = cast<RankedTensorType>(input.getType()).getShape();
  ArrayRef<int64_t> out = op.getResult().getType().getShape();
  SmallVector<int32_t> taps[2];
  for (int axis : {0, 1}) {
    int64_t inSize = in[axis + 1], outSize = out[axis + 1];
    auto source =
        getSource(op.getCoordinates(), op.getScales()[axis], inSize, outSize);
    if (op.getMode() == nn::ResizeMode::Nearest)
      taps[axis] = fxp::buildNearestTaps(inSize, outSize, [&](int64_t i) {
        return std::clamp<int64_t>(roundNearest(op.getNearestMode(), source(i)),
                                   0, inSize - 1);
      });
    else
      taps[axis] = fxp::buildLinearTaps(inSize, outSize, source);
  }
  Value result = fxp::ResizeOp::create(
      builder, op.getLoc(), withElementType(op.getResult(), getElement(input)),
      input, builder.getDenseI32ArrayAttr(taps[0]),
      builder.getDenseI32ArrayAttr(taps[1]));
  if (UniformQuantizedType type = getPlanned(op.getResult()))
    result = coerce(result, type);
  return result ? replace(op, result) : "its result cannot be rescaled";
}
