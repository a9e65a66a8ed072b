//===- RowFacts.cpp - which ops work by rows of images --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::fxp;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Rows RowWindow::read(Rows rows) const {
  return {
      std::clamp<int64_t>(rows.first * stride - pad, 0, height),
      std::clamp<int64_t>((rows.end - 1) * stride - pad + extent, 0, height)};
}

std::optional<RowWindow> fxp::getSameRows(Operation *op, unsigned operand) {
  ArrayRef<int64_t> in = getShape(op->getOperand(operand)),
                    out = getShape(op->getResult(0));
  if (in.size() != 4 || out.size() != 4 || in[1] != out[1])
    return std::nullopt;
  return RowWindow{1, 1, 0, in[1]};
}

static RowWindow getWindow(Value input, ArrayRef<int64_t> strides,
                           ArrayRef<int64_t> pads, int64_t kernel,
                           int64_t dilation) {
  return {(kernel - 1) * dilation + 1, strides[0], pads[0], getShape(input)[1]};
}

bool Conv2DOp::worksByRows() { return true; }

std::optional<RowWindow> Conv2DOp::getRowWindow(unsigned operand) {
  if (operand != 0)
    return std::nullopt;
  return getWindow(getInput(), getStrides(), getPads(),
                   getShape(getWeights())[1], getDilations()[0]);
}

bool MaxPool2DOp::worksByRows() { return true; }

std::optional<RowWindow> MaxPool2DOp::getRowWindow(unsigned) {
  return getWindow(getInput(), getStrides(), getPads(), getKernel()[0],
                   getDilations()[0]);
}

bool AvgPool2DOp::worksByRows() { return true; }

std::optional<RowWindow> AvgPool2DOp::getRowWindow(unsigned) {
  return getWindow(getInput(), getStrides(), getPads(), getKernel()[0], 1);
}

// Of channels alone.
bool SliceOp::worksByRows() {
  ArrayRef<int64_t> in = getShape(getInput()), out = getShape(getResult());
  return !getType().getElementType().isF32() && in.size() == 4 &&
         in.take_front(3) == out.take_front(3) &&
         llvm::all_of(getSteps(), [](int64_t step) { return step == 1; });
}

// Of channels alone.
bool ConcatOp::worksByRows() {
  return !getType().getElementType().isF32() &&
         getShape(getResult()).size() == 4 && getAxis() == 3;
}
