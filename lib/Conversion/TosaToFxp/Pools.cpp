//===- Pools.cpp - means of windows and sums along axes -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "llvm/ADT/bit.h"

using namespace narrow;
using namespace narrow::tosatofxp;

/// What TOSA divides by a count with: `multiplier * 2^-shift`.
static std::pair<int32_t, int32_t> getReciprocal(int64_t count) {
  int32_t bits = 32 - llvm::countl_zero(static_cast<uint32_t>(count - 1));
  int64_t numerator = ((int64_t(1) << 30) + 1) << bits;
  return {static_cast<int32_t>(numerator / count), 30 + bits};
}

void Converter::convertAvgPool(tosa::AvgPool2dOp op) {
  FailureOr<int64_t> inputZero = op.getInputZeroPoint(),
                     outputZero = op.getOutputZeroPoint();
  if (!isStorable(op.getInput()) || failed(inputZero) || failed(outputZero))
    return;
  MLIRContext *context = op.getContext();
  auto in = cast<ShapedType>(op.getInput().getType()).getShape(),
       out = cast<ShapedType>(op.getOutput().getType()).getShape();
  ArrayRef<int64_t> pad = op.getPad();
  SmallVector<int64_t> pads{pad[0], pad[2], pad[1], pad[3]};
  SmallVector<int64_t> counts = fxp::getWindowCounts(
      {in[1], in[2], out[1], out[2], op.getKernel(), op.getStride(), pads},
      /*countPads=*/false);
  SmallVector<int32_t> multipliers, shifts;
  for (int64_t count : counts) {
    auto [multiplier, shift] = getReciprocal(count);
    multipliers.push_back(multiplier);
    shifts.push_back(shift);
  }
  auto none = builder.getDenseI32ArrayAttr({});
  auto requant = fxp::RequantAttr::get(
      context, fxp::RequantMode::Q31, builder.getDenseI32ArrayAttr(multipliers),
      builder.getDenseI32ArrayAttr(shifts), none, none, none, /*given=*/true);
  Type element = getStoredType(context, getIntegerBits(op.getOutput()),
                               /*isUnsigned=*/false, *outputZero);
  replace(op, fxp::AvgPool2DOp::create(
                  builder, op.getLoc(), withElements(op.getOutput(), element),
                  getStored(op.getInput(), *inputZero), requant, op.getKernel(),
                  op.getStride(), pads, counts));
}

/// The stored integers whose sum along `axes` is `plain`, and their zero point;
/// null where they are rescaled by more than that.
static Value getSummed(Value plain, SmallVectorImpl<int64_t> &axes,
                       int64_t &zero, bool &isUnsigned) {
  while (auto sum = plain.getDefiningOp<tosa::ReduceSumOp>()) {
    if (!sum->hasOneUse())
      return {};
    axes.push_back(sum.getAxis());
    plain = sum.getInput();
  }
  if (auto cast = plain.getDefiningOp<tosa::CastOp>()) {
    zero = 0;
    isUnsigned = false;
    return isStorable(cast.getInput()) ? cast.getInput() : Value();
  }
  auto rescale = plain.getDefiningOp<tosa::RescaleOp>();
  if (!rescale || !isStorable(rescale.getInput()))
    return {};
  FailureOr<Rescale> numbers = Rescale::get(rescale);
  if (failed(numbers) || !numbers->isUnit())
    return {};
  zero = numbers->inputZero;
  isUnsigned = numbers->inputUnsigned;
  return rescale.getInput();
}

bool Converter::rescaleSum(tosa::RescaleOp op, const Rescale &rescale) {
  SmallVector<int64_t> axes;
  int64_t zero = 0;
  bool isUnsigned = false;
  if (!op.getInput().getDefiningOp<tosa::ReduceSumOp>() ||
      rescale.isPerChannel() || !isStorable(op.getOutput()))
    return false;
  Value plain = getSummed(op.getInput(), axes, zero, isUnsigned);
  llvm::sort(axes);
  if (!plain || std::adjacent_find(axes.begin(), axes.end()) != axes.end() ||
      axes.back() - axes.front() + 1 != int64_t(axes.size()))
    return false;
  auto shape = cast<ShapedType>(plain.getType()).getShape();
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= shape[axis];
  int64_t most = int64_t(1) << (getIntegerBits(plain) + 1);
  if (count > INT32_MAX / most)
    return false;

  Location loc = op.getLoc();
  Value input = getStored(plain, zero, isUnsigned);
  fxp::RequantAttr requant = rescale.getRequant(op.getContext());
  Type element = getStoredType(op.getContext(), getIntegerBits(op.getOutput()),
                               rescale.outputUnsigned, rescale.outputZero);
  RankedTensorType type = withElements(op.getOutput(), element);
  if (shape.size() == 4 && axes == ArrayRef<int64_t>({1, 2})) {
    SmallVector<int64_t> window{shape[1], shape[2]};
    replace(op, fxp::AvgPool2DOp::create(
                    builder, loc, type, input, requant, window, window,
                    ArrayRef<int64_t>{0, 0, 0, 0}, ArrayRef<int64_t>{count}));
    return true;
  }
  // Neighbouring axes are summed as one.
  SmallVector<int64_t> merged(shape.take_front(axes.front()));
  merged.push_back(count);
  llvm::append_range(merged, shape.drop_front(axes.back() + 1));
  Value flat = fxp::ReshapeOp::create(
      builder, loc,
      RankedTensorType::get(merged, mlir::getElementTypeOrSelf(input)), input);
  merged[axes.front()] = 1;
  Value sum = fxp::ReduceSumOp::create(
      builder, loc, RankedTensorType::get(merged, element), flat, requant,
      builder.getI64IntegerAttr(axes.front()), mlir::IntegerAttr());
  replace(op, fxp::ReshapeOp::create(builder, loc, type, sum));
  return true;
}
