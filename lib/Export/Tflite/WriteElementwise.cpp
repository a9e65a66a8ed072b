//===- WriteElementwise.cpp - sums, products, tables, casts in TFLite -----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpWriter.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Reference/Interpolation.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::tflite;
using fxp::QuantView;

/// The kinds that TFLite demands of what these operators make.
static ElementKind getUnitKind(unsigned bits) {
  if (bits == 8)
    return {TensorType::INT8, 0x1p-8, -128};
  return {TensorType::INT16, 0x1p-15, 0};
}
static ElementKind getTanhKind(unsigned bits) {
  if (bits == 8)
    return {TensorType::INT8, 0x1p-7, 0};
  return {TensorType::INT16, 0x1p-15, 0};
}
static const ElementKind kLogSoftmaxKind{TensorType::INT8, 0x1p-4, 127};

/// How far an interpolated table may be from its function (N46), in steps of a
/// result of 8 and of 16 bits.
static constexpr int32_t kInterpolationSteps[] = {1, 32};

template <typename OpT>
static Bounds getOwnBounds(OpT op) {
  Bounds bounds;
  if (op.getMin())
    bounds.min.push_back(static_cast<int32_t>(*op.getMin()));
  if (op.getMax())
    bounds.max.push_back(static_cast<int32_t>(*op.getMax()));
  return bounds;
}

template <typename OptionsT, typename OpT>
LogicalResult OpWriter::writeRescaled(OpT op, BuiltinOperator code) {
  FailureOr<Sides> sides = getSides(op);
  if (failed(sides))
    return failure();
  OptionsT options;
  options.pot_scale_int16 = false;
  return compute(op, code, {sides->lhs, sides->rhs}, options, sides->bits,
                 getOwnBounds(op));
}

LogicalResult OpWriter::writeOp(fxp::AddOp op) {
  return writeRescaled<AddOptionsT>(op, BuiltinOperator::ADD);
}
LogicalResult OpWriter::writeOp(fxp::SubOp op) {
  return writeRescaled<SubOptionsT>(op, BuiltinOperator::SUB);
}

/// Both sides are compared at the result's scale, where TFLite has them.
template <typename OpT>
LogicalResult OpWriter::writeCompared(OpT op, BuiltinOperator code) {
  FailureOr<StoredType> type = getType(op, op.getResult());
  if (failed(expectOneScale(op)) || failed(type))
    return failure();
  SmallVector<TensorId, 2> sides;
  for (Value side : op->getOperands()) {
    FailureOr<TensorId> tensor = getTensor(side);
    if (failed(tensor))
      return failure();
    if (!(graph.getKind(*tensor) == type->kind))
      tensor = quantize(*tensor, type->kind, getTensorName(side) + ":moved");
    sides.push_back(*tensor);
  }
  return compute(op, code, sides, MaximumMinimumOptionsT(), type->getBits(),
                 getOwnBounds(op));
}

LogicalResult OpWriter::writeOp(fxp::MinOp op) {
  return writeCompared(op, BuiltinOperator::MINIMUM);
}
LogicalResult OpWriter::writeOp(fxp::MaxOp op) {
  return writeCompared(op, BuiltinOperator::MAXIMUM);
}

LogicalResult OpWriter::writeOp(fxp::MulOp op) {
  FailureOr<Sides> sides = getSides(op);
  if (failed(sides))
    return failure();
  return compute(op, BuiltinOperator::MUL, {sides->lhs, sides->rhs},
                 MulOptionsT(), sides->bits, getBounds(op.getRequant()));
}

TensorId OpWriter::scaleFloats(TensorId reals, BuiltinOperator code,
                               ArrayRef<float> values, int64_t axis,
                               StringRef name) {
  SmallVector<int64_t> shape(graph.getShape(reals)), sizes;
  if (values.size() > 1) {
    sizes.assign(shape.size(), 1);
    sizes[axis] = values.size();
  }
  TensorId numbers = graph.addFloats("numbers", sizes, values),
           result = graph.addTensor(name, shape, {});
  if (code == BuiltinOperator::SUB)
    graph.addOperator(code, {reals, numbers}, result, SubOptionsT());
  else
    graph.addOperator(code, {reals, numbers}, result, MulOptionsT());
  return result;
}

/// How much larger the largest of a value's scales is than each.
static SmallVector<float> getScaleRatios(const QuantView &view) {
  SmallVector<float> ratios;
  for (double scale : view.getScales())
    ratios.push_back(static_cast<float>(view.getLargestScale() / scale));
  return ratios;
}

LogicalResult OpWriter::writeOp(fxp::QuantizeOp op) {
  FailureOr<TensorId> reals = getTensor(op.getInput());
  FailureOr<StoredType> type = getType(op, op.getResult());
  if (failed(reals) || failed(type))
    return failure();
  QuantView view(op.getResult().getType());
  std::string name = getTensorName(op.getResult()) + ":real";
  if (op.normalises()) {
    int64_t axis = op.getAxis().value_or(
        static_cast<int64_t>(tflite::getShape(op.getInput()).size()) - 1);
    // The factor has the reciprocal of the scale in it.
    SmallVector<float> factors(*op.getFactor());
    for (float &factor : factors)
      factor *= static_cast<float>(view.getScale());
    reals =
        scaleFloats(*reals, BuiltinOperator::SUB, *op.getMean(), axis, name);
    reals = scaleFloats(*reals, BuiltinOperator::MUL, factors, axis, name);
  }
  if (!view.hasOneScale())
    reals = scaleFloats(*reals, BuiltinOperator::MUL, getScaleRatios(view),
                        view.getAxis(), name);
  return finish(op, quantize(*reals, type->kind, getTensorName(op.getResult())),
                *type, getLimits(*type, {}));
}

LogicalResult OpWriter::writeOp(fxp::DequantizeOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  TensorId reals = addResult(op, {});
  graph.addOperator(BuiltinOperator::DEQUANTIZE, *input, reals,
                    DequantizeOptionsT());
  QuantView view(op.getInput().getType());
  if (!view.hasOneScale()) {
    SmallVector<float> ratios = getScaleRatios(view);
    for (float &ratio : ratios)
      ratio = 1 / ratio;
    reals = scaleFloats(reals, BuiltinOperator::MUL, ratios, view.getAxis(),
                        getTensorName(op.getResult()));
  }
  setTensor(op.getResult(), reals);
  return success();
}

LogicalResult OpWriter::writeOp(fxp::RequantizeOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  FailureOr<StoredType> type = getType(op, op.getResult());
  if (failed(expectOneScale(op)) || failed(input) || failed(type))
    return failure();
  return finish(op, quantize(*input, type->kind, getTensorName(op.getResult())),
                *type, getLimits(*type, getBounds(op.getRequant())));
}

FailureOr<bool> OpWriter::writeFunction(Operation *op,
                                        ArrayRef<int32_t> entries,
                                        int32_t tolerance) {
  Type from = QuantView(op->getOperand(0).getType()).getElementType(),
       to = QuantView(op->getResult(0).getType()).getElementType();
  auto is = [&](function_ref<double(double)> function) {
    SmallVector<int64_t> wanted =
        getIntegers(fxp::buildLookupTable(from, to, function));
    for (auto [found, value] : llvm::zip_equal(entries, wanted)) {
      // Unsigned ones are the same bits.
      int64_t entry = QuantView(to).isSigned() ? value : value & 255;
      if (std::abs(found - entry) > tolerance)
        return false;
    }
    return true;
  };
  auto code = BuiltinOperator::LOGISTIC;
  if (is([](double x) { return std::tanh(x); }))
    code = BuiltinOperator::TANH;
  else if (is([](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }))
    code = BuiltinOperator::HARD_SWISH;
  else if (!is([](double x) { return 1 / (1 + std::exp(-x)); }))
    return false;
  FailureOr<unsigned> bits = getBits(op, {op->getOperand(0), op->getResult(0)});
  FailureOr<StoredType> type = getType(op, op->getResult(0));
  if (failed(bits) || failed(type))
    return failure();
  if (code == BuiltinOperator::HARD_SWISH && *bits != 8)
    return false;
  FailureOr<TensorId> input = getOperand(op, op->getOperand(0), *bits);
  if (failed(input))
    return failure();
  ElementKind kind = code == BuiltinOperator::LOGISTIC ? getUnitKind(*bits)
                     : code == BuiltinOperator::TANH   ? getTanhKind(*bits)
                                                       : type->kind;
  TensorId tensor = addResult(op, kind);
  if (code == BuiltinOperator::HARD_SWISH)
    graph.addOperator(code, *input, tensor, HardSwishOptionsT());
  else
    graph.addOperator(code, *input, tensor);
  if (failed(finish(op, tensor, *type, getLimits(*type, {}))))
    return failure();
  return true;
}

/// A table that is none of TFLite's functions is read by the stored integers.
template <typename OpT>
LogicalResult OpWriter::writeTable(OpT op, ArrayRef<int32_t> entries,
                                   ArrayRef<int64_t> sizes, int32_t tolerance) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  FailureOr<StoredType> from = getType(op, op.getInput()),
                        to = getType(op, op.getResult());
  if (failed(input) || failed(from) || failed(to))
    return failure();
  if (from->ratio != 1 || to->ratio != 1)
    return refuse(op, "expected a table of integers that 16 bits hold less "
                      "their zero point");
  bool hasOneTable = sizes.size() == 1;
  if (hasOneTable && QuantView(op.getInput().getType()).hasOneScale() &&
      QuantView(op.getResult().getType()).hasOneScale()) {
    FailureOr<bool> isWritten = writeFunction(op, entries, tolerance);
    if (failed(isWritten) || *isWritten)
      return isWritten;
  }
  std::string name = getTensorName(op.getResult());
  ArrayRef<int64_t> shape = tflite::getShape(op.getResult());
  ElementKind index{TensorType::INT32};
  TensorId places = graph.addTensor(name + ":stored", shape, index);
  CastOptionsT cast;
  cast.in_data_type = graph.getType(*input);
  cast.out_data_type = TensorType::INT32;
  graph.addOperator(BuiltinOperator::CAST, *input, places, cast);
  // From the first entry on, of each channel's own table where there are such.
  SmallVector<int64_t> offsets, offsetShape;
  for (int64_t c = 0, e = hasOneTable ? 1 : sizes[0]; c < e; ++c)
    offsets.push_back(c * sizes.back() - from->storage.lo);
  if (!hasOneTable) {
    offsetShape.assign(shape.size(), 1);
    offsetShape.back() = sizes[0];
  }
  TensorId moved = graph.addTensor(name + ":place", shape, index);
  graph.addOperator(
      BuiltinOperator::ADD,
      {places, graph.addIntegers(name + ":first", offsetShape, index, offsets)},
      moved, AddOptionsT());
  SmallVector<int64_t> values;
  for (int32_t entry : entries)
    values.push_back(to->convert(entry));
  TensorId table = graph.addIntegers(
      name + ":table", {static_cast<int64_t>(values.size())}, to->kind, values);
  return moveData(op, BuiltinOperator::GATHER, {table, moved},
                  GatherOptionsT());
}

LogicalResult OpWriter::writeOp(fxp::LookupOp op) {
  auto type = RankedTensorType::get(
      cast<ShapedType>(op.getTable().getType()).getShape(),
      op.getResult().getType().getElementType());
  reference::Tensor data = reference::Tensor::fromElements(type, op.getTable());
  return writeTable(op, data.stored(), type.getShape(), /*tolerance=*/0);
}

LogicalResult OpWriter::writeOp(fxp::InterpolateOp op) {
  SmallVector<int32_t> values = reference::tabulate(op);
  bool isWide = QuantView(op.getResult().getType()).getBits() > 8;
  return writeTable(op, values, int64_t(values.size()),
                    kInterpolationSteps[isWide]);
}

LogicalResult OpWriter::writeOp(fxp::SoftmaxOp op) {
  if (op.getMasked())
    return refuse(op, "expected a softmax without masked inputs");
  FailureOr<unsigned> bits = getBits(op, {op.getInput(), op.getResult()});
  FailureOr<StoredType> type = getType(op, op.getResult());
  if (failed(expectOneScale(op)) || failed(bits) || failed(type))
    return failure();
  // Finer steps than TFLite's of 8 bits.
  if (type->kind.scale < getUnitKind(8).scale)
    bits = 16;
  FailureOr<TensorId> input = getOperand(op, op.getInput(), *bits);
  if (failed(input))
    return failure();
  TensorId tensor = addResult(op, getUnitKind(*bits));
  SoftmaxOptionsT options;
  options.beta = 1;
  graph.addOperator(BuiltinOperator::SOFTMAX, *input, tensor, options);
  // Nothing below 0 to cut off.
  return finish(op, tensor, *type, {});
}

LogicalResult OpWriter::writeOp(fxp::LogSoftmaxOp op) {
  FailureOr<unsigned> bits = getBits(op, {op.getInput(), op.getResult()});
  FailureOr<StoredType> type = getType(op, op.getResult());
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(expectOneScale(op)) || failed(bits) || failed(type) ||
      failed(input))
    return failure();
  ArrayRef<int64_t> shape = tflite::getShape(op.getResult());
  std::string name = getTensorName(op.getResult());
  if (*bits == 8 && type->kind.scale >= kLogSoftmaxKind.scale) {
    TensorId tensor = addResult(op, kLogSoftmaxKind);
    graph.addOperator(BuiltinOperator::LOG_SOFTMAX, *input, tensor,
                      LogSoftmaxOptionsT());
    return finish(op, tensor, *type, getLimits(*type, {}));
  }
  op.emitRemark("computed in float: TFLite's log-softmax in integers has steps "
                "of 1/16 [tflite-float]");
  TensorId reals = graph.addTensor(name + ":input", shape, {}),
           logs = graph.addTensor(name + ":real", shape, {});
  graph.addOperator(BuiltinOperator::DEQUANTIZE, *input, reals,
                    DequantizeOptionsT());
  graph.addOperator(BuiltinOperator::LOG_SOFTMAX, reals, logs,
                    LogSoftmaxOptionsT());
  return finish(op, quantize(logs, type->kind, name), *type,
                getLimits(*type, {}));
}
