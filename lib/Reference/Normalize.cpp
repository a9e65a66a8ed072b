//===- Normalize.cpp - normalisation of rows (N45) ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::reference;

static int bitLength(uint64_t x) {
  int length = 0;
  for (; x; x >>= 1)
    ++length;
  return length;
}

/// The largest integer whose square is at most `x`.
static uint64_t squareRoot(uint64_t x) {
  uint64_t root = 0;
  for (int bit = 31; bit >= 0; --bit) {
    uint64_t next = root | UINT64_C(1) << bit;
    if (next * next <= x)
      root = next;
  }
  return root;
}

static int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

namespace {
/// What N45 computes once for each row.
struct Row {
  int64_t mean, multiplier;
  int shift;
};
} // namespace

static Row summarise(fxp::NormalizeOp op, ArrayRef<int64_t> x) {
  int64_t n = x.size(), sum = 0, squares = 0;
  for (int64_t value : x) {
    sum += value;
    squares += value * value;
  }
  int spreadShift = op.getSpreadShift();
  int64_t spread = n * squares - (op.getCentred() ? sum * sum : 0);
  uint64_t v = std::max<int64_t>(
      (spread << spreadShift) + static_cast<int64_t>(op.getEpsilon()), 1);
  int doublings = (64 - bitLength(v)) / 2;
  uint64_t root = squareRoot(v << 2 * doublings);
  int lift = 63 - bitLength(n);
  uint64_t quotient = (static_cast<uint64_t>(n) << lift) / root;
  int bits = op.getMultiplierBits();
  int excess = bitLength(quotient) - bits;
  Row row;
  row.multiplier = static_cast<int64_t>(
      (quotient + (UINT64_C(1) << (excess - 1))) >> excess);
  int inputShift = op.getInputShift(), fraction = op.getFractionBits();
  row.shift = std::clamp(lift + inputShift - fraction - doublings -
                             spreadShift / 2 - excess,
                         1, 62);
  row.mean =
      op.getCentred() ? floorDivide(2 * (sum << inputShift) + n, 2 * n) : 0;
  return row;
}

// N45.
template <>
LogicalResult reference::evaluate(fxp::NormalizeOp op, Operands operands,
                                  Tensor &result) {
  const Tensor &input = *operands[0];
  fxp::QuantView from = input.getQuantView(), to = result.getQuantView();
  fxp::IntegerRange range = to.getStorageRange();
  ArrayRef<int64_t> shape = input.getShape();
  SmallVector<int64_t> scale = getIntegers(op.getScale()),
                       offset = getIntegers(op.getOffset());
  auto scaleShape = cast<ShapedType>(op.getScale().getType()).getShape();
  auto offsetShape = cast<ShapedType>(op.getOffset().getType()).getShape();
  // The position in a tensor whose sizes of 1 are broadcast.
  auto flatten = [](ArrayRef<int64_t> index, ArrayRef<int64_t> sizes) {
    int64_t flat = 0;
    for (auto [i, size] : llvm::zip_equal(index, sizes))
      flat = flat * size + (size == 1 ? 0 : i);
    return flat;
  };
  // Sizes of 1 along the axes: one position for each row.
  SmallVector<int64_t> rowShape(shape);
  for (int64_t axis : op.getAxes())
    rowShape[axis] = 1;
  int64_t count = ShapedType::getNumElements(rowShape);
  std::vector<SmallVector<int64_t>> elements(count);
  int64_t position = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    elements[flatten(index, rowShape)].push_back(input.stored()[position++] -
                                                 from.getZeroPoint());
  });
  std::vector<Row> rows;
  for (const SmallVector<int64_t> &row : elements)
    rows.push_back(summarise(op, row));
  int shift = op.getShift(), inputShift = op.getInputShift();
  position = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    const Row &row = rows[flatten(index, rowShape)];
    int64_t x = input.stored()[position] - from.getZeroPoint();
    int64_t u = (x << inputShift) - row.mean;
    int64_t t =
        (u * row.multiplier + (INT64_C(1) << (row.shift - 1))) >> row.shift;
    int64_t sum = t * scale[flatten(index, scaleShape)] +
                  offset[flatten(index, offsetShape)] +
                  (INT64_C(1) << (shift - 1));
    int64_t y = (sum >> shift) + to.getZeroPoint();
    result.stored()[position++] =
        static_cast<int32_t>(std::clamp(y, range.lo, range.hi));
  });
  return success();
}
