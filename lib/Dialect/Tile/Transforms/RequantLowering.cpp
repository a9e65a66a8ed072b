//===- RequantLowering.cpp - requantisation in plain vector arithmetic ---===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace narrow;
using namespace narrow::tile;
namespace arith = mlir::arith;
namespace vector = mlir::vector;
namespace LLVM = mlir::LLVM;

namespace {
/// The formulas of `#fxp.requant` on one column, in i32 lanes before the clamp
/// to the storage type; results lie in i32.
struct RequantColumn {
  ImplicitLocOpBuilder &b;
  VectorType lanes;
  VectorType wide;
  bool hasLaneShifts;       ///< As TileLowering's.
  bool multipliesEvenLanes; ///< As TileLowering's.

  Value constant(VectorType type, int64_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(
               type, b.getIntegerAttr(type.getElementType(), value)));
  }
  Value clamp(Value v, VectorType type, int64_t low, int64_t high) {
    v = arith::MaxSIOp::create(b, v, constant(type, low));
    return arith::MinSIOp::create(b, v, constant(type, high));
  }

  Value q15(Value a, Value shift, Value multiplier) {
    Value v = clamp(arith::ShRSIOp::create(b, a, shift), lanes, -32768, 32767);
    Value m = arith::ExtSIOp::create(b, lanes, multiplier);
    Value p = arith::AddIOp::create(b, arith::MulIOp::create(b, v, m),
                                    constant(lanes, 1 << 14));
    return arith::ShRSIOp::create(b, p, constant(lanes, 15));
  }

  /// What the first of two roundings adds to i64 products: 2^30, with the
  /// product's sign.
  Value awayFromZero(Value product) {
    auto type = cast<VectorType>(product.getType());
    Value sign = arith::ShRSIOp::create(b, product, constant(type, 63));
    Value down =
        arith::AndIOp::create(b, sign, constant(type, -(int64_t(1) << 31)));
    return arith::AddIOp::create(b, down, constant(type, 1 << 30));
  }

  /// `(a * m + 2^(s-1)) >> s` in i64, `m` absent for a power of two.
  Value shifted(Value a, Value shift, Value multiplier, int32_t zeroPoint,
                bool roundsTwice = false) {
    Value v = arith::ExtSIOp::create(b, wide, a);
    if (multiplier)
      v = arith::MulIOp::create(b, v,
                                arith::ExtSIOp::create(b, wide, multiplier));
    Value s = arith::ExtUIOp::create(b, wide, shift);
    // (1 << s) >> 1 is 2^(s-1), and 0 for s = 0.
    Value one = constant(wide, 1);
    Value half =
        arith::ShRUIOp::create(b, arith::ShLIOp::create(b, one, s), one);
    if (roundsTwice) {
      Value isLong = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, s,
                                           constant(wide, 31));
      half = arith::AddIOp::create(b, half,
                                   arith::SelectOp::create(b, isLong,
                                                           awayFromZero(v),
                                                           constant(wide, 0)));
    }
    v = arith::ShRSIOp::create(b, arith::AddIOp::create(b, v, half), s);
    v = arith::AddIOp::create(b, v, constant(wide, zeroPoint));
    // Beyond every storage range, inside i32.
    v = clamp(v, wide, -(1 << 20), 1 << 20);
    return arith::TruncIOp::create(b, lanes, v);
  }

  /// Shifts i32 lanes left, each by its own amount.
  Value shiftLeft(Value v, Value amount) {
    if (hasLaneShifts)
      return arith::ShLIOp::create(b, v, amount);
    Value shifted =
        arith::ShLIOp::create(b, arith::ExtUIOp::create(b, wide, v),
                              arith::ExtUIOp::create(b, wide, amount));
    return arith::TruncIOp::create(b, lanes, shifted);
  }

  /// The high halves of the products of i32 lanes, rounded away from zero at
  /// bit 31 first where asked for.
  Value multiplyHigh(Value a, Value m, bool roundsTwice) {
    auto multiply = [&](Value x, Value y) -> Value {
      Value product = arith::MulIOp::create(b, x, y);
      return roundsTwice
                 ? arith::AddIOp::create(b, product, awayFromZero(product))
                       .getResult()
                 : product;
    };
    int64_t n = lanes.getNumElements();
    if (!multipliesEvenLanes || n % 2) {
      Value v = multiply(arith::ExtSIOp::create(b, wide, a),
                         arith::ExtSIOp::create(b, wide, m));
      v = arith::ShRUIOp::create(b, v, constant(wide, 32));
      return arith::TruncIOp::create(b, lanes, v);
    }
    // Even and odd lanes apart, each where its product is to be: LLVM takes
    // whole halves of a vector apart where it knows the multipliers.
    VectorType pairs = VectorType::get({n / 2}, b.getI64Type());
    Value half = constant(pairs, 32);
    auto lanesAt = [&](Value v, bool odd) -> Value {
      v = vector::BitCastOp::create(b, pairs, v);
      if (!odd)
        v = arith::ShLIOp::create(b, v, half);
      return arith::ShRSIOp::create(b, v, half);
    };
    SmallVector<Value> products;
    for (bool odd : {false, true})
      products.push_back(vector::BitCastOp::create(
          b, lanes, multiply(lanesAt(a, odd), lanesAt(m, odd))));
    SmallVector<int64_t> mask;
    for (int64_t i = 1; i < n; i += 2)
      llvm::append_values(mask, i, n + i);
    return vector::ShuffleOp::create(b, products[0], products[1], mask);
  }

  /// The same from the high half of `(a << l) * m`.
  Value high(Value a, Value preShift, Value shift, Value multiplier,
             int32_t zeroPoint, bool roundsTwice = false) {
    if (preShift)
      a = shiftLeft(a, preShift);
    Value v = multiplyHigh(a, multiplier, roundsTwice);
    Value one = constant(lanes, 1);
    Value half = arith::ShRUIOp::create(b, shiftLeft(one, shift), one);
    v = arith::ShRSIOp::create(b, arith::AddIOp::create(b, v, half), shift);
    return zeroPoint ? arith::AddIOp::create(b, v, constant(lanes, zeroPoint))
                           .getResult()
                     : v;
  }

  Value f32(Value a, Value multiplier, int32_t zeroPoint) {
    auto type = VectorType::get(lanes.getShape(), b.getF32Type());
    auto real = [&](float value) -> Value {
      return arith::ConstantOp::create(
          b, DenseElementsAttr::get(type, b.getF32FloatAttr(value)));
    };
    Value x = arith::MulFOp::create(b, arith::SIToFPOp::create(b, type, a),
                                    multiplier);
    // Adding 1.5 * 2^23 rounds to nearest even and leaves the integer in the
    // low bits: LLVM would call roundevenf on some levels. The clamp keeps |x|
    // small enough for it and changes no result.
    Value low = real(-1048576.0f), high = real(1048576.0f);
    Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, low);
    x = arith::SelectOp::create(b, below, low, x);
    Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, high);
    x = arith::SelectOp::create(b, above, high, x);
    x = arith::AddFOp::create(b, x, real(12582912.0f));
    Value bits = vector::BitCastOp::create(b, lanes, x);
    return arith::AddIOp::create(
        b, bits, constant(lanes, int64_t(zeroPoint) - 0x4B400000));
  }
};
} // namespace

Value TileLowering::requantLanes(ImplicitLocOpBuilder &b, RequantOp op,
                                 size_t index) {
  int64_t n = op.getLanes(), c = index % op.getColumns();
  RequantColumn column{b, vec(b, n, 32), vec(b, n, 64), hasLaneShifts(),
                       multipliesEvenLanes()};
  Value a = op.getAccumulators()[index];
  int32_t zero = op.getZeroPoint();
  switch (op.getMode()) {
  case RequantMode::Q15:
    return column.q15(a, op.getShifts()[c], op.getMultipliers()[c]);
  case RequantMode::Q31:
    return column.shifted(a, op.getShifts()[c], op.getMultipliers()[c], zero);
  case RequantMode::Q31High:
    return column.high(
        a, op.getPreShifts().empty() ? Value() : op.getPreShifts()[c],
        op.getShifts()[c], op.getMultipliers()[c], zero);
  case RequantMode::Q31Double:
    return column.shifted(a, op.getShifts()[c], op.getMultipliers()[c], zero,
                          /*roundsTwice=*/true);
  case RequantMode::Q31DoubleHigh:
    return column.high(a, /*preShift=*/{}, op.getShifts()[c],
                       op.getMultipliers()[c], zero, /*roundsTwice=*/true);
  case RequantMode::F32:
    return column.f32(a, op.getMultipliers()[c], zero);
  case RequantMode::Pow2:
    return column.shifted(a, op.getShifts()[c], Value(), zero);
  }
  llvm_unreachable("unknown mode");
}

SmallVector<Value> TileLowering::lowerRequant(ImplicitLocOpBuilder &b,
                                              RequantOp op) {
  int64_t n = op.getLanes(), columns = op.getColumns();
  VectorType output = op.getOutputType();
  unsigned bits = output.getElementTypeBitWidth();
  bool isSigned = op.getSignedResults();
  int64_t low = isSigned ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high =
      isSigned ? (int64_t(1) << (bits - 1)) - 1 : (int64_t(1) << bits) - 1;

  RequantColumn column{b, vec(b, n, 32), vec(b, n, 64), hasLaneShifts(),
                       multipliesEvenLanes()};
  SmallVector<Value> results;
  for (size_t pixel = 0; pixel < op.getOutputs().size(); ++pixel) {
    SmallVector<Value> parts;
    for (int64_t c = 0; c < columns; ++c) {
      Value v = requantLanes(b, op, pixel * columns + c);
      v = column.clamp(v, column.lanes, low, high);
      parts.push_back(arith::TruncIOp::create(b, vec(b, n, bits), v));
    }
    Value all = concat(b, parts);
    if (op.getOrder() == LaneOrder::Interleaved) {
      // Channel 16q + 4v + i lies in lane 4q + i of column v.
      SmallVector<int64_t> mask;
      for (int64_t q = 0; q < n / 4; ++q)
        for (int64_t v = 0; v < 4; ++v)
          for (int64_t i = 0; i < 4; ++i)
            mask.push_back(v * n + 4 * q + i);
      all = shuffle(b, all, all, mask);
    }
    results.push_back(clampToBounds(b, op, all));
  }
  return results;
}
