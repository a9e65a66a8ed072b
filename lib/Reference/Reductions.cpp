//===- Reductions.cpp - pools and reductions (N60 to N63) -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "Requantiser.h"

using namespace narrow;
using namespace narrow::reference;

/// Calls `visit` with the flat position of each input element in the window of
/// the result element [n, oy, ox, c], NHWC.
static void forEachInWindow(const Tensor &input, const WindowAxis &rows,
                            const WindowAxis &columns, ArrayRef<int64_t> index,
                            function_ref<void(int64_t)> visit) {
  for (int64_t ky = rows.begin(index[1]); ky < rows.end(index[1]); ++ky)
    for (int64_t kx = columns.begin(index[2]); kx < columns.end(index[2]);
         ++kx) {
      int64_t y = rows.position(index[1], ky),
              x = columns.position(index[2], kx);
      int64_t pixel = (index[0] * input.getDim(1) + y) * input.getDim(2) + x;
      visit(pixel * input.getDim(3) + index[3]);
    }
}

// N60.
LogicalResult reference::evaluate(fxp::MaxPool2DOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  WindowAxis rows{input.getDim(1), op.getKernel()[0], op.getStrides()[0],
                  op.getDilations()[0], op.getPads()[0]};
  WindowAxis columns{input.getDim(2), op.getKernel()[1], op.getStrides()[1],
                     op.getDilations()[1], op.getPads()[1]};
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t largest = input.getQuantView().getStorageRange().lo;
    forEachInWindow(input, rows, columns, index, [&](int64_t i) {
      largest = std::max<int64_t>(largest, input.stored()[i]);
    });
    result.stored()[position++] = static_cast<int32_t>(largest);
  });
  return success();
}

// N61.
LogicalResult reference::evaluate(fxp::AvgPool2DOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView view = input.getQuantView();
  WindowAxis rows{input.getDim(1), op.getKernel()[0], op.getStrides()[0],
                  /*dilation=*/1, op.getPads()[0]};
  WindowAxis columns{input.getDim(2), op.getKernel()[1], op.getStrides()[1],
                     /*dilation=*/1, op.getPads()[1]};
  ArrayRef<int64_t> counts = op.getCounts();
  Requantiser requant(op.getRequant(), result.getType());
  int64_t position = 0;
  LogicalResult outcome = success();
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t sum = 0, count = 0;
    forEachInWindow(input, rows, columns, index, [&](int64_t i) {
      sum += input.stored()[i] - view.getZeroPoint(index[3]);
      ++count;
    });
    // One count serves all windows: those at the rim, too, if pads count.
    const int64_t *entry =
        counts.size() == 1 ? counts.begin() : llvm::find(counts, count);
    if (entry == counts.end()) {
      if (succeeded(outcome))
        outcome = op.emitError("expected a count for windows of ")
                  << count << " input positions (N61)";
      return;
    }
    result.stored()[position++] = requant(sum, entry - counts.begin());
  });
  return outcome;
}

/// Calls `visit` with each flat input position along `axis` for the result
/// element `index`, whose extent on the axis is 1.
static void forEachAlong(const Tensor &input, int64_t axis,
                         ArrayRef<int64_t> index,
                         function_ref<void(int64_t)> visit) {
  SmallVector<int64_t> from(index);
  for (from[axis] = 0; from[axis] < input.getDim(axis); ++from[axis])
    visit(flatten(from, input.getShape()));
}

// N62.
LogicalResult reference::evaluate(fxp::ReduceSumOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView view = input.getQuantView();
  AxisIndex inputChannel(input.getType(), view);
  AxisIndex channel(result.getType(), result.getQuantView());
  Requantiser requant(op.getRequant(), result.getType());
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t sum = 0;
    forEachAlong(input, op.getAxis(), index, [&](int64_t i) {
      sum += input.stored()[i] - view.getZeroPoint(inputChannel(i));
    });
    result.stored()[position] = requant(sum, channel(position));
    ++position;
  });
  return success();
}

// N63.
LogicalResult reference::evaluate(fxp::ReduceMaxOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t largest = INT32_MIN;
    forEachAlong(input, op.getAxis(), index, [&](int64_t i) {
      largest = std::max<int64_t>(largest, input.stored()[i]);
    });
    result.stored()[position++] = static_cast<int32_t>(largest);
  });
  return success();
}
