//===- Movement.cpp - what moves stored integers or picks them ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"

using namespace narrow;
using namespace narrow::tosatofxp;

void Converter::convertMovement(Operation *op) {
  Value result = op->getResult(0);
  if (!isStorable(result) ||
      llvm::any_of(cast<ShapedType>(result.getType()).getShape(),
                   [](int64_t size) { return size == 0; }))
    return;
  Location loc = op->getLoc();
  Value input = getStored(op->getOperand(0));
  Type element = mlir::getElementTypeOrSelf(input);
  RankedTensorType type = withElements(result, element);
  auto shape = cast<ShapedType>(input.getType()).getShape();
  if (isa<tosa::ReshapeOp>(op)) {
    replace(op, fxp::ReshapeOp::create(builder, loc, type, input));
  } else if (auto transpose = dyn_cast<tosa::TransposeOp>(op)) {
    SmallVector<int64_t> perms(transpose.getPerms());
    replace(op, fxp::TransposeOp::create(builder, loc, type, input, perms));
  } else if (auto slice = dyn_cast<tosa::SliceOp>(op)) {
    auto starts = getConstant(slice.getStart());
    if (starts)
      replace(op,
              fxp::SliceOp::create(builder, loc, type, input, *starts,
                                   SmallVector<int64_t>(starts->size(), 1)));
  } else if (auto reverse = dyn_cast<tosa::ReverseOp>(op)) {
    SmallVector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
    starts[reverse.getAxis()] = shape[reverse.getAxis()] - 1;
    steps[reverse.getAxis()] = -1;
    replace(op, fxp::SliceOp::create(builder, loc, type, input, starts, steps));
  } else if (auto concat = dyn_cast<tosa::ConcatOp>(op)) {
    fxp::QuantView view(element);
    SmallVector<Value> inputs;
    for (Value operand : concat.getInput1())
      inputs.push_back(
          getStored(operand, view.getZeroPoint(), !view.isSigned()));
    replace(op, fxp::ConcatOp::create(builder, loc, type, inputs,
                                      concat.getAxis()));
  } else if (auto pad = dyn_cast<tosa::PadOp>(op)) {
    auto sizes = getConstant(pad.getPadding()),
         value = getConstant(pad.getPadConst());
    if (!sizes || !value)
      return;
    SmallVector<int64_t> low;
    for (size_t i = 0; i < sizes->size(); i += 2)
      low.push_back((*sizes)[i]);
    int64_t border = value->front();
    if (!fxp::QuantView(element).isSigned() && border < 0)
      border += int64_t(1) << getIntegerBits(result);
    replace(op, fxp::PadOp::create(builder, loc, type, input, low, border));
  } else if (auto pool = dyn_cast<tosa::MaxPool2dOp>(op)) {
    ArrayRef<int64_t> pads = pool.getPad();
    replace(op,
            fxp::MaxPool2DOp::create(
                builder, loc, type, input, pool.getKernel(), pool.getStride(),
                ArrayRef<int64_t>{pads[0], pads[2], pads[1], pads[3]},
                ArrayRef<int64_t>{1, 1}));
  } else if (auto reduce = dyn_cast<tosa::ReduceMaxOp>(op)) {
    replace(op, fxp::ReduceMaxOp::create(builder, loc, type, input,
                                         reduce.getAxis()));
  }
}
