//===- Elementwise.cpp - arithmetic and tables (N40 to N42) ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "Requantiser.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::reference;

/// N40: `combine` of the two sides at their common scale, rescaled. The
/// verifier has proven that nothing here leaves i32.
template <typename OpT>
static LogicalResult rescaled(OpT op, Operands operands, Tensor &result,
                              function_ref<int64_t(int64_t, int64_t)> combine) {
  const Tensor &lhs = *operands[0], &rhs = *operands[1];
  int64_t leftZero = lhs.getQuantView().getZeroPoint();
  int64_t rightZero = rhs.getQuantView().getZeroPoint();
  fxp::QuantView view = result.getQuantView();
  int64_t lo = op.getMin() ? static_cast<int32_t>(*op.getMin())
                           : view.getStorageRange().lo;
  int64_t hi = op.getMax() ? static_cast<int32_t>(*op.getMax())
                           : view.getStorageRange().hi;
  int64_t shift = op.getShift();
  int64_t half = shift ? INT64_C(1) << (shift - 1) : 0;
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t l = lhs.stored()[flatten(index, lhs.getShape())] - leftZero;
    int64_t r = rhs.stored()[flatten(index, rhs.getShape())] - rightZero;
    int64_t a = l * static_cast<int32_t>(op.getLhsMultiplier());
    int64_t b = r * static_cast<int32_t>(op.getRhsMultiplier());
    int64_t y = ((combine(a, b) + half) >> shift) + view.getZeroPoint();
    result.stored()[position++] = static_cast<int32_t>(std::clamp(y, lo, hi));
  });
  return success();
}

LogicalResult reference::evaluate(fxp::AddOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return a + b; });
}

LogicalResult reference::evaluate(fxp::SubOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return a - b; });
}

LogicalResult reference::evaluate(fxp::MinOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return std::min(a, b); });
}

LogicalResult reference::evaluate(fxp::MaxOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return std::max(a, b); });
}

// N41.
LogicalResult reference::evaluate(fxp::MulOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &lhs = *operands[0], &rhs = *operands[1];
  int64_t leftZero = lhs.getQuantView().getZeroPoint();
  int64_t rightZero = rhs.getQuantView().getZeroPoint();
  Requantiser requant(op.getRequant(), result.getType());
  AxisIndex channel(result.getType(), result.getQuantView());
  int64_t position = 0;
  forEachIndex(result.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t l = lhs.stored()[flatten(index, lhs.getShape())] - leftZero;
    int64_t r = rhs.stored()[flatten(index, rhs.getShape())] - rightZero;
    result.stored()[position] = requant(l * r, channel(position));
    ++position;
  });
  return success();
}

// N42.
LogicalResult reference::evaluate(fxp::LookupOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView from = input.getQuantView(), to = result.getQuantView();
  auto type = cast<ShapedType>(op.getTable().getType());
  int64_t entries = type.getShape().back();
  bool perChannel = type.getRank() == 2;
  SmallVector<int64_t> table = getIntegers(op.getTable());
  AxisIndex channel(input.getShape(),
                    std::max<int64_t>(input.getType().getRank() - 1, 0));
  for (int64_t i = 0; i < result.getNumElements(); ++i) {
    int64_t entry = input.stored()[i] - from.getStorageRange().lo;
    int64_t value = table[(perChannel ? channel(i) * entries : 0) + entry];
    // Unsigned results above 127 or 32767 are kept as the same bits (N2).
    if (!to.isSigned() && value < 0)
      value += INT64_C(1) << to.getContainerBits();
    result.stored()[i] = static_cast<int32_t>(value);
  }
  return success();
}
