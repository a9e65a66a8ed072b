//===- RequantEmitter.cpp - emits requantisation (N20 to N23) --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RequantEmitter.h"
#include "WideRounding.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/bit.h"

using namespace narrow;
using namespace narrow::codegen;
using fxp::RequantMode;
namespace arith = mlir::arith;

RequantEmitter::RequantEmitter(fxp::RequantAttr attr, const StoredType &result,
                               unsigned accumulatorBits)
    : mode(attr.getMode()), accumulatorBits(accumulatorBits),
      zeroPoint(result.zeroPoint), lo(result.lo), hi(result.hi) {
  ArrayRef<int32_t> lists[RowCount] = {
      attr.getMultiplier().asArrayRef(), attr.getShift().asArrayRef(),
      attr.getOffset().asArrayRef(), attr.getMin().asArrayRef(),
      attr.getMax().asArrayRef()};
  const int64_t missing[RowCount] = {0, 0, 0, lo, hi};
  for (ArrayRef<int32_t> list : lists)
    channels = std::max<int64_t>(channels, list.size());
  for (unsigned row = 0; row < RowCount; ++row) {
    ArrayRef<int32_t> list = lists[row];
    rowIndex[row] = -1;
    scalar[row] = list.empty() ? missing[row] : list.front();
    if (list.size() > 1 && !llvm::all_equal(list)) {
      rowIndex[row] = rows.size();
      rows.emplace_back(list.begin(), list.end());
    }
    // A bound never leaves the storage range.
    if (row == Min)
      scalar[row] = std::max(scalar[row], lo);
    if (row == Max)
      scalar[row] = std::min(scalar[row], hi);
  }
}

std::vector<char> RequantEmitter::constantBytes() const {
  std::vector<int32_t> values;
  for (const SmallVector<int32_t> &row : rows)
    values.insert(values.end(), row.begin(), row.end());
  return toBytes<int32_t>(values);
}

void RequantEmitter::addToKey(KernelKey &key) const {
  key << int64_t(mode) << zeroPoint << lo << hi << channels;
  for (unsigned row = 0; row < RowCount; ++row)
    key << (rowIndex[row] >= 0 ? "r" + std::to_string(rowIndex[row])
                               : std::to_string(scalar[row]));
}

Value RequantEmitter::parameter(KernelBuilder &kb, Row row, unsigned lanes,
                                const TypedBuffer *constant,
                                const LaneChannels &lanesOf) const {
  if (rowIndex[row] < 0)
    return kb.splat(scalar[row], lanes);
  return kb.loadParameter(*constant, rowIndex[row] * channels, lanesOf, lanes);
}

/// Returns 1 << (shift - 1), or 0 for a shift of 0, in `bits`-bit lanes.
static Value roundingConstant(KernelBuilder &kb, Value shift, unsigned bits) {
  OpBuilder &b = kb.getBuilder();
  unsigned lanes = KernelBuilder::lanesOf(shift);
  Value one = kb.splat(1, lanes, bits);
  Value power = arith::ShLIOp::create(b, kb.getLoc(), one, shift);
  return arith::ShRUIOp::create(b, kb.getLoc(), power, one);
}

/// Returns what the first of two roundings adds to i64 products (N27): 2^30
/// with the product's sign where `shift` is above 31, else 0.
static Value firstRounding(KernelBuilder &kb, Value product, Value shift) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  unsigned lanes = KernelBuilder::lanesOf(product);
  Value zero = kb.splat(0, lanes, 64);
  Value isNegative =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, product, zero);
  Value away = arith::SelectOp::create(b, loc, isNegative,
                                       kb.splat(-(1 << 30), lanes, 64),
                                       kb.splat(1 << 30, lanes, 64));
  Value isLong = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, shift,
                                       kb.splat(31, lanes, 64));
  return arith::SelectOp::create(b, loc, isLong, away, zero);
}

Value RequantEmitter::emit(KernelBuilder &kb, Value acc,
                           const TypedBuffer *constant,
                           const LaneChannels &lanesOf) const {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  unsigned lanes = KernelBuilder::lanesOf(acc);
  auto get = [&](Row row) {
    return parameter(kb, row, lanes, constant, lanesOf);
  };
  auto bounded = [&](Value value) {
    if (rowIndex[Min] < 0 && rowIndex[Max] < 0)
      return kb.clamp(value, scalar[Min], scalar[Max]);
    value = arith::MaxSIOp::create(b, loc, value, get(Min));
    value = arith::MinSIOp::create(b, loc, value, get(Max));
    return kb.clamp(value, lo, hi);
  };
  switch (mode) {
  case RequantMode::Q15: {
    Value sum = kb.addi(acc, get(Offset));
    Value v =
        kb.clamp(arith::ShRSIOp::create(b, loc, sum, get(Shift)).getResult(),
                 INT16_MIN, INT16_MAX);
    Value product =
        kb.addi(kb.muli(v, get(Multiplier)), kb.splat(1 << 14, lanes));
    return bounded(kb.shrs(product, 15));
  }
  case RequantMode::Q31:
  case RequantMode::Q31Double: {
    Value wide = kb.extend(acc, 64, true);
    Value shift = kb.extend(get(Shift), 64, false);
    Value product = kb.muli(wide, kb.extend(get(Multiplier), 64, true));
    Value rounding = roundingConstant(kb, shift, 64);
    if (mode == RequantMode::Q31Double)
      rounding = kb.addi(rounding, firstRounding(kb, product, shift));
    product = kb.addi(product, rounding);
    Value y = arith::ShRSIOp::create(b, loc, product, shift);
    y = kb.addi(y, kb.splat(zeroPoint, lanes, 64));
    // Clamped while wide: 32 bits would wrap.
    y = kb.truncate(kb.clamp(y, lo, hi), 32);
    return bounded(y);
  }
  case RequantMode::F32: {
    auto f32 = mlir::VectorType::get({int64_t(lanes)}, b.getF32Type());
    Value multiplier = arith::BitcastOp::create(b, loc, f32, get(Multiplier));
    Value real = arith::MulFOp::create(
        b, loc, arith::SIToFPOp::create(b, loc, f32, acc), multiplier);
    if (lo - zeroPoint < -kMostRounded || hi - zeroPoint > kMostRounded) {
      Value y = kb.addi(emitRoundToWideInteger(b, loc, real),
                        kb.splat(zeroPoint, lanes, 64));
      return bounded(kb.truncate(kb.clamp(y, lo, hi), 32));
    }
    return bounded(
        kb.addi(emitRoundToInteger(kb, real, lo - zeroPoint, hi - zeroPoint),
                kb.splat(zeroPoint, lanes)));
  }
  case RequantMode::Pow2: {
    // Sums with a constant of as many bits have one bit more.
    if (rowIndex[Shift] < 0 && accumulatorBits < 31 && scalar[Shift] < 31) {
      int64_t rounding = (int64_t(1) << scalar[Shift]) >> 1;
      Value y = kb.shrs(kb.addi(acc, kb.splat(rounding, lanes)),
                        static_cast<unsigned>(scalar[Shift]));
      return bounded(kb.addi(y, kb.splat(zeroPoint, lanes)));
    }
    // i64: the rounding constant may carry out of 32 bits.
    Value wide = kb.extend(acc, 64, true);
    Value shift = kb.extend(get(Shift), 64, false);
    Value y = arith::ShRSIOp::create(
        b, loc, kb.addi(wide, roundingConstant(kb, shift, 64)), shift);
    y = kb.addi(y, kb.splat(zeroPoint, lanes, 64));
    return bounded(kb.truncate(kb.clamp(y, lo, hi), 32));
  }
  }
  llvm_unreachable("covered switch");
}

Value codegen::emitRoundToInteger(KernelBuilder &kb, Value real, int64_t lo,
                                  int64_t hi) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  unsigned lanes = KernelBuilder::lanesOf(real);
  auto i32 = mlir::VectorType::get({int64_t(lanes)}, b.getI32Type());
  // Adding 1.5 * 2^23 rounds to nearest even and leaves the integer in the low
  // bits. As integers, the bits of greater sums are greater, and those of
  // negative sums negative: the clamp may follow the rounding, however far
  // the value lies outside.
  assert(lo >= -kMostRounded && hi <= kMostRounded && "range too wide");
  constexpr int64_t kMagicBits = 0x4B400000;
  Value zero = kb.splatFloat(0.0f, lanes), isNumber;
  if (lo == 0) {
    // The larger of value and 0 is 0 for NaN.
    Value isAbove =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, real, zero);
    real = arith::SelectOp::create(b, loc, isAbove, real, zero);
  } else {
    isNumber =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, real, real);
  }
  Value sum =
      arith::AddFOp::create(b, loc, real, kb.splatFloat(12582912.0f, lanes));
  Value bits = arith::BitcastOp::create(b, loc, i32, sum);
  if (isNumber)
    bits =
        arith::MaxSIOp::create(b, loc, bits, kb.splat(kMagicBits + lo, lanes));
  bits = arith::MinSIOp::create(b, loc, bits, kb.splat(kMagicBits + hi, lanes));
  Value result = kb.subi(bits, kb.splat(kMagicBits, lanes));
  if (!isNumber)
    return result;
  return arith::SelectOp::create(b, loc, isNumber, result, kb.splat(0, lanes));
}
