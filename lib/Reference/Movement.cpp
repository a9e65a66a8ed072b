//===- Movement.cpp - same-scale data movement (N50 to N52) ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"

using namespace narrow;
using namespace narrow::reference;

/// Fills `result` element by element; `source` turns a result index into the
/// input index, in place.
static void
moveElements(const Tensor &input, Tensor &result,
             function_ref<void(SmallVectorImpl<int64_t> &)> source) {
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> from(index);
    source(from);
    result.stored()[position++] =
        input.stored()[flatten(from, input.getShape())];
  });
}

// N50.
LogicalResult reference::evaluate(fxp::ReshapeOp op, Operands operands,
                                  Tensor &result) {
  llvm::copy(operands[0]->stored(), result.stored().begin());
  return success();
}

LogicalResult reference::evaluate(fxp::TransposeOp op, Operands operands,
                                  Tensor &result) {
  moveElements(*operands[0], result, [&](SmallVectorImpl<int64_t> &index) {
    SmallVector<int64_t> from(index.size());
    for (auto [axis, perm] : llvm::enumerate(op.getPerms()))
      from[perm] = index[axis];
    index = from;
  });
  return success();
}

LogicalResult reference::evaluate(fxp::SliceOp op, Operands operands,
                                  Tensor &result) {
  moveElements(*operands[0], result, [&](SmallVectorImpl<int64_t> &index) {
    for (auto [i, start, step] :
         llvm::zip_equal(index, op.getStarts(), op.getSteps()))
      i = start + i * step;
  });
  return success();
}

LogicalResult reference::evaluate(fxp::GatherOp op, Operands operands,
                                  Tensor &result) {
  moveElements(*operands[0], result, [&](SmallVectorImpl<int64_t> &index) {
    int64_t &i = index[op.getAxis()];
    i = op.getIndices()[i];
  });
  return success();
}

LogicalResult reference::evaluate(fxp::ConcatOp op, Operands operands,
                                  Tensor &result) {
  int64_t axis = op.getAxis(), start = 0;
  for (const Tensor *input : operands) {
    int64_t position = 0;
    forEachIndex(input->getShape(), [&](ArrayRef<int64_t> index) {
      SmallVector<int64_t> to(index);
      to[axis] += start;
      result.stored()[flatten(to, result.getShape())] =
          input->stored()[position++];
    });
    start += input->getDim(axis);
  }
  return success();
}

// N51.
LogicalResult reference::evaluate(fxp::PadOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  llvm::fill(result.stored(), static_cast<int32_t>(op.getValue()));
  int64_t position = 0;
  forEachIndex(input.getShape(), [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> to(index);
    for (auto [i, low] : llvm::zip_equal(to, op.getLow()))
      i += low;
    result.stored()[flatten(to, result.getShape())] =
        input.stored()[position++];
  });
  return success();
}

// N52.
LogicalResult reference::evaluate(fxp::ResizeOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  ArrayRef<int32_t> rows = op.getHTaps(), columns = op.getWTaps();
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    ArrayRef<int32_t> row = rows.slice(3 * index[1], 3),
                      column = columns.slice(3 * index[2], 3);
    int64_t sum = 0;
    for (int64_t ky = 0; ky < 2; ++ky)
      for (int64_t kx = 0; kx < 2; ++kx) {
        int64_t weight = int64_t(ky ? row[2] : 256 - row[2]) *
                         (kx ? column[2] : 256 - column[2]);
        sum += weight *
               input.stored()[flatten({index[0], row[ky], column[kx], index[3]},
                                      input.getShape())];
      }
    result.stored()[position++] = static_cast<int32_t>((sum + (1 << 15)) >> 16);
  });
  return success();
}
