//===- TileLowering.cpp - tile ops as plain vector arithmetic -------------===//
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

VectorType TileLowering::vec(ImplicitLocOpBuilder &b, int64_t n,
                             unsigned bits) {
  return VectorType::get({n}, b.getIntegerType(bits));
}

Value TileLowering::splat(ImplicitLocOpBuilder &b, VectorType type,
                          int64_t value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, b.getIntegerAttr(type.getElementType(), value)));
}

Value TileLowering::bitcast(ImplicitLocOpBuilder &b, Value v, VectorType type) {
  return v.getType() == type
             ? v
             : vector::BitCastOp::create(b, type, v).getResult();
}

Value TileLowering::shuffle(ImplicitLocOpBuilder &b, Value x, Value y,
                            ArrayRef<int64_t> mask) {
  return vector::ShuffleOp::create(b, x, y, mask);
}

Value TileLowering::slice(ImplicitLocOpBuilder &b, Value v, int64_t at,
                          int64_t n) {
  if (cast<VectorType>(v.getType()).getNumElements() == n)
    return v;
  return vector::ExtractStridedSliceOp::create(
      b, v, ArrayRef<int64_t>{at}, ArrayRef<int64_t>{n}, ArrayRef<int64_t>{1});
}

Value TileLowering::concat(ImplicitLocOpBuilder &b, ArrayRef<Value> parts) {
  Value all = parts.front();
  for (Value part : parts.drop_front()) {
    int64_t n = cast<VectorType>(all.getType()).getNumElements() +
                cast<VectorType>(part.getType()).getNumElements();
    all = shuffle(b, all, part, llvm::to_vector(llvm::seq<int64_t>(0, n)));
  }
  return all;
}

Value TileLowering::call(ImplicitLocOpBuilder &b, StringRef intrinsic,
                         ValueRange args, Type result) {
  return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(intrinsic),
                                       args)
      .getResult(0);
}

Value TileLowering::activations(ImplicitLocOpBuilder &b, DotOp op) {
  Value a = op.getActivations();
  if (!op.getStep())
    return a;
  auto weights = cast<VectorType>(op.getWeights().getType());
  int64_t words = cast<VectorType>(a.getType()).getNumElements() / 4;
  Value all = bitcast(b, a, vec(b, words, 32));
  Value word = vector::ExtractOp::create(
      b, all, ArrayRef<int64_t>{int64_t(*op.getStep())});
  Value lanes = vector::BroadcastOp::create(
      b, vec(b, weights.getNumElements() / 4, 32), word);
  return bitcast(b, lanes, weights);
}

Value TileLowering::clampToBounds(ImplicitLocOpBuilder &b, RequantOp op,
                                  Value y) {
  bool isSigned = op.getSignedResults();
  if (Value low = op.getMinimums())
    y = isSigned ? arith::MaxSIOp::create(b, y, low).getResult()
                 : arith::MaxUIOp::create(b, y, low).getResult();
  if (Value high = op.getMaximums())
    y = isSigned ? arith::MinSIOp::create(b, y, high).getResult()
                 : arith::MinUIOp::create(b, y, high).getResult();
  return y;
}

Value TileLowering::lowerDot(ImplicitLocOpBuilder &b, DotOp op) {
  auto lanes = cast<VectorType>(op.getAccumulator().getType());
  Value a = bitcast(b, activations(b, op), lanes);
  Value w = bitcast(b, op.getWeights(), lanes);
  Value top = splat(b, lanes, 24), acc = op.getAccumulator();
  for (int64_t byte = 0; byte < 4; ++byte) {
    Value left = splat(b, lanes, 24 - 8 * byte);
    auto field = [&](Value v, bool isSigned) -> Value {
      Value high = arith::ShLIOp::create(b, v, left);
      return isSigned ? arith::ShRSIOp::create(b, high, top).getResult()
                      : arith::ShRUIOp::create(b, high, top).getResult();
    };
    Value product = arith::MulIOp::create(
        b, field(a, op.getSignedActivations()), field(w, true));
    acc = arith::AddIOp::create(b, acc, product);
  }
  return acc;
}

/// Adds the products of the elements `ofA` of `a` and `ofW` of `w` to `acc`.
static Value addProducts(ImplicitLocOpBuilder &b, Value acc, Value a,
                         ArrayRef<int64_t> ofA, bool signedA, Value w,
                         ArrayRef<int64_t> ofW) {
  Type lanes = acc.getType();
  a = vector::ShuffleOp::create(b, a, a, ofA);
  w = vector::ShuffleOp::create(b, w, w, ofW);
  a = signedA ? arith::ExtSIOp::create(b, lanes, a).getResult()
              : arith::ExtUIOp::create(b, lanes, a).getResult();
  w = arith::ExtSIOp::create(b, lanes, w);
  return arith::AddIOp::create(b, acc, arith::MulIOp::create(b, a, w));
}

Value TileLowering::lowerWordDot(ImplicitLocOpBuilder &b, WordDotOp op) {
  Value acc = op.getAccumulator();
  int64_t lanes = cast<VectorType>(acc.getType()).getNumElements();
  for (int64_t i = 0; i < 2; ++i) {
    SmallVector<int64_t> words;
    for (int64_t l = 0; l < lanes; ++l)
      words.push_back(2 * l + i);
    acc = addProducts(b, acc, op.getActivations(), words, /*signedA=*/true,
                      op.getWeights(), words);
  }
  return acc;
}

Value TileLowering::lowerWideDot(ImplicitLocOpBuilder &b, WideDotOp op) {
  Value acc = op.getAccumulator();
  int64_t lanes = cast<VectorType>(acc.getType()).getNumElements();
  int64_t group =
      cast<VectorType>(op.getWeights().getType()).getNumElements() / lanes;
  // Pairs by shifts inside their lanes: shuffles of whole vectors cost more.
  if (group == 2 && lanes > 1) {
    auto type = cast<VectorType>(acc.getType());
    int64_t pairs =
        cast<VectorType>(op.getActivations().getType()).getNumElements() / 2;
    Value pair = vector::ExtractOp::create(
        b, bitcast(b, op.getActivations(), vec(b, pairs, 32)),
        ArrayRef<int64_t>{int64_t(op.getStep())});
    Value a = vector::BroadcastOp::create(b, type, pair);
    Value w =
        bitcast(b, extend(b, op.getWeights(), 16, /*isSigned=*/true), type);
    Value half = splat(b, type, 16);
    auto high = [&](Value v) -> Value {
      return arith::ShRSIOp::create(b, v, half);
    };
    auto low = [&](Value v) -> Value {
      return high(arith::ShLIOp::create(b, v, half));
    };
    for (auto [x, y] : {std::pair(low(a), low(w)), std::pair(high(a), high(w))})
      acc = arith::AddIOp::create(b, acc, arith::MulIOp::create(b, x, y));
    return acc;
  }
  for (int64_t i = 0; i < group; ++i) {
    SmallVector<int64_t> ofA(lanes, group * op.getStep() + i), ofW;
    for (int64_t l = 0; l < lanes; ++l)
      ofW.push_back(group * l + i);
    acc = addProducts(b, acc, op.getActivations(), ofA, /*signedA=*/true,
                      op.getWeights(), ofW);
  }
  return acc;
}

SmallVector<Value> TileLowering::lowerSplitDot(ImplicitLocOpBuilder &b,
                                               SplitDotOp op) {
  SmallVector<Value> sums = {op.getLow(), op.getHigh()};
  int64_t lanes = cast<VectorType>(op.getLow().getType()).getNumElements();
  for (auto [half, sum] : llvm::enumerate(sums))
    for (auto [s, weights] : llvm::enumerate(op.getWeights()))
      for (int64_t i = 0; i < 2; ++i) {
        SmallVector<int64_t> ofA, ofW;
        for (int64_t l = half * lanes; l < int64_t(half + 1) * lanes; ++l) {
          ofA.push_back(4 * (op.getStep() + s) + l % 2 * 2 + i);
          ofW.push_back(2 * l + i);
        }
        sum = addProducts(b, sum, op.getActivations(), ofA, true, weights, ofW);
      }
  return sums;
}

Value TileLowering::multiplyWords(ImplicitLocOpBuilder &b, Value x, Value y) {
  VectorType words = vec(b, cast<VectorType>(x.getType()).getNumElements(), 16);
  return arith::MulIOp::create(b, arith::ExtSIOp::create(b, words, x),
                               arith::ExtSIOp::create(b, words, y));
}

SmallVector<Value> TileLowering::lowerChannelDot(ImplicitLocOpBuilder &b,
                                                 ChannelDotOp op) {
  SmallVector<Value> sums = llvm::to_vector(op.getSums());
  Type lanes = sums.front().getType();
  int64_t n = cast<VectorType>(lanes).getNumElements();
  // Two vectors of accumulators at a time: as many words as bytes of a half.
  for (size_t first = 0; first < sums.size(); first += 2) {
    int64_t count = std::min<size_t>(2, sums.size() - first);
    Value products;
    for (auto [a, w] : llvm::zip(op.getActivations(), op.getWeights())) {
      Value p = multiplyWords(b, slice(b, a, first * n, count * n),
                              slice(b, w, first * n, count * n));
      products =
          products ? arith::AddIOp::create(b, products, p).getResult() : p;
    }
    for (int64_t i = 0; i < count; ++i)
      sums[first + i] = arith::AddIOp::create(
          b, sums[first + i],
          arith::ExtSIOp::create(b, lanes, slice(b, products, i * n, n)));
  }
  return sums;
}

Value TileLowering::lowerMma(ImplicitLocOpBuilder &b, MmaOp op) {
  Value acc = op.getAccumulator();
  for (int64_t i = 0; i < 8; ++i)
    acc = addProducts(b, acc, op.getActivations(), {i, i, 8 + i, 8 + i},
                      op.getSignedActivations(), op.getWeights(),
                      {i, 8 + i, i, 8 + i});
  return acc;
}

Value TileLowering::extend(ImplicitLocOpBuilder &b, Value v, unsigned bits,
                           bool isSigned) {
  auto from = cast<VectorType>(v.getType());
  if (from.getElementTypeBitWidth() == bits)
    return v;
  isSigned |= from.getElementTypeBitWidth() == 16;
  VectorType to = vec(b, from.getNumElements(), bits);
  return isSigned ? arith::ExtSIOp::create(b, to, v).getResult()
                  : arith::ExtUIOp::create(b, to, v).getResult();
}

Value TileLowering::clampSum(ImplicitLocOpBuilder &b, AddOp op, Value v) {
  auto type = cast<VectorType>(v.getType());
  v = arith::MaxSIOp::create(b, v, splat(b, type, int32_t(op.getMinimum())));
  return arith::MinSIOp::create(b, v, splat(b, type, int32_t(op.getMaximum())));
}

SmallVector<Value> TileLowering::lowerAdd(ImplicitLocOpBuilder &b, AddOp op) {
  int64_t n =
      cast<VectorType>(op.getOutputs().front().getType()).getNumElements();
  VectorType lanes = vec(b, n, 32);
  auto everywhere = [&](Value parameters, int64_t at) -> Value {
    Value v = vector::ExtractOp::create(b, parameters, ArrayRef<int64_t>{at});
    if (v.getType() != b.getI32Type())
      v = arith::ExtSIOp::create(b, b.getI32Type(), v);
    return vector::BroadcastOp::create(b, lanes, v);
  };
  Value lhsMultiplier = everywhere(op.getMultipliers(), 0);
  Value rhsMultiplier = everywhere(op.getMultipliers(), 1);
  Value constant = everywhere(op.getConstants(), 0);
  Value shift = everywhere(op.getShifts(), 0);
  SmallVector<Value> results;
  for (auto [x, y, output] :
       llvm::zip_equal(op.getLhs(), op.getRhs(), op.getOutputs())) {
    Value v = arith::MulIOp::create(b, extend(b, x, 32, op.getLhsSigned()),
                                    lhsMultiplier);
    Value w = arith::MulIOp::create(b, extend(b, y, 32, op.getRhsSigned()),
                                    rhsMultiplier);
    v = arith::AddIOp::create(b, arith::AddIOp::create(b, v, w), constant);
    v = arith::ShRSIOp::create(b, v, shift);
    v = arith::AddIOp::create(b, v,
                              splat(b, lanes, int32_t(op.getZeroPoint())));
    results.push_back(
        arith::TruncIOp::create(b, output.getType(), clampSum(b, op, v)));
  }
  return results;
}

void TileLowering::lowerBarrier(ImplicitLocOpBuilder &b) {
  LLVM::InlineAsmOp::create(b, mlir::TypeRange(), ValueRange(), "", "~{memory}",
                            /*has_side_effects=*/true, /*is_align_stack=*/false,
                            LLVM::TailCallKind::None, LLVM::AsmDialectAttr(),
                            mlir::ArrayAttr());
}

std::unique_ptr<TileLowering> TileLowering::create(const Target &target) {
  if (target.emulated)
    return std::make_unique<TileLowering>();
  switch (target.dot) {
  case DotKind::Generic:
    return std::make_unique<TileLowering>();
  case DotKind::PMaddWd:
  case DotKind::PMaddUbs:
  case DotKind::VpDpBusd:
    return createX86Lowering(target);
  case DotKind::SMull:
  case DotKind::SDot:
  case DotKind::UsMmla:
    return createArmLowering(target);
  }
  llvm_unreachable("unknown dot kind");
}
