//===- Rescale.cpp - rescales as requantisations --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"

using namespace narrow;
using namespace narrow::tosatofxp;

fxp::RequantAttr tosatofxp::getUnitRequant(MLIRContext *context) {
  auto none = mlir::DenseI32ArrayAttr::get(context, {});
  return fxp::RequantAttr::get(context, fxp::RequantMode::Pow2, none,
                               mlir::DenseI32ArrayAttr::get(context, {0}), none,
                               none, none, /*given=*/true);
}

/// The one zero point of a rescale's side, in the range of its integers.
static FailureOr<int64_t> getZeroPoint(tosa::RescaleOp op, Value zero,
                                       Value side, bool isUnsigned,
                                       StringRef name) {
  auto values = getConstant(zero);
  if (!values || values->size() != 1)
    return op.emitError("expected one constant ") << name << " zero point";
  unsigned bits = getIntegerBits(side);
  int64_t value = values->front();
  if (isUnsigned && value < 0)
    value += int64_t(1) << bits;
  int64_t low = isUnsigned ? 0 : -(int64_t(1) << (bits - 1));
  // Wider integers have none.
  int64_t high = bits > 16 ? low = 0 : low + (int64_t(1) << bits) - 1;
  if (value < low || value > high)
    return op.emitError("expected an ") << name << " zero point in " << low
                                        << ".." << high << ", found " << value;
  return value;
}

FailureOr<Rescale> Rescale::get(tosa::RescaleOp op) {
  Rescale rescale;
  rescale.inputUnsigned = op.getInputUnsigned();
  rescale.outputUnsigned = op.getOutputUnsigned();
  for (Value side : {Value(op.getInput()), Value(op.getOutput())}) {
    unsigned bits = getIntegerBits(side);
    if (!llvm::is_contained({8u, 16u, 32u, 48u}, bits))
      return op.emitError("expected a rescale of i8, i16, i32 or i48, found ")
             << side.getType();
  }
  auto multipliers = getConstant(op.getMultiplier()),
       shifts = getConstant(op.getShift());
  if (!multipliers || !shifts)
    return op.emitError("expected constant multipliers and shifts");
  size_t channels = 1;
  if (op.getPerChannel()) {
    auto shape = cast<ShapedType>(op.getInput().getType()).getShape();
    channels = shape.empty() ? 1 : shape.back();
  }
  if (multipliers->size() != channels || shifts->size() != channels)
    return op.emitError("expected ")
           << channels << " multipliers and shifts, found "
           << multipliers->size() << " and " << shifts->size();
  for (int64_t multiplier : *multipliers)
    if (multiplier < 0)
      return op.emitError("expected multipliers that are not negative, found ")
             << multiplier;
  for (int64_t shift : *shifts)
    if (shift < 2 || shift > 62)
      return op.emitError("expected shifts in 2..62, found ") << shift;
  FailureOr<int64_t> input = getZeroPoint(op, op.getInputZp(), op.getInput(),
                                          rescale.inputUnsigned, "input");
  if (failed(input))
    return failure();
  FailureOr<int64_t> output = getZeroPoint(op, op.getOutputZp(), op.getOutput(),
                                           rescale.outputUnsigned, "output");
  if (failed(output))
    return failure();
  rescale.inputZero = *input;
  rescale.outputZero = *output;
  // Channels that are all alike are one.
  if (llvm::all_equal(*multipliers) && llvm::all_equal(*shifts)) {
    multipliers->resize(1);
    shifts->resize(1);
  }
  rescale.multiplier.assign(multipliers->begin(), multipliers->end());
  rescale.shift.assign(shifts->begin(), shifts->end());
  // The first of two roundings is there for shifts above 31 alone.
  rescale.roundsTwice =
      op.getScale32() &&
      op.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND &&
      llvm::any_of(rescale.shift, [](int32_t shift) { return shift > 31; });
  return rescale;
}

std::optional<int64_t> Rescale::getLeftShift() const {
  if (isPerChannel() || !llvm::isPowerOf2_32(multiplier[0]))
    return std::nullopt;
  int64_t left = int64_t(llvm::Log2_32(multiplier[0])) - shift[0];
  return left < 0 ? std::nullopt : std::optional(left);
}

fxp::RequantAttr Rescale::getRequant(MLIRContext *context) const {
  if (isUnit())
    return getUnitRequant(context);
  auto none = mlir::DenseI32ArrayAttr::get(context, {});
  return fxp::RequantAttr::get(
      context,
      roundsTwice ? fxp::RequantMode::Q31Double : fxp::RequantMode::Q31,
      mlir::DenseI32ArrayAttr::get(context, multiplier),
      mlir::DenseI32ArrayAttr::get(context, shift), none, none, none,
      /*given=*/true);
}

LogicalResult Converter::convertRescale(tosa::RescaleOp op) {
  FailureOr<Rescale> rescale = Rescale::get(op);
  if (failed(rescale))
    return failure();
  if (rescaleContraction(op, *rescale) || rescaleCombination(op, *rescale) ||
      rescaleSum(op, *rescale) || rescaleTable(op, *rescale))
    return success();
  // Sides of what works on i32 are read by that, or computed with it.
  if (!isStorable(op.getInput()) || !isStorable(op.getOutput()))
    return success();
  Value input =
      getStored(op.getInput(), rescale->inputZero, rescale->inputUnsigned);
  Type element = getStoredType(op.getContext(), getIntegerBits(op.getOutput()),
                               rescale->outputUnsigned, rescale->outputZero);
  replace(op, fxp::RequantizeOp::create(
                  builder, op.getLoc(), withElements(op.getOutput(), element),
                  input, rescale->getRequant(op.getContext())));
  return success();
}
