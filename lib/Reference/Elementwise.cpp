//===- Elementwise.cpp - arithmetic and tables (N40 to N42, N46, N47) --===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Indexing.h"
#include "Ops.h"
#include "Requantiser.h"
#include "narrow/Reference/Interpolation.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::reference;

/// Calls `body(i, l, r)` with each position of the result and the two operands'
/// elements there (q - z).
template <typename Body>
static void forEachPair(const Tensor &lhs, const Tensor &rhs,
                        const Tensor &result, Body body) {
  ArrayRef<int32_t> left = lhs.stored(), right = rhs.stored();
  int64_t leftZero = lhs.getQuantView().getZeroPoint();
  int64_t rightZero = rhs.getQuantView().getZeroPoint();
  forEachPosition(result.getShape(), getBroadcastStrides(lhs.getShape()),
                  getBroadcastStrides(rhs.getShape()),
                  [&](int64_t i, int64_t l, int64_t r) {
                    body(i, left[l] - leftZero, right[r] - rightZero);
                  });
}

/// N40: `combine` of the two sides at their common scale, rescaled. The
/// verifier has proven that nothing here leaves i32, or i64 where values have
/// more than 16 bits.
template <typename OpT, typename Combine>
static LogicalResult rescaled(OpT op, Operands operands, Tensor &result,
                              Combine combine) {
  fxp::QuantView view = result.getQuantView();
  int64_t lo = op.getMin() ? static_cast<int32_t>(*op.getMin())
                           : view.getStorageRange().lo;
  int64_t hi = op.getMax() ? static_cast<int32_t>(*op.getMax())
                           : view.getStorageRange().hi;
  int64_t shift = op.getShift();
  int64_t half = shift ? INT64_C(1) << (shift - 1) : 0;
  int64_t zero = view.getZeroPoint();
  int64_t left = static_cast<int32_t>(op.getLhsMultiplier());
  int64_t right = static_cast<int32_t>(op.getRhsMultiplier());
  MutableArrayRef<int32_t> stored = result.stored();
  forEachPair(
      *operands[0], *operands[1], result, [&](int64_t i, int64_t l, int64_t r) {
        int64_t y = ((combine(l * left, r * right) + half) >> shift) + zero;
        stored[i] = static_cast<int32_t>(std::clamp(y, lo, hi));
      });
  return success();
}

template <>
LogicalResult reference::evaluate(fxp::AddOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return a + b; });
}

template <>
LogicalResult reference::evaluate(fxp::SubOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return a - b; });
}

template <>
LogicalResult reference::evaluate(fxp::MinOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return std::min(a, b); });
}

template <>
LogicalResult reference::evaluate(fxp::MaxOp op, Operands operands,
                                  Tensor &result) {
  return rescaled(op, operands, result,
                  [](int64_t a, int64_t b) { return std::max(a, b); });
}

// N41.
template <>
LogicalResult reference::evaluate(fxp::MulOp op, Operands operands,
                                  Tensor &result) {
  Requantiser requant(op.getRequant(), result.getType());
  AxisIndex channel(result.getType(), result.getQuantView());
  MutableArrayRef<int32_t> stored = result.stored();
  forEachPair(*operands[0], *operands[1], result,
              [&](int64_t i, int64_t l, int64_t r) {
                stored[i] = requant(l * r, channel(i));
              });
  return success();
}

// N47.
template <>
LogicalResult reference::evaluate(fxp::CombineOp op, Operands operands,
                                  Tensor &result) {
  Type plain = fxp::getPlainType(op.getContext());
  Requantiser left(op.getLhsRequant(), plain), right(op.getRhsRequant(), plain),
      requant(op.getRequant(), result.getType());
  AxisIndex channel(result.getType(), result.getQuantView());
  MutableArrayRef<int32_t> stored = result.stored();
  forEachPair(*operands[0], *operands[1], result,
              [&](int64_t i, int64_t l, int64_t r) {
                int64_t a = left(l * (INT64_C(1) << op.getLhsShift()), 0);
                int64_t b = right(r * (INT64_C(1) << op.getRhsShift()), 0);
                int64_t y = 0;
                switch (op.getKind()) {
                case fxp::CombineKind::Add:
                  y = a + b;
                  break;
                case fxp::CombineKind::Sub:
                  y = a - b;
                  break;
                case fxp::CombineKind::Mul:
                  y = a * b;
                  break;
                case fxp::CombineKind::Min:
                  y = std::min(a, b);
                  break;
                case fxp::CombineKind::Max:
                  y = std::max(a, b);
                  break;
                }
                stored[i] = requant(y, channel(i));
              });
  return success();
}

// N42.
template <>
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
  // Unsigned results above 127 or 32767 are kept as the same bits (N2).
  for (int64_t &value : table)
    if (!to.isSigned() && value < 0)
      value += INT64_C(1) << to.getContainerBits();
  int64_t lowest = from.getStorageRange().lo;
  for (auto [i, q] : llvm::enumerate(input.stored())) {
    int64_t first = perChannel ? channel(static_cast<int64_t>(i)) * entries : 0;
    result.stored()[i] = static_cast<int32_t>(table[first + q - lowest]);
  }
  return success();
}

SmallVector<int32_t> reference::tabulate(fxp::InterpolateOp op) {
  fxp::IntegerRange inputs =
      fxp::QuantView(op.getInput().getType()).getStorageRange();
  fxp::IntegerRange range = fxp::QuantView(op.getType()).getStorageRange();
  SmallVector<int64_t> table = getIntegers(op.getTable());
  ArrayRef<int32_t> lengths = op.getSegmentBits();
  int64_t fractionBits = static_cast<int32_t>(op.getFractionBits());
  SmallVector<int32_t> results(inputs.hi - inputs.lo + 1);
  int64_t entry = 0;
  // A block of inputs from `first` on, one after another.
  auto fill = [&](int64_t first, int64_t step, int64_t count) {
    int64_t bits = lengths.front();
    lengths = lengths.drop_front();
    for (int64_t place = 0; place < count; ++place) {
      int64_t i = entry + (place >> bits);
      int64_t f = (place % (INT64_C(1) << bits)) << (14 - bits);
      int64_t sum = table[i] * (16384 - f) + table[i + 1] * f +
                    (INT64_C(1) << (13 + fractionBits));
      results[first + step * place - inputs.lo] = static_cast<int32_t>(
          std::clamp(sum >> (14 + fractionBits), range.lo, range.hi));
    }
    entry += ((count - 1) >> bits) + 1;
  };
  if (!op.getOrigin()) {
    fill(inputs.lo, 1, inputs.hi - inputs.lo + 1);
    return results;
  }
  int64_t origin = static_cast<int32_t>(*op.getOrigin());
  int64_t blocks = INT64_C(1) << *op.getOctaveBits();
  // `step` away from the origin, in blocks that double in width.
  auto fillSide = [&](int64_t q, int64_t step) {
    int64_t left = step > 0 ? inputs.hi - q + 1 : q - inputs.lo + 1;
    if (left <= 0)
      return;
    for (int64_t block = 0, width = 1; left > 0; ++block) {
      if (block == blocks) {
        block = 0;
        width *= 2;
      }
      int64_t count = std::min(width, left);
      fill(q, step, count);
      q += step * count;
      left -= count;
    }
    ++entry;
  };
  fillSide(origin, 1);
  fillSide(origin - 1, -1);
  return results;
}

// N46.
template <>
LogicalResult reference::evaluate(fxp::InterpolateOp op, Operands operands,
                                  Tensor &result) {
  int64_t lowest = operands[0]->getQuantView().getStorageRange().lo;
  SmallVector<int32_t> results = tabulate(op);
  for (auto [y, q] : llvm::zip_equal(result.stored(), operands[0]->stored()))
    y = results[q - lowest];
  return success();
}
