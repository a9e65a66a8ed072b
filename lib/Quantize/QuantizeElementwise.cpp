//===- QuantizeElementwise.cpp - sums, products, tables, softmax ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;

template <typename FxpOp>
Refusal Quantizer::convertAdd(Operation *op) {
  constexpr bool sums =
      std::is_same_v<FxpOp, fxp::AddOp> || std::is_same_v<FxpOp, fxp::SubOp>;
  Tail tail;
  tail.result = op->getResult(0);
  if (sums)
    tail = getTailOf(op);
  UniformQuantizedType type = getPlanned(tail.result);
  if (!type)
    return "no range is known for its result";
  Value lhs = getQuantized(op->getOperand(0)),
        rhs = getQuantized(op->getOperand(1));
  if (!lhs || !rhs)
    return "no range is known for an operand";
  std::string reason;
  auto element = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getElementType();
  };
  FailureOr<fxp::AddParameters> parameters =
      fxp::chooseAdd(element(lhs), element(rhs), type, &reason);
  if (failed(parameters))
    return reason;
  Bounds bounds = getBounds(tail, type);
  auto attribute = [&](std::optional<int32_t> bound) {
    return bound ? builder.getI32IntegerAttr(*bound) : mlir::IntegerAttr();
  };
  return replace(
      op, tail,
      FxpOp::create(builder, op->getLoc(), withElementType(tail.result, type),
                    lhs, rhs,
                    builder.getI32IntegerAttr(parameters->lhsMultiplier),
                    builder.getI32IntegerAttr(parameters->rhsMultiplier),
                    builder.getI32IntegerAttr(parameters->shift),
                    attribute(bounds.min), attribute(bounds.max)));
}
template Refusal Quantizer::convertAdd<fxp::AddOp>(Operation *);
template Refusal Quantizer::convertAdd<fxp::SubOp>(Operation *);
template Refusal Quantizer::convertAdd<fxp::MinOp>(Operation *);
template Refusal Quantizer::convertAdd<fxp::MaxOp>(Operation *);

Refusal Quantizer::convertMul(mlir::tosa::MulOp op) {
  return convertProduct<fxp::MulOp>(op, op.getInput1(), op.getInput2(),
                                    /*depth=*/1);
}

Refusal Quantizer::convertBinary(Operation *op) {
  if (isa<mlir::tosa::AddOp>(op))
    return convertAdd<fxp::AddOp>(op);
  if (isa<mlir::tosa::SubOp>(op))
    return convertAdd<fxp::SubOp>(op);
  if (isa<mlir::tosa::MinimumOp>(op))
    return convertAdd<fxp::MinOp>(op);
  if (isa<mlir::tosa::MaximumOp>(op))
    return convertAdd<fxp::MaxOp>(op);
  return convertMul(cast<mlir::tosa::MulOp>(op));
}

Refusal Quantizer::convertFunction(Operation *op, unsigned mostBits) {
  std::optional<UnaryFunction> function = getUnaryFunction(op);
  if (!function)
    return "no fixed-point form of this operation is known";
  return convertToTable(*function, mostBits);
}

// A table of what is a function of one value; local response normalisation,
// which is none, is refused there.
template <>
Refusal Quantizer::convertNn(nn::UnaryOp op) {
  return convertFunction(op);
}

template <>
Refusal Quantizer::convertNn(nn::PreluOp op) {
  Refusal refusal = convertFunction(op);
  // Slopes that no table has, or more bits than tables of channels.
  return refusal && !convertSides(op) ? kConverted : refusal;
}

Refusal Quantizer::convertSides(nn::PreluOp op) {
  Value input = getQuantized(op.getInput());
  UniformQuantizedType type = getPlanned(op.getResult());
  ElementsAttr slopes = getConstant(op.getSlope());
  if (!input || !type || !slopes)
    return "no range is known for its input or its result";
  auto inputType =
      cast<UniformQuantizedType>(mlir::getElementTypeOrSelf(input.getType()));
  double lowest =
      static_cast<double>(fxp::QuantView(inputType).getCenteredRange().lo) *
      inputType.getScale();
  RealRange factors, sides;
  for (float slope : getFloats(slopes)) {
    if (!std::isfinite(slope))
      return "a slope is not finite";
    factors.include({slope, slope});
  }
  for (double factor : {factors.low, factors.high})
    sides.include({factor * lowest, factor * lowest});
  UniformQuantizedType sideType = chooseWideType(getContext(), sides, false);
  planned[op.getSlope()] = chooseWideType(getContext(), factors, false);
  Value factor = getQuantized(op.getSlope());
  Location loc = op.getLoc();
  SmallVector<int64_t> one(cast<RankedTensorType>(input.getType()).getRank(),
                           1);
  auto zeroType = RankedTensorType::get(one, inputType);
  Value zero = fxp::ConstantOp::create(
      builder, loc, zeroType,
      makeConstant(zeroType.clone(builder.getIntegerType(
                       fxp::QuantView(inputType).getContainerBits())),
                   ArrayRef<int64_t>(inputType.getZeroPoint())));
  auto p = fxp::chooseAdd(inputType, inputType, inputType);
  auto product = fxp::chooseElementwiseRequant(
      getContext(), fxp::RequantMode::Q31,
      inputType.getScale() * fxp::QuantView(factor.getType()).getScale() /
          sideType.getScale(),
      fxp::kInt32Range, sideType);
  auto sum = fxp::chooseAdd(inputType, sideType, type);
  if (failed(p) || failed(product) || failed(sum))
    return "its scales are too far apart";
  if (options.onnxRuntime)
    noteInexact(op, "its slopes are no table's");
  auto attribute = [&](int32_t value) {
    return builder.getI32IntegerAttr(value);
  };
  auto combine = [&](auto kind, Type made, Value lhs, Value rhs,
                     const fxp::AddParameters &by) -> Value {
    return decltype(kind)::create(
        builder, loc, made, lhs, rhs, attribute(by.lhsMultiplier),
        attribute(by.rhsMultiplier), attribute(by.shift), mlir::IntegerAttr(),
        mlir::IntegerAttr());
  };
  Value above = combine(fxp::MaxOp(), input.getType(), input, zero, *p);
  Value below = combine(fxp::MinOp(), input.getType(), input, zero, *p);
  below = fxp::MulOp::create(builder, loc,
                             withElementType(op.getResult(), sideType), below,
                             factor, *product);
  return replace(op,
                 combine(fxp::AddOp(), withElementType(op.getResult(), type),
                         above, below, *sum));
}

template <>
Refusal Quantizer::convertNn(nn::BatchNormOp op) {
  return convertFunction(op);
}

template <>
Refusal Quantizer::convertNn(nn::LrnOp op) {
  return convertFunction(op);
}

Refusal Quantizer::convertToTable(const UnaryFunction &function,
                                  unsigned mostBits) {
  Operation *op = function.ops.back();
  Value input = getQuantized(function.input);
  if (!input)
    return "no range is known for its input";
  auto inputType = cast<UniformQuantizedType>(
      cast<RankedTensorType>(input.getType()).getElementType());
  if (function.channels)
    mostBits = std::min(mostBits, 8u);
  if (inputType.getStorageTypeIntegralWidth() > mostBits)
    return "its input has more than " + std::to_string(mostBits) +
           " bits, too many for " +
           (function.channels ? "tables per channel" : "a table");
  UniformQuantizedType type = getPlanned(op->getResult(0));
  if (!type)
    return "no range is known for its result";
  Value made = buildTable(function, input, type);
  for (Operation *before : ArrayRef(function.ops).drop_back())
    converted.insert(before);
  report.quantizedOps += function.ops.size() - 1;
  return replace(op, made);
}

Value Quantizer::buildTable(const UnaryFunction &function, Value input,
                            UniformQuantizedType type) {
  Operation *op = function.ops.back();
  auto inputType = cast<UniformQuantizedType>(
      cast<RankedTensorType>(input.getType()).getElementType());
  Type resultType = withElementType(op->getResult(0), type);
  auto channel = [&](int64_t c) {
    std::function<double(double)> own = [&function, c](double x) {
      return function.evaluate(x, c);
    };
    return options.onnxRuntime ? roundedToEven(own, type) : own;
  };
  std::function<double(double)> evaluate = channel(0);
  if (!function.channels && !options.fullTables) {
    std::string reason;
    auto table = fxp::chooseInterpolation(inputType, type, evaluate, &reason);
    if (succeeded(table)) {
      mlir::IntegerAttr origin, octaveBits;
      if (table->form.origin) {
        origin = builder.getI32IntegerAttr(*table->form.origin);
        octaveBits = builder.getI64IntegerAttr(table->form.octaveBits);
      }
      auto entries = RankedTensorType::get(int64_t(table->entries.size()),
                                           builder.getI16Type());
      return fxp::InterpolateOp::create(
          builder, op->getLoc(), resultType, input,
          makeConstant(entries, table->entries),
          builder.getDenseI32ArrayAttr(table->segmentBits),
          builder.getI32IntegerAttr(table->fractionBits), origin, octaveBits);
    }
    if (inputType.getStorageTypeIntegralWidth() > 8)
      note(op, "full-table",
           (Twine("its table has an entry for each 16-bit input: ") + reason)
               .str());
  }
  ElementsAttr table =
      function.channels
          ? fxp::buildLookupTable(
                inputType, type, function.channels,
                [&](double x, int64_t c) { return channel(c)(x); })
          : fxp::buildLookupTable(inputType, type, evaluate);
  return fxp::LookupOp::create(builder, op->getLoc(), resultType, input, table);
}

Refusal Quantizer::getSoftmaxInput(Value value, int64_t axis, Value &input) {
  input = getQuantized(value);
  if (!input)
    return "no range is known for its input";
  // Sums of more exponentials would leave 32 bits.
  if (cast<RankedTensorType>(input.getType()).getShape()[axis] > 65536)
    return "more than 65536 values along its axis";
  return kConverted;
}

template <>
Refusal Quantizer::convertNn(nn::SoftmaxOp op) {
  UniformQuantizedType type = getPlanned(op.getResult());
  if (!type || !fxp::getSoftmaxFraction(type))
    return "its result is not planned in a type that N43 knows";
  Value input;
  if (Refusal refusal = getSoftmaxInput(op.getInput(), op.getAxis(), input))
    return refusal;
  if (Value mask = op.getMask())
    input = maskScores(input, mask);
  fxp::SoftmaxParameters parameters =
      fxp::planSoftmax(mlir::getElementTypeOrSelf(input.getType()));
  return replaceAlongLast(op, op.getAxis(), input, [&](Value moved) -> Value {
    return fxp::SoftmaxOp::create(
        builder, op.getLoc(), withElementType(moved, type), moved,
        builder.getI32IntegerAttr(parameters.preShift),
        builder.getI32IntegerAttr(parameters.postShift),
        builder.getI32IntegerAttr(parameters.distanceMax),
        builder.getI32IntegerAttr(parameters.multiplier),
        op.getMask() ? builder.getUnitAttr() : mlir::UnitAttr());
  });
}

template <>
Refusal Quantizer::convertNn(nn::LogSoftmaxOp op) {
  UniformQuantizedType type = getPlanned(op.getResult());
  if (!type)
    return "no range is known for its result";
  Value input;
  if (Refusal refusal = getSoftmaxInput(op.getInput(), op.getAxis(), input))
    return refusal;
  fxp::SoftmaxParameters softmax =
      fxp::planSoftmax(mlir::getElementTypeOrSelf(input.getType()));
  std::string reason;
  FailureOr<fxp::LogSoftmaxParameters> log = fxp::chooseLogSoftmax(
      mlir::getElementTypeOrSelf(input.getType()), type, &reason);
  if (failed(log))
    return reason;
  return replaceAlongLast(op, op.getAxis(), input, [&](Value moved) -> Value {
    return fxp::LogSoftmaxOp::create(
        builder, op.getLoc(), withElementType(moved, type), moved,
        builder.getI32IntegerAttr(softmax.preShift),
        builder.getI32IntegerAttr(softmax.postShift),
        builder.getI32IntegerAttr(softmax.distanceMax),
        builder.getI32IntegerAttr(softmax.multiplier),
        builder.getI32IntegerAttr(log->scaleMultiplier),
        builder.getI32IntegerAttr(log->scaleShift),
        builder.getI64IntegerAttr(log->logMultiplier));
  });
}

Refusal Quantizer::replaceAlongLast(Operation *op, int64_t axis, Value input,
                                    llvm::function_ref<Value(Value)> make) {
  int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
  if (axis == rank - 1)
    return replace(op, make(input));
  SmallVector<int64_t> perms = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::swap(perms[axis], perms[rank - 1]);
  auto swapAxes = [&](Value value) -> Value {
    auto from = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(from.getShape());
    std::swap(shape[axis], shape[rank - 1]);
    return fxp::TransposeOp::create(builder, op->getLoc(), from.clone(shape),
                                    value, perms);
  };
  return replace(op, swapAxes(make(swapAxes(input))));
}
