//===- Combine.cpp - two rescaled operands made one (N47) -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"

using namespace narrow;
using namespace narrow::fxp;

Type fxp::getPlainType(MLIRContext *context) {
  return mlir::quant::UniformQuantizedType::get(
      mlir::quant::QuantizationFlags::Signed, IntegerType::get(context, 32),
      mlir::Float32Type::get(context), /*scale=*/1.0, /*zeroPoint=*/0,
      INT32_MIN, INT32_MAX);
}

/// `value` times 2^-shift and the multiplier, by N21, N23 or N27 before the
/// zero point and the clamp; what the one-channel requantisations of N47 give.
static int64_t rescale(RequantAttr requant, int64_t value) {
  int64_t shift = requant.getShift()[0];
  int64_t rounding = shift ? int64_t(1) << (shift - 1) : 0;
  if (requant.getMode() == RequantMode::Pow2)
    return (value + rounding) >> shift;
  if (requant.getMode() == RequantMode::Q31Double && shift > 31)
    rounding += value >= 0 ? 1 << 30 : -(1 << 30);
  return (value * requant.getMultiplier()[0] + rounding) >> shift;
}

/// The values of a side, shifted.
static IntegerRange getShiftedRange(const CombineSide &side) {
  IntegerRange values = QuantView(side.type).getCenteredRange();
  return {values.lo * (int64_t(1) << side.shift),
          values.hi * (int64_t(1) << side.shift)};
}

/// And rescaled: monotone, as no multiplier is negative.
static IntegerRange getRescaledRange(const CombineSide &side) {
  IntegerRange values = getShiftedRange(side);
  return {rescale(side.requant, values.lo), rescale(side.requant, values.hi)};
}

static IntegerRange combine(CombineKind kind, IntegerRange a, IntegerRange b) {
  switch (kind) {
  case CombineKind::Add:
    return {a.lo + b.lo, a.hi + b.hi};
  case CombineKind::Sub:
    return {a.lo - b.hi, a.hi - b.lo};
  case CombineKind::Mul: {
    auto [lo, hi] =
        std::minmax({a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi});
    return {lo, hi};
  }
  case CombineKind::Min:
    return {std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
  case CombineKind::Max:
    return {std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
  }
  llvm_unreachable("unknown combination");
}

bool fxp::isCombineExact(CombineKind kind, const CombineSide &lhs,
                         const CombineSide &rhs) {
  if (!kInt32Range.contains(getShiftedRange(lhs)) ||
      !kInt32Range.contains(getShiftedRange(rhs)))
    return false;
  IntegerRange a = getRescaledRange(lhs), b = getRescaledRange(rhs);
  return kInt32Range.contains(a) && kInt32Range.contains(b) &&
         kInt32Range.contains(combine(kind, a, b));
}

/// One channel of a mode that has no offset and no bounds.
static LogicalResult verifySide(CombineOp op, const CombineSide &side,
                                Value value, StringRef name) {
  RequantAttr requant = side.requant;
  RequantMode mode = requant.getMode();
  if (mode != RequantMode::Q31 && mode != RequantMode::Q31Double &&
      mode != RequantMode::Pow2)
    return op.emitOpError("expected ")
           << name << " rescaled by q31, q31_double or pow2 (N47), found "
           << stringifyRequantMode(mode);
  if (!requant.getMin().empty() || !requant.getMax().empty())
    return op.emitOpError("expected ")
           << name << " rescaled without bounds (N47)";
  if (!requant.getGiven())
    return op.emitOpError("expected ")
           << name << " rescaled by given integers (N47)";
  // Checks the lists alone: bounds and ratios are absent.
  if (failed(verifyRequant(op, requant, value, RequantCheck())))
    return failure();
  if (side.shift < 0 || side.shift > 30 ||
      !kInt32Range.contains(getShiftedRange(side)))
    return op.emitOpError("expected a shift in 0..30 that leaves ")
           << name << " in i32 (N47), found " << side.shift;
  IntegerRange range = getRescaledRange(side);
  if (!kInt32Range.contains(range))
    return op.emitOpError("expected ")
           << name << " to fit i32 once rescaled (N47), found " << range.lo
           << ".." << range.hi;
  return success();
}

LogicalResult CombineOp::verify() {
  if (failed(
          verifyQuantised(*this, getLhs(), "the left side", ScaleAxis::None)) ||
      failed(verifyQuantised(*this, getRhs(), "the right side",
                             ScaleAxis::None)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::None)) ||
      failed(verifyBroadcast(*this, getLhs(), getRhs(), getResult())) ||
      failed(verifySide(*this, getLeft(), getLhs(), "the left side")) ||
      failed(verifySide(*this, getRight(), getRhs(), "the right side")))
    return failure();
  RequantCheck check;
  check.channels = getElementwiseChannels(getLhs(), getResult());
  check.accumulator = combine(getKind(), getRescaledRange(getLeft()),
                              getRescaledRange(getRight()));
  return verifyRequant(*this, getRequant(), getResult(), check);
}
