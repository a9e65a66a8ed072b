//===- WriteElementwise.cpp - sums, products, tables, casts in TOSA -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaWriter.h"
#include "narrow/Reference/Tensor.h"

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;
using tflite::StoredType;
namespace tosa = mlir::tosa;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Both sides times their multipliers in i32; the sum is rounded by a power of
/// two.
template <typename TosaOp, typename OpT>
LogicalResult TosaWriter::writeRescaled(OpT op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  Value lhs = build.widen(getTensor(op.getLhs()), (*types)[0].kind.zeroPoint,
                          static_cast<int32_t>(op.getLhsMultiplier())),
        rhs = build.widen(getTensor(op.getRhs()), (*types)[1].kind.zeroPoint,
                          static_cast<int32_t>(op.getRhsMultiplier()));
  mlir::MLIRContext *context = op.getContext();
  auto list = [&](ArrayRef<int32_t> values) {
    return mlir::DenseI32ArrayAttr::get(context, values);
  };
  auto bound = [&](auto value) {
    return value ? list(static_cast<int32_t>(*value)) : list({});
  };
  auto requant =
      fxp::RequantAttr::get(context, fxp::RequantMode::Pow2, list({}),
                            list(static_cast<int32_t>(op.getShift())), list({}),
                            bound(op.getMin()), bound(op.getMax()));
  return requantize(op, build.binary<TosaOp>(lhs, rhs), 0, requant);
}

LogicalResult TosaWriter::writeOp(fxp::AddOp op) {
  return writeRescaled<tosa::AddOp>(op);
}
LogicalResult TosaWriter::writeOp(fxp::SubOp op) {
  return writeRescaled<tosa::SubOp>(op);
}
LogicalResult TosaWriter::writeOp(fxp::MinOp op) {
  return writeRescaled<tosa::MinimumOp>(op);
}
LogicalResult TosaWriter::writeOp(fxp::MaxOp op) {
  return writeRescaled<tosa::MaximumOp>(op);
}

LogicalResult TosaWriter::writeOp(fxp::MulOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  Value lhs = build.widen(getTensor(op.getLhs()), (*types)[0].kind.zeroPoint),
        rhs = build.widen(getTensor(op.getRhs()), (*types)[1].kind.zeroPoint);
  return requantize(op, build.multiply(lhs, rhs), 0, op.getRequant());
}

/// Sides are rescaled as they were given.
LogicalResult TosaWriter::writeOp(fxp::CombineOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  FailureOr<Rescale> left = getRescale(op, op.getLhsRequant()),
                     right = getRescale(op, op.getRhsRequant());
  if (failed(types) || failed(left) || failed(right))
    return failure();
  // Shifts of 15 and more would leave what is exact in `widen`.
  if (op.getLhsShift() >= 15 || op.getRhsShift() >= 15)
    return refuse(op, "expected sides that are shifted by less than 15");
  auto rescale = [&](Value side, const StoredType &type, int64_t shift,
                     const Rescale &by) {
    return build.rescale(
        build.widen(getTensor(side), type.kind.zeroPoint, 1 << shift),
        build.i32(), by);
  };
  Value lhs = rescale(op.getLhs(), (*types)[0],
                      static_cast<int64_t>(op.getLhsShift()), *left),
        rhs = rescale(op.getRhs(), (*types)[1],
                      static_cast<int64_t>(op.getRhsShift()), *right);
  auto combine = [&]() -> Value {
    switch (op.getKind()) {
    case fxp::CombineKind::Add:
      return build.binary<tosa::AddOp>(lhs, rhs);
    case fxp::CombineKind::Sub:
      return build.binary<tosa::SubOp>(lhs, rhs);
    case fxp::CombineKind::Mul:
      return build.multiply(lhs, rhs);
    case fxp::CombineKind::Min:
      return build.binary<tosa::MinimumOp>(lhs, rhs);
    case fxp::CombineKind::Max:
      return build.binary<tosa::MaximumOp>(lhs, rhs);
    }
    llvm_unreachable("unknown kind");
  };
  return requantize(op, combine(), 0, op.getRequant());
}

LogicalResult TosaWriter::writeOp(fxp::RequantizeOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  return requantize(op, getTensor(op.getInput()), types->front().kind.zeroPoint,
                    op.getRequant());
}

/// Sizes at which one number, or one for each place on an axis, is broadcast.
static SmallVector<int64_t> getSizes(size_t rank, int64_t axis, size_t count) {
  SmallVector<int64_t> sizes(rank, 1);
  if (count > 1)
    sizes[axis] = static_cast<int64_t>(count);
  return sizes;
}

LogicalResult TosaWriter::quantizeReals(Operation *op, Value scaled) {
  FailureOr<StoredType> type = getType(op, op->getResult(0));
  if (failed(type))
    return failure();
  // TOSA's cast rounds ties to even and saturates.
  Value rounded = build.cast(scaled, build.i32());
  fxp::IntegerRange range = type->getContainer();
  int64_t zeroPoint = type->kind.zeroPoint;
  rounded = build.clamp(rounded, range.lo - zeroPoint, range.hi - zeroPoint);
  size_t rank = TosaBuilder::typeOf(rounded).getRank();
  Value moved = build.binary<tosa::AddOp>(
      rounded,
      build.integers(SmallVector<int64_t>(rank, 1), build.i32(), zeroPoint));
  return finish(op, build.cast(moved, getElement(*type)), {}, {});
}

LogicalResult TosaWriter::writeOp(fxp::QuantizeOp op) {
  QuantView view(op.getResult().getType());
  size_t rank = shapeOf(op.getInput()).size();
  Value reals = getTensor(op.getInput());
  if (op.normalises()) {
    int64_t axis = op.getAxis().value_or(static_cast<int64_t>(rank) - 1);
    ArrayRef<float> mean = *op.getMean(), factor = *op.getFactor();
    reals = build.binary<tosa::SubOp>(
        reals, build.floats(getSizes(rank, axis, mean.size()), mean));
    reals = build.multiply(
        reals, build.floats(getSizes(rank, axis, factor.size()), factor));
  } else {
    SmallVector<float> reciprocals;
    for (double scale : view.getScales())
      reciprocals.push_back(static_cast<float>(1 / scale));
    reals = build.multiply(
        reals, build.floats(getSizes(rank, view.getAxis(), reciprocals.size()),
                            reciprocals));
  }
  return quantizeReals(op, reals);
}

Value TosaWriter::dequantize(Value stored, QuantView view,
                             const StoredType &type) {
  size_t rank = TosaBuilder::typeOf(stored).getRank();
  Value centred =
      build.cast(build.widen(stored, type.kind.zeroPoint), build.f32());
  SmallVector<float> scales(view.getScales());
  return build.multiply(
      centred,
      build.floats(getSizes(rank, view.getAxis(), scales.size()), scales));
}

LogicalResult TosaWriter::writeOp(fxp::DequantizeOp op) {
  FailureOr<StoredType> type = getType(op, op.getInput());
  if (failed(type))
    return failure();
  tensors[op.getResult()] = dequantize(
      getTensor(op.getInput()), QuantView(op.getInput().getType()), *type);
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::LookupOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  auto entries = RankedTensorType::get(
      cast<ShapedType>(op.getTable().getType()).getShape(),
      op.getResult().getType().getElementType());
  if (types->front().getBits() != 8 || types->back().getBits() != 8 ||
      entries.getRank() != 1)
    return refuse(op, "expected one table from 8 bits to 8 bits");
  reference::Tensor data =
      reference::Tensor::fromElements(entries, op.getTable());
  // One entry for each i8; none that is not stored is read.
  SmallVector<int64_t> table;
  const StoredType &from = types->front();
  fxp::IntegerRange range = from.getContainer();
  for (int64_t stored = range.lo; stored <= range.hi; ++stored)
    table.push_back(types->back().convert(
        data.stored()[std::clamp(stored, from.storage.lo, from.storage.hi) -
                      from.storage.lo]));
  tensors[op.getResult()] = tosa::TableOp::create(
      build.base(), build.loc(),
      RankedTensorType::get(shapeOf(op.getResult()), build.i8()),
      getTensor(op.getInput()),
      build.integers(static_cast<int64_t>(table.size()), build.i8(), table));
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::SoftmaxOp op) {
  if (op.getMasked())
    return refuse(op, "expected a softmax without masked inputs");
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  op.emitRemark("computed in float: integer TOSA has no softmax [tosa-float]");
  QuantView view(op.getInput().getType());
  int64_t axis = static_cast<int64_t>(shapeOf(op.getInput()).size()) - 1;
  Value reals = dequantize(getTensor(op.getInput()), view, types->front());
  Value most = build.reduce<tosa::ReduceMaxOp>(reals, axis);
  Value powers = tosa::ExpOp::create(build.base(), build.loc(), reals.getType(),
                                     build.binary<tosa::SubOp>(reals, most));
  Value sum = build.reduce<tosa::ReduceSumOp>(powers, axis);
  Value share =
      tosa::ReciprocalOp::create(build.base(), build.loc(), sum.getType(), sum);
  float steps =
      static_cast<float>(1 / QuantView(op.getResult().getType()).getScale());
  Value scaled =
      build.multiply(build.multiply(powers, share),
                     build.floats(SmallVector<int64_t>(axis + 1, 1), steps));
  return quantizeReals(op, scaled);
}
