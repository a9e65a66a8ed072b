//===- QuantizeMovement.cpp - ops that move stored integers ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "mlir/Dialect/Tosa/Utils/ConversionUtils.h"
#include "narrow/Dialect/Nn/IR/ResizeTaps.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/RoundedName.h"
#include "llvm/ADT/TypeSwitch.h"

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

/// Whether the model rounds `value` to `type` in front of all that computes
/// with it.
static bool isRoundedTo(Value value, UniformQuantizedType type) {
  return llvm::all_of(getReaders(value), [&](Operation *reader) {
    if (auto cast = dyn_cast<nn::FakeQuantizeOp>(reader))
      return cast.getStored() == type;
    return getMovement(reader) == Movement::Picks &&
           isRoundedTo(reader->getResult(0), type);
  });
}

Refusal Quantizer::convertMovement(Operation *op) {
  Value floatResult = op->getResult(0);
  if (!isFloatTensor(floatResult.getType()) ||
      !isFloatTensor(op->getOperand(0).getType()))
    return "it does not move f32 values";
  if (movesFloats(op))
    return convertMovedFloats(op);
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
  bool isSplit = false;
  for (Value &input : inputs) {
    isSplit |= getElement(input) != moved;
    if (!(input = coerce(input, moved)))
      return "an operand cannot be rescaled";
  }
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
  isSplit |= getElement(result) != type;
  if (!(result = coerce(result, type)))
    return "its result cannot be rescaled";
  if (isSplit)
    note(op, "requantised-movement",
         "what it moves is requantised, as one type cannot serve its operands "
         "and its result");
  if (isSplit && options.onnxRuntime &&
      !isRoundedTo(floatResult, getElement(result)))
    noteInexact(op, "what it moves is rounded where the model does not");
  return replace(op, result);
}

/// Whether nothing reads `value` but what rounds it.
static bool isOnlyRounded(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    return isa<nn::FakeQuantizeOp, fxp::ObserveOp>(user);
  });
}

/// The value in the type that the model gives.
template <>
Refusal Quantizer::convertNn(nn::FakeQuantizeOp op) {
  UniformQuantizedType type = op.getStoredType();
  Value input = op.getInput();
  Value stored;
  if (quantized.lookup(input) || getPlanned(input) == type) {
    Value own = getQuantized(input);
    stored = coerce(own, type);
    if (own && stored == own && own.getDefiningOp() && isOnlyRounded(input))
      if (StringRef name = findValueName(op.getResult()); !name.empty())
        own.getDefiningOp()->setAttr(kRoundedNameAttr,
                                     builder.getStringAttr(name));
  } else {
    // What stays in float is rounded once, to this type.
    stored = fxp::QuantizeOp::create(builder, op.getLoc(),
                                     withElementType(input, type), input);
  }
  if (options.onnxRuntime && stored && stored.getDefiningOp<fxp::QuantizeOp>())
    noteInexact(op, "a product with the scale's reciprocal (N10) stands for "
                    "its quotient");
  return stored ? replace(op, stored) : "its operand cannot be rescaled";
}

template <>
Refusal Quantizer::convertNn(nn::ResizeOp op) {
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
    if (op.getMode() == nn::ResizeMode::Nearest) {
      nn::ResizeTaps nearest = nn::computeResizeTaps(op, axis);
      taps[axis] = fxp::buildNearestTaps(
          inSize, outSize, [&](int64_t i) { return nearest.indices[i]; });
    } else {
      taps[axis] = fxp::buildLinearTaps(inSize, outSize, [&](int64_t i) {
        return nn::getResizePosition(op, axis, i);
      });
    }
  }
  Value result = fxp::ResizeOp::create(
      builder, op.getLoc(), withElementType(op.getResult(), getElement(input)),
      input, builder.getDenseI32ArrayAttr(taps[0]),
      builder.getDenseI32ArrayAttr(taps[1]));
  if (UniformQuantizedType type = getPlanned(op.getResult()))
    result = coerce(result, type);
  return result ? replace(op, result) : "its result cannot be rescaled";
}
