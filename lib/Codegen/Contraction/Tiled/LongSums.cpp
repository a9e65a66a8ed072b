//===- LongSums.cpp - sums of more than 32 bits ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LongSums.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

/// Bits of a sum below those that are multiplied apart.
static constexpr int64_t kLowBits = 16;

/// Whether all sums of every channel over `size` products on end fit i32.
static bool fitParts(const ContractionData &data, int64_t readOffset,
                     int64_t size) {
  fxp::IntegerRange read{data.input.low - readOffset,
                         data.input.high - readOffset};
  for (int64_t c = 0; c < data.channels; ++c)
    for (int64_t first = 0; first < data.depth; first += size) {
      int64_t low = 0, high = 0;
      for (int64_t k = first; k < first + size; ++k) {
        int64_t a = data.weight(c, k) * read.lo,
                b = data.weight(c, k) * read.hi;
        low += std::min(a, b);
        high += std::max(a, b);
      }
      if (!fxp::kInt32Range.contains({low, high}))
        return false;
    }
  return true;
}

bool codegen::fitsLongRequant(const ContractionData &data) {
  if (data.requant.getMode() == fxp::RequantMode::Q31Double)
    return false;
  return data.requant.getMode() != fxp::RequantMode::Q31 ||
         llvm::all_of(data.requant.getShift().asArrayRef(),
                      [](int32_t shift) { return shift > kLowBits; });
}

bool codegen::cutLongSums(TiledShape &shape, const ContractionData &data,
                          int64_t readOffset) {
  if (!fitsLongRequant(data))
    return false;
  for (int64_t c = 0; c < data.channels; ++c)
    if (!fxp::IntegerRange{-kMostLongSum, kMostLongSum}.contains(
            data.getAccumulatorRange(c)))
      return false;
  int64_t size = data.depth;
  for (size_t loops = 0; loops <= shape.kernel.size(); ++loops) {
    if (loops)
      size /= shape.kernel[loops - 1].count;
    if (fitParts(data, readOffset, size)) {
      shape.longLoops = loops;
      return true;
    }
  }
  // Words of full width leave a step alone: still a few times as fast as the
  // form that widens every value.
  for (int64_t parts = 2;
       shape.run % shape.group == 0 && parts <= shape.steps(); ++parts)
    if (shape.steps() % parts == 0 &&
        fitParts(data, readOffset, size / parts)) {
      shape.run /= parts;
      shape.kernel.push_back({parts, shape.run});
      shape.longLoops = shape.kernel.size();
      return true;
    }
  return false;
}

namespace {
/// The formulas of `#fxp.requant` on one column of i64 sums.
class LongColumn {
public:
  LongColumn(TileEmitter &e, int64_t lanes)
      : e(e), lanes(lanes), wide(VectorType::get({lanes}, e.b.getI64Type())),
        narrow(VectorType::get({lanes}, e.b.getI32Type())) {}

  /// Requantised but for the zero point and the clamp, in i32.
  Value requantise(tile::RequantMode mode, Value sum, Value shift,
                   Value multiplier) {
    switch (mode) {
    case tile::RequantMode::Q15: {
      Value v = arith::ShRSIOp::create(e.b, sum, extend(shift));
      v = limit(v, -32768, 32767);
      Value m = arith::ExtSIOp::create(e.b, narrow, multiplier);
      v = add(arith::MulIOp::create(e.b, v, m), constant(narrow, 1 << 14));
      return arith::ShRSIOp::create(e.b, v, constant(narrow, 15));
    }
    case tile::RequantMode::Q31:
      return limit(multiplied(sum, shift, multiplier), -kMost, kMost);
    case tile::RequantMode::Pow2: {
      Value s = extend(shift), one = constant(wide, 1);
      Value half =
          arith::ShRUIOp::create(e.b, arith::ShLIOp::create(e.b, one, s), one);
      return limit(arith::ShRSIOp::create(e.b, add(sum, half), s), -kMost,
                   kMost);
    }
    case tile::RequantMode::F32:
      return rounded(sum, multiplier);
    case tile::RequantMode::Q31High:
    case tile::RequantMode::Q31Double:
    case tile::RequantMode::Q31DoubleHigh:
      break;
    }
    llvm_unreachable("expected a mode for sums of 64 bits");
  }

  Value constant(VectorType type, int64_t value) {
    llvm::APInt bits(type.getElementTypeBitWidth(), value, /*isSigned=*/true);
    return arith::ConstantOp::create(e.b, DenseElementsAttr::get(type, bits));
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(e.b, x, y); }
  Value clamp(Value v, int64_t low, int64_t high) {
    auto type = cast<VectorType>(v.getType());
    v = arith::MaxSIOp::create(e.b, v, constant(type, low));
    return arith::MinSIOp::create(e.b, v, constant(type, high));
  }

private:
  /// Beyond every storage range of 16 bits, with room for a zero point.
  static constexpr int64_t kMost = 1 << 20;

  Value extend(Value v) { return arith::ExtSIOp::create(e.b, wide, v); }
  Value limit(Value v, int64_t low, int64_t high) {
    return arith::TruncIOp::create(e.b, narrow, clamp(v, low, high));
  }

  /// `(a * m + 2^(s-1)) >> s` of up to 78 bits: with `a = 2^16 * h + l`, two
  /// products of 32 bits each, `(h * m + 2^(s-17) + (l * m >> 16)) >> (s -
  /// 16)`. What is cut off of the lower one is below a unit of the upper, and
  /// floors nest.
  Value multiplied(Value a, Value shift, Value multiplier) {
    Value cut = constant(wide, kLowBits), m = extend(multiplier);
    // As sign extensions of 32 bits, so that LLVM multiplies those alone.
    Value high = extend(arith::TruncIOp::create(
        e.b, narrow, arith::ShRSIOp::create(e.b, a, cut)));
    Value low =
        arith::AndIOp::create(e.b, a, constant(wide, (1 << kLowBits) - 1));
    high = arith::MulIOp::create(e.b, high, m);
    low = arith::ShRUIOp::create(e.b, arith::MulIOp::create(e.b, low, m), cut);
    Value s = arith::SubIOp::create(e.b, extend(shift), cut);
    Value one = constant(wide, 1);
    Value half =
        arith::ShRUIOp::create(e.b, arith::ShLIOp::create(e.b, one, s), one);
    return arith::ShRSIOp::create(e.b, add(add(high, half), low), s);
  }

  /// `rne(f32(a) * m)` by adding what leaves no fraction, as tile.requant does.
  Value rounded(Value sum, Value multiplier) {
    auto real = VectorType::get({lanes}, e.b.getF32Type());
    auto number = [&](float value) -> Value {
      return arith::ConstantOp::create(
          e.b, DenseElementsAttr::get(real, e.b.getF32FloatAttr(value)));
    };
    Value x = arith::MulFOp::create(
        e.b, arith::SIToFPOp::create(e.b, real, sum), multiplier);
    Value low = number(-float(kMost)), high = number(float(kMost));
    auto select = [&](arith::CmpFPredicate predicate, Value bound) {
      Value beyond = arith::CmpFOp::create(e.b, predicate, x, bound);
      x = arith::SelectOp::create(e.b, beyond, bound, x);
    };
    select(arith::CmpFPredicate::OLT, low);
    select(arith::CmpFPredicate::OGT, high);
    x = arith::AddFOp::create(e.b, x, number(12582912.0f));
    return arith::SubIOp::create(e.b, vector::BitCastOp::create(e.b, narrow, x),
                                 constant(narrow, 0x4B400000));
  }

  TileEmitter &e;
  int64_t lanes;
  VectorType wide, narrow;
};
} // namespace

SmallVector<Value> codegen::requantiseLong(TileEmitter &e,
                                           const RequantForm &form,
                                           const TileEmitter::Parameters &p,
                                           ArrayRef<Value> sums,
                                           int64_t columns) {
  int64_t lanes = cast<VectorType>(sums.front().getType()).getNumElements();
  LongColumn column(e, lanes);
  int64_t bits = 8 * form.outputBytes;
  int64_t low = form.outputSigned ? -(int64_t(1) << (bits - 1)) : 0;
  auto stored = VectorType::get({lanes}, e.b.getIntegerType(bits));
  SmallVector<Value> outputs;
  for (size_t first = 0; first < sums.size(); first += columns) {
    Value pixel;
    for (int64_t c = 0; c < columns; ++c) {
      Value v = column.requantise(
          form.mode, sums[first + c], p.shifts.empty() ? Value() : p.shifts[c],
          p.multipliers.empty() ? Value() : p.multipliers[c]);
      if (form.zeroPoint)
        v = column.add(
            v, column.constant(cast<VectorType>(v.getType()), form.zeroPoint));
      v = column.clamp(v, low, low + (int64_t(1) << bits) - 1);
      v = arith::TruncIOp::create(e.b, stored, v);
      if (pixel)
        v = vector::ShuffleOp::create(
            e.b, pixel, v,
            llvm::to_vector(llvm::seq<int64_t>(0, (c + 1) * lanes)));
      pixel = v;
    }
    if (p.minimum)
      pixel = form.outputSigned
                  ? arith::MaxSIOp::create(e.b, pixel, p.minimum).getResult()
                  : arith::MaxUIOp::create(e.b, pixel, p.minimum).getResult();
    if (p.maximum)
      pixel = form.outputSigned
                  ? arith::MinSIOp::create(e.b, pixel, p.maximum).getResult()
                  : arith::MinUIOp::create(e.b, pixel, p.maximum).getResult();
    outputs.push_back(pixel);
  }
  return outputs;
}
