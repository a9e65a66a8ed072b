//===- Movement.cpp - same-scale data movement (N50 to N52) ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"

using namespace narrow;
using namespace narrow::reference;

/// Calls `move` with the elements of both: stored integers, or floats.
template <typename Move>
static void onElements(const Tensor &input, Tensor &result, Move move) {
  if (input.getQuantView())
    move(input.stored(), result.stored());
  else
    move(input.floats(), result.floats());
}

/// Fills `result` element by element from those of `input`, the first of which
/// is at `start` and the next ones along each axis of `result` at `strides`.
static void moveElements(const Tensor &input, int64_t start,
                         ArrayRef<int64_t> strides, Tensor &result) {
  onElements(input, result, [&](auto from, auto to) {
    forEachPosition(result.getShape(), strides,
                    [&](int64_t i, int64_t at) { to[i] = from[start + at]; });
  });
}

/// The converse: the elements of `input` go to those places in `result`.
static void placeElements(const Tensor &input, int64_t start,
                          ArrayRef<int64_t> strides, Tensor &result) {
  onElements(input, result, [&](auto from, auto to) {
    forEachPosition(input.getShape(), strides,
                    [&](int64_t i, int64_t at) { to[start + at] = from[i]; });
  });
}

// N50.
template <>
LogicalResult reference::evaluate(fxp::ReshapeOp op, Operands operands,
                                  Tensor &result) {
  onElements(*operands[0], result,
             [](auto from, auto to) { llvm::copy(from, to.begin()); });
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::TransposeOp op, Operands operands,
                                  Tensor &result) {
  SmallVector<int64_t> strides = getStrides(operands[0]->getShape());
  SmallVector<int64_t> permuted;
  for (int64_t axis : op.getPerms())
    permuted.push_back(strides[axis]);
  moveElements(*operands[0], 0, permuted, result);
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::SliceOp op, Operands operands,
                                  Tensor &result) {
  SmallVector<int64_t> strides = getStrides(operands[0]->getShape());
  int64_t start = 0;
  for (auto [stride, first, step] :
       llvm::zip_equal(strides, op.getStarts(), op.getSteps())) {
    start += first * stride;
    stride *= step;
  }
  moveElements(*operands[0], start, strides, result);
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::GatherOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  int64_t axis = op.getAxis();
  ArrayRef<int64_t> indices = op.getIndices();
  SmallVector<int64_t> from = getStrides(input.getShape());
  SmallVector<int64_t> to = getStrides(result.getShape());
  SmallVector<int64_t> slab(result.getShape());
  slab[axis] = 1;
  for (auto [i, index] : llvm::enumerate(indices)) {
    int64_t source = index * from[axis];
    int64_t target = static_cast<int64_t>(i) * to[axis];
    forEachPosition(slab, from, to, [&](int64_t, int64_t f, int64_t t) {
      result.stored()[target + t] = input.stored()[source + f];
    });
  }
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::ConcatOp op, Operands operands,
                                  Tensor &result) {
  SmallVector<int64_t> strides = getStrides(result.getShape());
  int64_t start = 0;
  for (const Tensor *input : operands) {
    placeElements(*input, start, strides, result);
    start += input->getDim(op.getAxis()) * strides[op.getAxis()];
  }
  return success();
}

// N51.
template <>
LogicalResult reference::evaluate(fxp::PadOp op, Operands operands,
                                  Tensor &result) {
  llvm::fill(result.stored(), static_cast<int32_t>(op.getValue()));
  SmallVector<int64_t> strides = getStrides(result.getShape());
  int64_t start = 0;
  for (auto [stride, low] : llvm::zip_equal(strides, op.getLow()))
    start += low * stride;
  placeElements(*operands[0], start, strides, result);
  return success();
}

// N52.
template <>
LogicalResult reference::evaluate(fxp::ResizeOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  ArrayRef<int32_t> rows = op.getHTaps(), columns = op.getWTaps();
  ArrayRef<int32_t> from = input.stored();
  int64_t width = input.getDim(2), channels = input.getDim(3);
  int32_t *to = result.stored().data();
  for (int64_t n = 0; n < result.getDim(0); ++n)
    for (int64_t y = 0; y < result.getDim(1); ++y)
      for (int64_t x = 0; x < result.getDim(2); ++x) {
        ArrayRef<int32_t> row = rows.slice(3 * y, 3),
                          column = columns.slice(3 * x, 3);
        int64_t weights[2][2], pixels[2][2];
        for (int64_t ky = 0; ky < 2; ++ky)
          for (int64_t kx = 0; kx < 2; ++kx) {
            weights[ky][kx] = int64_t(ky ? row[2] : 256 - row[2]) *
                              (kx ? column[2] : 256 - column[2]);
            pixels[ky][kx] =
                ((n * input.getDim(1) + row[ky]) * width + column[kx]) *
                channels;
          }
        for (int64_t c = 0; c < channels; ++c) {
          int64_t sum = 0;
          for (int64_t ky = 0; ky < 2; ++ky)
            for (int64_t kx = 0; kx < 2; ++kx)
              sum += weights[ky][kx] * from[pixels[ky][kx] + c];
          *to++ = static_cast<int32_t>((sum + (1 << 15)) >> 16);
        }
      }
  return success();
}
