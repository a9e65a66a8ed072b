//===- ArithmeticVerifiers.cpp - rules of elementwise ops and tables ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Fxp/IR/LongAdd.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

static RankedTensorType tensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

LogicalResult fxp::verifyBroadcast(Operation *op, Value lhs, Value rhs,
                                   Value result) {
  RankedTensorType left = tensor(lhs), right = tensor(rhs),
                   out = tensor(result);
  bool fits =
      left.getRank() == out.getRank() && right.getRank() == out.getRank();
  for (int64_t axis = 0; fits && axis < out.getRank(); ++axis) {
    int64_t l = left.getDimSize(axis), r = right.getDimSize(axis);
    fits = (l == r || l == 1 || r == 1) &&
           out.getDimSize(axis) == (l == 1 ? r : l);
  }
  if (!fits)
    return op->emitOpError(
               "expected operands that broadcast to the result, found ")
           << left << " and " << right << " to " << out;
  return success();
}

/// N40.
template <typename OpT>
static LogicalResult verifyRescaled(OpT op) {
  // Sums may go on with more bits.
  unsigned mostBits = std::is_same_v<OpT, AddOp> || std::is_same_v<OpT, SubOp>
                          ? kMostStreamBits
                          : 16;
  if (failed(verifyQuantised(op, op.getLhs(), "the left side", ScaleAxis::None,
                             mostBits)) ||
      failed(verifyQuantised(op, op.getRhs(), "the right side", ScaleAxis::None,
                             mostBits)) ||
      failed(verifyQuantised(op, op.getResult(), "the result", ScaleAxis::None,
                             mostBits)) ||
      failed(verifyBroadcast(op, op.getLhs(), op.getRhs(), op.getResult())))
    return failure();
  AddParameters p{static_cast<int32_t>(op.getLhsMultiplier()),
                  static_cast<int32_t>(op.getRhsMultiplier()),
                  static_cast<int32_t>(op.getShift())};
  Type types[] = {op.getLhs().getType(), op.getRhs().getType(), op.getType()};
  bool isLong = isLongAdd(types[0], types[1], types[2]);
  int32_t most = isLong ? INT32_MAX : 32767;
  for (int32_t multiplier : {p.lhsMultiplier, p.rhsMultiplier})
    if (multiplier < 0 || multiplier > most)
      return op.emitOpError("expected multipliers in 0..")
             << most << " (N40), found " << multiplier;
  if (p.shift < 0 || p.shift > 30)
    return op.emitOpError("expected a shift in 0..30 (N40), found ") << p.shift;
  if (!isAddExact(p, types[0], types[1], types[2]))
    return op.emitOpError("expected multipliers whose sum fits i32 for all "
                          "operands (N40), found ")
           << p.lhsMultiplier << " and " << p.rhsMultiplier;

  QuantView out(op.getType());
  double unit = std::ldexp(1.0, -p.shift);
  for (auto [side, multiplier] :
       {std::pair(Value(op.getLhs()), p.lhsMultiplier),
        std::pair(Value(op.getRhs()), p.rhsMultiplier)}) {
    double ratio = QuantView(side.getType()).getScale() / out.getScale();
    if (!agrees(multiplier * unit, ratio, unit))
      return op.emitOpError("expected a multiplier for ")
             << ratio << ", as the types say (N25), found "
             << multiplier * unit;
  }
  IntegerRange range = out.getStorageRange();
  IntegerRange clamp{
      op.getMin() ? static_cast<int32_t>(*op.getMin()) : range.lo,
      op.getMax() ? static_cast<int32_t>(*op.getMax()) : range.hi};
  if (!range.contains(clamp) || clamp.lo > clamp.hi)
    return op.emitOpError("expected 'min' and 'max' in the storage range ")
           << range.lo << ".." << range.hi << " (N26), found " << clamp.lo
           << " and " << clamp.hi;
  return success();
}

LogicalResult AddOp::verify() { return verifyRescaled(*this); }
LogicalResult SubOp::verify() { return verifyRescaled(*this); }
LogicalResult MinOp::verify() { return verifyRescaled(*this); }
LogicalResult MaxOp::verify() { return verifyRescaled(*this); }

LogicalResult MulOp::verify() {
  if (failed(
          verifyQuantised(*this, getLhs(), "the left side", ScaleAxis::None)) ||
      failed(verifyQuantised(*this, getRhs(), "the right side",
                             ScaleAxis::None)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::Last)) ||
      failed(verifyBroadcast(*this, getLhs(), getRhs(), getResult())))
    return failure();
  RequantCheck check;
  check.channels = getElementwiseChannels(getLhs(), getResult());
  check.ratios = getExactRatios();
  check.hasKnownOffset = true;
  check.accumulator = getAccumulatorRange();
  return verifyRequant(*this, getRequant(), getResult(), check);
}

LogicalResult LookupOp::verify() {
  if (failed(verifySameShape(*this, getInput(), getResult())) ||
      failed(
          verifyQuantised(*this, getInput(), "the input", ScaleAxis::Last)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::Last)))
    return failure();
  QuantView from(getInput().getType()), to(getType());
  IntegerRange stored = from.getStorageRange();
  int64_t entries = stored.hi - stored.lo + 1;
  auto table = cast<ShapedType>(getTable().getType());
  if (!table.getElementType().isSignlessInteger(to.getContainerBits()))
    return emitOpError("expected a table of i")
           << to.getContainerBits() << " (N42), found "
           << table.getElementType();
  bool perChannel = from.isPerAxis() || to.isPerAxis();
  int64_t rank = tensor(getInput()).getRank();
  if (from.getBits() > 8 && (perChannel || table.getRank() > 1))
    return emitOpError("expected an input of at most 8 bits for tables per "
                       "channel (N42), found ")
           << from.getBits();
  bool one = table.getShape() == ArrayRef<int64_t>(entries) && !perChannel;
  bool many =
      rank > 0 &&
      table.getShape() ==
          ArrayRef<int64_t>({tensor(getInput()).getDimSize(rank - 1), entries});
  if (!one && !many)
    return emitOpError("expected a table of ")
           << entries << " entries, one per stored input"
           << (perChannel ? " and channel" : "") << " (N42), found " << table;
  for (int64_t value : getIntegers(getTable())) {
    if (!to.isSigned())
      value &= (INT64_C(1) << to.getContainerBits()) - 1;
    if (!to.getStorageRange().contains(value))
      return emitOpError("expected table entries in the result's storage range "
                         "(N42), found ")
             << value;
  }
  return success();
}

/// Shapes, input and the four parameters of N43.
template <typename OpTy>
static LogicalResult verifySoftmaxLike(OpTy op, StringRef rule) {
  if (failed(verifySameShape(op, op.getInput(), op.getResult())) ||
      failed(verifyQuantised(op, op.getInput(), "the input", ScaleAxis::None)))
    return failure();
  auto input = tensor(op.getInput());
  if (input.getRank() < 1 || input.getShape().back() > 65536)
    return op.emitOpError("expected rows of at most 65536 logits (")
           << rule << "), found " << input;
  auto inside = [](int64_t value, int64_t hi) {
    return value >= 0 && value <= hi;
  };
  if (!inside(op.getPreShift(), 31) || !inside(op.getPostShift(), 15) ||
      !inside(op.getMultiplier(), 65535) ||
      !inside(op.getDistanceMax(), 65535 >> op.getPostShift()))
    return op.emitOpError("expected parameters of planSoftmax (N43), found ")
           << op.getPreShift() << ", " << op.getPostShift() << ", "
           << op.getDistanceMax() << ", " << op.getMultiplier();
  return success();
}

LogicalResult LogSoftmaxOp::verify() {
  if (failed(verifySoftmaxLike(*this, "N44")) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::None)))
    return failure();
  LogSoftmaxParameters parameters{static_cast<int32_t>(getScaleMultiplier()),
                                  static_cast<int32_t>(getScaleShift()),
                                  static_cast<int64_t>(getLogMultiplier())};
  int32_t shift = parameters.scaleShift;
  if (parameters.scaleMultiplier < 1 || shift < 1 || shift > 62 ||
      parameters.logMultiplier < 1 ||
      !isLogSoftmaxExact(parameters, getInput().getType()))
    return emitOpError("expected positive multipliers and a shift in 1..62 "
                       "with which sums fit i64 (N44), found ")
           << parameters.scaleMultiplier << ", " << parameters.logMultiplier
           << " and " << shift;
  QuantView from(getInput().getType()), to(getType());
  double unit = std::ldexp(1.0, -shift);
  if (!agrees(parameters.scaleMultiplier * unit,
              from.getScale() / to.getScale(), unit))
    return emitOpError("expected a scale of ")
           << from.getScale() / to.getScale()
           << ", as the types say (N25), found "
           << parameters.scaleMultiplier * unit;
  unit = std::ldexp(1.0, 16 - shift);
  double octave = 0.69314718055994531 / to.getScale();
  if (!agrees(static_cast<double>(parameters.logMultiplier) * unit, octave,
              unit))
    return emitOpError("expected ")
           << octave << " steps an octave, as the types say (N25), found "
           << static_cast<double>(parameters.logMultiplier) * unit;
  return success();
}

LogicalResult SoftmaxOp::verify() {
  if (!getSoftmaxFraction(getType()))
    return emitOpError("expected a result of u8 at a scale of 2^-8 to 2^-13, "
                       "or of i16 at 2^-8 to 2^-22, and zero point 0 (N43), "
                       "found ")
           << getType().getElementType();
  return verifySoftmaxLike(*this, "N43");
}
