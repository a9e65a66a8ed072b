//===- WideningKernel.cpp - contractions by widening products -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WideningKernel.h"
#include "../Emit/WideRounding.h"
#include "Tiled/TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/xxhash.h"
#include <cstring>
#include <functional>

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;

WideningKernel::WideningKernel(TiledShape shape, RequantForm requant,
                               WideningForm form, int64_t rightBytes)
    : shape(shape), requant(requant), form(form), rightBytes(rightBytes),
      block(requant, shape.groups * llvm::alignTo(shape.channels, 16)) {}

std::string WideningKernel::name() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t v : {shape.images,
                    shape.imageA,
                    shape.imageO,
                    shape.groups,
                    shape.groupA,
                    shape.rows,
                    shape.rowA,
                    shape.rowO,
                    shape.cols,
                    shape.pixelA,
                    shape.pixelO,
                    shape.originA,
                    shape.originO,
                    shape.run,
                    shape.channels,
                    shape.bytesA,
                    shape.bytesO,
                    int64_t(form.inputBytes),
                    int64_t(form.inputSigned),
                    int64_t(form.weightBytes),
                    int64_t(form.accumulatorBits),
                    int64_t(form.rightOperand),
                    int64_t(form.rightSigned),
                    int64_t(form.inputZero),
                    int64_t(form.rightZero),
                    int64_t(form.requantOffset),
                    rightBytes})
    os << v << ',';
  for (const TiledShape::Loop &loop : shape.kernel)
    os << loop.count << 'x' << loop.stride << ',';
  os << requant.key();
  return "widening_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> WideningKernel::argumentBytes() const {
  if (form.rightOperand)
    return {shape.bytesA, rightBytes, block.bytes, shape.bytesO};
  int64_t slots = shape.groups * slotsPerGroup();
  // A kernel without products still has an argument for weights.
  int64_t weightBytes =
      std::max<int64_t>(64, slots * depth() * form.weightBytes);
  return {shape.bytesA, weightBytes, slots * form.accumulatorBits / 8,
          block.bytes, shape.bytesO};
}

std::vector<char>
WideningKernel::packWeights(const ContractionData &data) const {
  std::vector<char> packed(argumentBytes()[1], 0);
  char *at = packed.data();
  for (int64_t group = 0; group < shape.groups; ++group)
    for (int64_t k = 0; k < depth(); ++k)
      for (int64_t c = 0; c < slotsPerGroup(); ++c, at += form.weightBytes)
        if (c < shape.channels) {
          int32_t w = data.weight(group * shape.channels + c, k);
          std::memcpy(at, &w, form.weightBytes);
        }
  return packed;
}

std::vector<char> WideningKernel::packBias(const ContractionData &data) const {
  unsigned size = form.accumulatorBits / 8;
  std::vector<char> packed(shape.groups * slotsPerGroup() * size, 0);
  for (int64_t c = 0; c < data.channels; ++c) {
    int64_t start = data.bias[c] + data.offset(c);
    for (int64_t k = 0; k < data.depth; ++k)
      start -= data.inputZero(c, k) * data.weight(c, k);
    int64_t slot = c / shape.channels * slotsPerGroup() + c % shape.channels;
    std::memcpy(packed.data() + slot * size, &start, size);
  }
  return packed;
}

std::vector<char>
WideningKernel::packParameters(const ContractionData &data) const {
  SmallVector<int64_t> channels(block.slots, -1);
  for (int64_t c = 0; c < shape.groups * shape.channels; ++c)
    channels[c / shape.channels * slotsPerGroup() + c % shape.channels] = c;
  return block.fill(requant, data, ArrayRef<int32_t>(), channels, channels);
}

namespace {

/// Emits the vectors of one kernel.
class WideningEmission {
public:
  WideningEmission(TileEmitter &e, const RequantForm &requant,
                   const WideningForm &form, const ParameterBlock &block,
                   int64_t lanes)
      : e(e), requant(requant), form(form), block(block), lanes(lanes),
        wide(VectorType::get({lanes},
                             e.b.getIntegerType(form.accumulatorBits))) {}

  /// One input element, widened, in all lanes.
  Value input(Value buffer, Value at) {
    Value v = e.load(buffer, at, 1, e.b.getIntegerType(8 * form.inputBytes));
    v = mlir::vector::ExtractOp::create(e.b, v, ArrayRef<int64_t>{0});
    Type element = wide.getElementType();
    v = form.inputSigned ? arith::ExtSIOp::create(e.b, element, v).getResult()
                         : arith::ExtUIOp::create(e.b, element, v).getResult();
    v = mlir::vector::BroadcastOp::create(e.b, wide, v);
    return subtract(v, form.inputZero);
  }

  /// The weights or second operand of the channels, widened.
  Value weights(Value buffer, Value at) {
    Value v =
        e.load(buffer, at, lanes, e.b.getIntegerType(8 * form.weightBytes));
    if (form.weightBytes * 8 < form.accumulatorBits)
      v = form.rightOperand && !form.rightSigned
              ? arith::ExtUIOp::create(e.b, wide, v).getResult()
              : arith::ExtSIOp::create(e.b, wide, v).getResult();
    return subtract(v, form.rightZero);
  }

  Value multiplyAdd(Value acc, Value x, Value w) {
    return arith::AddIOp::create(e.b, acc, arith::MulIOp::create(e.b, x, w));
  }

  /// What accumulators without a bias start from.
  Value start() { return constant(wide, form.requantOffset); }

  /// Requantises i32 or i64 accumulators of the channels from `slot` on.
  Value finish(Value acc, Value parameters, Value slot) {
    TileEmitter::Parameters p =
        e.loadParameters(requant, block, parameters, slot, 1, lanes);
    if (requant.outputBytes > 2)
      return finishLong(acc, p);
    if (form.accumulatorBits == 32)
      return e.requantise(requant, p, acc, 1, tile::LaneOrder::Natural).front();
    return finishWide(acc, p);
  }

private:
  Value constant(VectorType type, int64_t value) {
    // Builder::getIntegerAttr would not extend the sign to 128 bits.
    llvm::APInt bits(type.getElementTypeBitWidth(), value, /*isSigned=*/true);
    return arith::ConstantOp::create(e.b, DenseElementsAttr::get(type, bits));
  }
  Value subtract(Value v, int32_t zero) {
    return zero
               ? arith::SubIOp::create(e.b, v, constant(wide, zero)).getResult()
               : v;
  }
  Value clamp(Value v, int64_t low, int64_t high) {
    auto type = cast<VectorType>(v.getType());
    v = arith::MaxSIOp::create(e.b, v, constant(type, low));
    return arith::MinSIOp::create(e.b, v, constant(type, high));
  }

  /// `(v + 2^(s-1)) >> s`, a shift of 0 adding nothing. In the mode that rounds
  /// twice, shifts above 31 have 2^30 added first, with the sign of `v`.
  Value shiftRounded(Value v, Value shift) {
    auto type = cast<VectorType>(v.getType());
    Value s = arith::ExtSIOp::create(e.b, type, shift);
    Value one = constant(type, 1);
    Value half =
        arith::ShRUIOp::create(e.b, arith::ShLIOp::create(e.b, one, s), one);
    if (requant.mode == tile::RequantMode::Q31Double) {
      Value isNegative = arith::CmpIOp::create(e.b, arith::CmpIPredicate::slt,
                                               v, constant(type, 0));
      Value away = arith::SelectOp::create(
          e.b, isNegative, constant(type, -(1 << 30)), constant(type, 1 << 30));
      Value isLong = arith::CmpIOp::create(e.b, arith::CmpIPredicate::sgt, s,
                                           constant(type, 31));
      half = arith::AddIOp::create(
          e.b, half,
          arith::SelectOp::create(e.b, isLong, away, constant(type, 0)));
    }
    return arith::ShRSIOp::create(e.b, arith::AddIOp::create(e.b, v, half), s);
  }

  /// The formulas of `#fxp.requant` on i64: brought to i32 by what shrinks
  /// them, then finished by a requantisation that only clamps.
  Value finishWide(Value acc, TileEmitter::Parameters p) {
    auto narrow = VectorType::get({lanes}, e.b.getI32Type());
    // Beyond every storage range and inside i32, with room for a zero point.
    int64_t bound = 1 << 20;
    Value zeroShift = constant(narrow, 0);
    Value v;
    switch (requant.mode) {
    case tile::RequantMode::Q15: {
      v = arith::ShRSIOp::create(
          e.b, acc, arith::ExtSIOp::create(e.b, wide, p.shifts[0]));
      v = arith::TruncIOp::create(e.b, narrow, clamp(v, -32768, 32767));
      p.shifts[0] = zeroShift;
      return e.requantise(requant, p, v, 1, tile::LaneOrder::Natural).front();
    }
    case tile::RequantMode::Q31:
    case tile::RequantMode::Q31Double: {
      auto product = VectorType::get({lanes}, e.b.getIntegerType(128));
      v = arith::MulIOp::create(
          e.b, arith::ExtSIOp::create(e.b, product, acc),
          arith::ExtSIOp::create(e.b, product, p.multipliers[0]));
      v = shiftRounded(v, p.shifts[0]);
      break;
    }
    case tile::RequantMode::Q31High:
    case tile::RequantMode::Q31DoubleHigh:
      llvm_unreachable("expected accumulators of 32 bits");
    case tile::RequantMode::Pow2:
      v = shiftRounded(acc, p.shifts[0]);
      break;
    case tile::RequantMode::F32: {
      auto real = VectorType::get({lanes}, e.b.getF32Type());
      Value x = arith::SIToFPOp::create(e.b, real, acc);
      x = arith::MulFOp::create(e.b, x, p.multipliers[0]);
      // An integer below 2^20 by rounding to nearest even, as the tile op does.
      auto limit = [&](float value) -> Value {
        return arith::ConstantOp::create(
            e.b, DenseElementsAttr::get(real, e.b.getF32FloatAttr(value)));
      };
      Value low = limit(-1048576.0f), high = limit(1048576.0f);
      Value below =
          arith::CmpFOp::create(e.b, arith::CmpFPredicate::OLT, x, low);
      x = arith::SelectOp::create(e.b, below, low, x);
      Value above =
          arith::CmpFOp::create(e.b, arith::CmpFPredicate::OGT, x, high);
      x = arith::SelectOp::create(e.b, above, high, x);
      x = arith::AddFOp::create(e.b, x, limit(12582912.0f));
      v = mlir::vector::BitCastOp::create(e.b, narrow, x);
      v = arith::SubIOp::create(e.b, v, constant(narrow, 0x4B400000));
      break;
    }
    }
    v = clamp(v, -bound, bound);
    if (v.getType() != narrow)
      v = arith::TruncIOp::create(e.b, narrow, v);
    RequantForm last = requant;
    last.mode = tile::RequantMode::Pow2;
    p.multipliers.clear();
    p.shifts.assign(1, zeroShift);
    return e.requantise(last, p, v, 1, tile::LaneOrder::Natural).front();
  }

  /// The formulas of `#fxp.requant` to results of more than 16 bits, in
  /// integers that hold every step exactly.
  Value finishLong(Value acc, const TileEmitter::Parameters &p) {
    auto exact =
        VectorType::get({lanes}, e.b.getIntegerType(2 * form.accumulatorBits));
    auto extend = [&](Value v) -> Value {
      return arith::ExtSIOp::create(e.b, exact, v);
    };
    Value v;
    switch (requant.mode) {
    case tile::RequantMode::Q15:
      v = arith::ShRSIOp::create(e.b, extend(acc), extend(p.shifts[0]));
      v = arith::MulIOp::create(e.b, clamp(v, -32768, 32767),
                                extend(p.multipliers[0]));
      v = arith::AddIOp::create(e.b, v, constant(exact, 1 << 14));
      v = arith::ShRSIOp::create(e.b, v, constant(exact, 15));
      break;
    case tile::RequantMode::Q31:
    case tile::RequantMode::Q31Double:
      v = arith::MulIOp::create(e.b, extend(acc), extend(p.multipliers[0]));
      v = shiftRounded(v, p.shifts[0]);
      break;
    case tile::RequantMode::Q31High:
    case tile::RequantMode::Q31DoubleHigh:
      llvm_unreachable("expected the form of narrow results");
    case tile::RequantMode::Pow2:
      v = shiftRounded(extend(acc), p.shifts[0]);
      break;
    case tile::RequantMode::F32: {
      auto real = VectorType::get({lanes}, e.b.getF32Type());
      Value x = arith::SIToFPOp::create(e.b, real, acc);
      x = arith::MulFOp::create(e.b, x, p.multipliers[0]);
      v = emitRoundToWideInteger(e.b, e.b.getLoc(), x);
      if (v.getType() != exact)
        v = extend(v);
      break;
    }
    }
    v = arith::AddIOp::create(e.b, v, constant(exact, requant.zeroPoint));
    v = clamp(v, INT32_MIN, INT32_MAX);
    v = arith::TruncIOp::create(e.b, VectorType::get({lanes}, e.b.getI32Type()),
                                v);
    if (p.minimum)
      v = arith::MaxSIOp::create(e.b, v, p.minimum);
    if (p.maximum)
      v = arith::MinSIOp::create(e.b, v, p.maximum);
    return v;
  }

  TileEmitter &e;
  const RequantForm &requant;
  const WideningForm &form;
  const ParameterBlock &block;
  int64_t lanes;
  VectorType wide;
};

} // namespace

int64_t WideningKernel::parallelUnits(const Target &target) const {
  int64_t work = shape.images * shape.groups * shape.rows * shape.cols *
                 shape.channels * depth();
  if (work < kMinSharedMacs)
    return 1;
  return shape.rows > 1 ? shape.rows : shape.cols;
}

void WideningKernel::emitBody(OpBuilder &builder, Location loc,
                              ValueRange arguments,
                              const Target &target) const {
  TileEmitter e(builder, loc);
  int64_t lanes = std::max<int64_t>(4, target.lanes());
  WideningEmission emission(e, requant, form, block, lanes);
  size_t count = argumentBytes().size();
  Value a = arguments[0], w = arguments[1], o = arguments[count - 1];
  Value parameters = arguments[count - 2];
  std::optional<TileEmitter::Share> rowShare, colShare;
  if (arguments.size() > count)
    (shape.rows > 1 ? rowShare : colShare) = TileEmitter::Share{
        arguments[count], arguments[count + 1], parallelUnits(target)};
  int64_t accumulatorBytes = form.accumulatorBits / 8;
  int64_t rowW =
      (form.rightOperand ? shape.channels : slotsPerGroup()) * form.weightBytes;

  // The sum over the kernel loops from `level` on; `k` counts the weights'
  // rows.
  std::function<SmallVector<Value>(size_t, Value, Value, ValueRange)> sum =
      [&](size_t level, Value atA, Value atW,
          ValueRange carried) -> SmallVector<Value> {
    bool inner = level == shape.kernel.size();
    int64_t count =
        inner ? shape.run / form.inputBytes : shape.kernel[level].count;
    int64_t strideA = inner ? form.inputBytes : shape.kernel[level].stride;
    int64_t strideW = rowW;
    if (!inner) {
      strideW *= shape.run / form.inputBytes;
      for (size_t i = level + 1; i < shape.kernel.size(); ++i)
        strideW *= shape.kernel[i].count;
    }
    return e.loop(0, count, 1, carried, [&](Value k, ValueRange acc) {
      Value nextA = e.add(atA, e.mul(k, strideA)),
            nextW = e.add(atW, e.mul(k, strideW));
      if (!inner)
        return sum(level + 1, nextA, nextW, acc);
      return SmallVector<Value>{emission.multiplyAdd(
          acc[0], emission.input(a, nextA), emission.weights(w, nextW))};
    });
  };

  e.loop(0, shape.images, 1, [&](Value image) {
    e.loop(0, shape.groups, 1, [&](Value group) {
      e.loop(rowShare, 0, shape.rows, 1, [&](Value y) {
        e.loop(colShare, 0, shape.cols, 1, [&](Value x) {
          Value atA = e.add(e.mul(image, shape.imageA), shape.originA);
          atA = e.add(e.add(atA, e.mul(group, shape.groupA)),
                      e.mul(y, shape.rowA));
          atA = e.add(atA, e.mul(x, shape.pixelA));
          Value atO = e.add(e.mul(image, shape.imageO), shape.originO);
          atO = e.add(atO, e.mul(group, shape.channels * requant.outputBytes));
          atO = e.add(e.add(atO, e.mul(y, shape.rowO)), e.mul(x, shape.pixelO));
          Value weights = form.rightOperand ? e.mul(image, depth() * rowW)
                                            : e.mul(group, depth() * rowW);
          auto channels = [&](Value c, int64_t stored) {
            Value slot = e.add(e.mul(group, slotsPerGroup()), c);
            Value start = emission.start();
            if (!form.rightOperand)
              start = e.load(arguments[2], e.mul(slot, accumulatorBytes), lanes,
                             builder.getIntegerType(form.accumulatorBits));
            Value acc =
                sum(0, atA, e.add(weights, e.mul(c, form.weightBytes)), start)
                    .front();
            e.store(emission.finish(acc, parameters, slot), stored, o,
                    e.add(atO, e.mul(c, requant.outputBytes)));
          };
          int64_t whole = shape.channels / lanes * lanes;
          e.loop(0, whole, lanes, [&](Value c) { channels(c, lanes); });
          if (whole != shape.channels)
            channels(e.index(whole), shape.channels - whole);
        });
      });
    });
  });
}
