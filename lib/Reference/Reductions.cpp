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

namespace {
/// The windows of a pool over an input, NHWC.
struct Windows {
  WindowAxis rows, columns;
  int64_t height, width, channels;

  Windows(const Tensor &input, ArrayRef<int64_t> kernel,
          ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
          ArrayRef<int64_t> pads)
      : rows{input.getDim(1), kernel[0], strides[0], dilations[0], pads[0]},
        columns{input.getDim(2), kernel[1], strides[1], dilations[1], pads[1]},
        height(input.getDim(1)), width(input.getDim(2)),
        channels(input.getDim(3)) {}

  /// Calls `visit` with the flat position of each input element in the window
  /// of the result element [n, oy, ox, c].
  template <typename Visit>
  void forEach(ArrayRef<int64_t> index, Visit visit) const {
    int64_t rowEnd = rows.end(index[1]), columnEnd = columns.end(index[2]);
    int64_t columnBegin = columns.begin(index[2]);
    for (int64_t ky = rows.begin(index[1]); ky < rowEnd; ++ky)
      for (int64_t kx = columnBegin; kx < columnEnd; ++kx) {
        int64_t pixel =
            (index[0] * height + rows.position(index[1], ky)) * width +
            columns.position(index[2], kx);
        visit(pixel * channels + index[3]);
      }
  }
};
} // namespace

// N60.
template <>
LogicalResult reference::evaluate(fxp::MaxPool2DOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  Windows windows(input, op.getKernel(), op.getStrides(), op.getDilations(),
                  op.getPads());
  int32_t lowest =
      static_cast<int32_t>(input.getQuantView().getStorageRange().lo);
  ArrayRef<int32_t> from = input.stored();
  int32_t *to = result.stored().data();
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int32_t largest = lowest;
    windows.forEach(index,
                    [&](int64_t i) { largest = std::max(largest, from[i]); });
    *to++ = largest;
  });
  return success();
}

// N61.
template <>
LogicalResult reference::evaluate(fxp::AvgPool2DOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView view = input.getQuantView();
  int64_t dense[] = {1, 1};
  Windows windows(input, op.getKernel(), op.getStrides(), dense, op.getPads());
  ArrayRef<int64_t> counts = op.getCounts();
  Requantiser requant(op.getRequant(), result.getType());
  int64_t position = 0;
  LogicalResult outcome = success();
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t sum = 0, count = 0;
    windows.forEach(index, [&](int64_t i) {
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
template <>
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
template <>
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
