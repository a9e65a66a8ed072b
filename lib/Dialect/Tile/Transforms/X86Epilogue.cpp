//===- X86Epilogue.cpp - what x86 does with sums --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "X86Epilogue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace narrow;
using namespace narrow::tile;
namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;

static constexpr X86Intrinsic kPack32 = {"llvm.x86.sse2.packssdw.128",
                                         "llvm.x86.avx2.packssdw",
                                         "llvm.x86.avx512.packssdw.512"};
static constexpr X86Intrinsic kPackUnsigned = {"llvm.x86.sse2.packuswb.128",
                                               "llvm.x86.avx2.packuswb",
                                               "llvm.x86.avx512.packuswb.512"};
static constexpr X86Intrinsic kPackSigned = {"llvm.x86.sse2.packsswb.128",
                                             "llvm.x86.avx2.packsswb",
                                             "llvm.x86.avx512.packsswb.512"};
static constexpr X86Intrinsic kRoundingHigh = {
    "llvm.x86.ssse3.pmul.hr.sw.128", "llvm.x86.avx2.pmul.hr.sw",
    "llvm.x86.avx512.pmul.hr.sw.512"};
static constexpr X86Intrinsic kPermuteWords = {
    "", "llvm.x86.avx2.permd", "llvm.x86.avx512.permvar.si.512"};

SmallVector<Value> X86Epilogue::lowerRequant(ImplicitLocOpBuilder &b,
                                             RequantOp op) {
  int64_t lanes = op.getLanes(), columns = op.getColumns();
  bool words = op.getOutputType().getElementTypeBitWidth() == 16;
  bool whole = columns == 1 || columns == 2 || columns % 4 == 0;
  if (!isWhole(lanes) || !whole ||
      (words &&
       (!op.getSignedResults() || op.getOrder() == LaneOrder::Interleaved)))
    return TileLowering::lowerRequant(b, op);

  SmallVector<Value> narrowed = narrowPairs(b, op);
  // All outputs in channel order, pixel after pixel, in pieces of equal size.
  SmallVector<Value> pieces;
  if (words)
    for (Value pair : narrowed)
      pieces.push_back(inOrder(b, pair, lanes, /*slots=*/2));
  else
    for (size_t i = 0; i < narrowed.size(); i += 2)
      pieces.push_back(packBytes(b, op, narrowed, i));
  return clampAll(b, op, splitPixels(b, op, pieces));
}

SmallVector<Value> X86Epilogue::lowerAdd(ImplicitLocOpBuilder &b, AddOp op) {
  int64_t size = lanesOf(op.getLhs().front());
  int64_t piece = std::min<int64_t>(size, target.vectorBytes / 2);
  if (size % piece || !isWhole(piece / 2) ||
      lanesOf(op.getMultipliers()) != piece)
    return TileLowering::lowerAdd(b, op);
  SmallVector<Value> results;
  for (auto [x, y, output] :
       llvm::zip_equal(op.getLhs(), op.getRhs(), op.getOutputs())) {
    // A pixel at a time, as soon as it is there: fewer are alive at once.
    OpBuilder::InsertionGuard guard(b);
    setInsertionPointAfterLast(
        b, {x, y, op.getMultipliers(), op.getConstants(), op.getShifts()});
    SmallVector<Value> words;
    for (int64_t at = 0; at < size; at += piece)
      words.push_back(
          addWords(b, op, slice(b, x, at, piece), slice(b, y, at, piece)));
    auto type = cast<VectorType>(output.getType());
    results.push_back(type.getElementTypeBitWidth() == 16
                          ? concat(b, words)
                          : toBytes(b, op, words));
  }
  return results;
}

Value X86Epilogue::addWords(ImplicitLocOpBuilder &b, AddOp op, Value x,
                            Value y) {
  int64_t n = lanesOf(x), lanes = n / 2;
  bool wordResult = cast<VectorType>(op.getOutputs().front().getType())
                        .getElementTypeBitWidth() == 16;
  x = extend(b, x, 16, op.getLhsSigned());
  y = extend(b, y, 16, op.getRhsSigned());
  // x and y side by side, lane by lane; what two in-lane interleavings part,
  // an in-lane pack joins again in order.
  VectorType sums = vec(b, lanes, 32);
  SmallVector<Value> halves;
  for (int64_t half = 0; half < 2; ++half) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < n; lane += 8)
      for (int64_t i = 0; i < 4; ++i)
        for (int64_t from : {int64_t(0), n})
          mask.push_back(from + lane + 4 * half + i);
    Value v = call(b, kMultiplyAddPairs.of(lanes),
                   {shuffle(b, x, y, mask), op.getMultipliers()}, sums);
    v = arith::AddIOp::create(b, v, op.getConstants());
    v = arith::ShRSIOp::create(b, v, op.getShifts());
    if (wordResult) {
      if (op.getZeroPoint())
        v = arith::AddIOp::create(b, v,
                                  splat(b, sums, int32_t(op.getZeroPoint())));
    }
    halves.push_back(v);
  }
  VectorType words = vec(b, n, 16);
  Value v = call(b, kPack32.of(lanes), halves, words);
  if (wordResult)
    return clampSum(b, op, v);
  // A byte's range is so small beside 16 bits that saturating twice changes
  // no byte.
  if (op.getZeroPoint())
    v = call(b, "llvm.sadd.sat",
             {v, splat(b, words, int32_t(op.getZeroPoint()))}, words);
  return v;
}

Value X86Epilogue::toBytes(ImplicitLocOpBuilder &b, AddOp op,
                           ArrayRef<Value> words) {
  int64_t n = lanesOf(words.front());
  SmallVector<Value> parts;
  bool isSigned = op.getSignedResults();
  int64_t low = isSigned ? -128 : 0, high = isSigned ? 127 : 255;
  bool full =
      int32_t(op.getMinimum()) <= low && int32_t(op.getMaximum()) >= high;
  for (size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) {
      parts.push_back(
          arith::TruncIOp::create(b, vec(b, n, 8), clampSum(b, op, words[i])));
      continue;
    }
    Value x = words[i], y = words[i + 1];
    if (!full) {
      x = clampSum(b, op, x);
      y = clampSum(b, op, y);
    }
    const X86Intrinsic &pack = isSigned ? kPackSigned : kPackUnsigned;
    Value v = call(b, pack.of(n / 2), {x, y}, vec(b, 2 * n, 8));
    // Each 16-byte lane holds eight of x and eight of y.
    VectorType quads = vec(b, n / 4, 64);
    SmallVector<int64_t> order;
    for (int64_t from = 0; from < 2; ++from)
      for (int64_t lane = 0; lane < n / 8; ++lane)
        order.push_back(2 * lane + from);
    v = bitcast(b, v, quads);
    parts.push_back(bitcast(b, shuffle(b, v, v, order), vec(b, 2 * n, 8)));
  }
  return concat(b, parts);
}

void X86Epilogue::setInsertionPointAfterLast(ImplicitLocOpBuilder &b,
                                             ArrayRef<Value> values) {
  Operation *last = nullptr;
  for (Value v : values) {
    Operation *op = v.getDefiningOp();
    if (op && op->getBlock() == b.getInsertionBlock() &&
        (!last || last->isBeforeInBlock(op)))
      last = op;
  }
  if (last)
    b.setInsertionPointAfter(last);
}

SmallVector<Value> X86Epilogue::narrowPairs(ImplicitLocOpBuilder &b,
                                            RequantOp op) {
  if (op.getMode() == RequantMode::Q15)
    return narrowPairsQ15(b, op);
  int64_t lanes = op.getLanes(), columns = op.getColumns();
  SmallVector<Value> result;
  int64_t count = op.getAccumulators().size();
  for (int64_t i = 0; i < count; i += 2) {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<Value> needed;
    for (int64_t j : {i, std::min(i + 1, count - 1)}) {
      needed.push_back(op.getAccumulators()[j]);
      for (mlir::OperandRange values :
           {op.getPreShifts(), op.getShifts(), op.getMultipliers()})
        if (!values.empty())
          needed.push_back(values[j % columns]);
    }
    setInsertionPointAfterLast(b, needed);
    Value x = requantLanes(b, op, i);
    Value y = i + 1 < count ? requantLanes(b, op, i + 1) : x;
    result.push_back(call(b, kPack32.of(lanes), {x, y}, vec(b, 2 * lanes, 16)));
  }
  return result;
}

SmallVector<Value> X86Epilogue::narrowPairsQ15(ImplicitLocOpBuilder &b,
                                               RequantOp op) {
  int64_t lanes = op.getLanes(), columns = op.getColumns();
  VectorType words = vec(b, 2 * lanes, 16);
  mlir::OperandRange shifts = op.getShifts();
  SmallVector<Value> multipliers;
  // The multipliers in the order in which the in-lane pack leaves the pair.
  for (int64_t c = 0; c < std::max<int64_t>(1, columns / 2); ++c) {
    Value x = op.getMultipliers()[(2 * c) % columns];
    Value y = op.getMultipliers()[(2 * c + 1) % columns];
    SmallVector<int64_t> mask;
    for (int64_t quad = 0; quad < lanes / 4; ++quad)
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t i = 0; i < 4; ++i)
          mask.push_back(half * lanes + 4 * quad + i);
    OpBuilder::InsertionGuard guard(b);
    setInsertionPointAfterLast(b, {x, y});
    multipliers.push_back(shuffle(b, x, y, mask));
  }
  SmallVector<Value> accumulators(op.getAccumulators()), result;
  if (accumulators.size() % 2)
    accumulators.push_back(accumulators.back());
  for (size_t i = 0; i < accumulators.size(); i += 2) {
    // As early as possible: two accumulators become one vector before the
    // next two are begun, which spares registers.
    OpBuilder::InsertionGuard guard(b);
    setInsertionPointAfterLast(b,
                               {accumulators[i], accumulators[i + 1],
                                shifts[i % columns], shifts[(i + 1) % columns],
                                multipliers[i / 2 % multipliers.size()]});
    Value x = arith::ShRSIOp::create(b, accumulators[i], shifts[i % columns]);
    Value y = arith::ShRSIOp::create(b, accumulators[i + 1],
                                     shifts[(i + 1) % columns]);
    Value v = call(b, kPack32.of(lanes), {x, y}, words);
    result.push_back(
        roundingHigh(b, v, multipliers[i / 2 % multipliers.size()], lanes));
  }
  return result;
}

Value X86Epilogue::roundingHigh(ImplicitLocOpBuilder &b, Value v, Value m,
                                int64_t lanes) {
  if (target.vectorBytes > 16)
    return call(b, kRoundingHigh.of(lanes), {v, m}, v.getType());
  // SSE2 has the two halves of the product: 2 * high + (((low >> 14) + 1) >>
  // 1).
  auto words = cast<VectorType>(v.getType());
  Value high = call(b, "llvm.x86.sse2.pmulh.w", {v, m}, words);
  Value low = arith::MulIOp::create(b, v, m);
  Value one = splat(b, words, 1);
  Value top = arith::ShRUIOp::create(b, low, splat(b, words, 14));
  Value carry =
      arith::ShRUIOp::create(b, arith::AddIOp::create(b, top, one), one);
  return arith::AddIOp::create(b, arith::AddIOp::create(b, high, high), carry);
}

Value X86Epilogue::packBytes(ImplicitLocOpBuilder &b, RequantOp op,
                             ArrayRef<Value> pairs, size_t at) {
  int64_t lanes = op.getLanes();
  const X86Intrinsic &pack =
      op.getSignedResults() ? kPackSigned : kPackUnsigned;
  Value second = at + 1 < pairs.size() ? pairs[at + 1] : pairs[at];
  Value bytes =
      call(b, pack.of(lanes), {pairs[at], second}, vec(b, 4 * lanes, 8));
  if (op.getOrder() == LaneOrder::Interleaved || lanes == 4)
    return bytes;
  // Dword 4q + s holds channels 4q.. of accumulator s; it belongs at
  // s * lanes / 4 + q. The index is hidden from LLVM, which would turn the
  // permutation and the extracts after it into many shuffles.
  VectorType words = vec(b, lanes, 32);
  SmallVector<int32_t> index;
  for (int32_t s = 0; s < 4; ++s)
    for (int32_t q = 0; q < lanes / 4; ++q)
      index.push_back(4 * q + s);
  Value order = arith::ConstantOp::create(
      b, DenseElementsAttr::get(words, ArrayRef<int32_t>(index)));
  order =
      LLVM::InlineAsmOp::create(
          b, words, order, "", lanes == 16 ? "=v,0" : "=x,0",
          /*has_side_effects=*/false, /*is_align_stack=*/false,
          LLVM::TailCallKind::None, LLVM::AsmDialectAttr(), mlir::ArrayAttr())
          .getRes();
  Value v = call(b, kPermuteWords.of(lanes), {bitcast(b, bytes, words), order},
                 words);
  return bitcast(b, v, vec(b, 4 * lanes, 8));
}

Value X86Epilogue::inOrder(ImplicitLocOpBuilder &b, Value v, int64_t lanes,
                           int64_t slots) {
  SmallVector<int64_t> mask;
  for (int64_t s = 0; s < slots; ++s)
    for (int64_t i = 0; i < lanes; ++i)
      mask.push_back(i / 4 * 4 * slots + 4 * s + i % 4);
  return shuffle(b, v, v, mask);
}

SmallVector<Value> X86Epilogue::splitPixels(ImplicitLocOpBuilder &b,
                                            RequantOp op,
                                            ArrayRef<Value> pieces) {
  int64_t size = lanesOf(pieces.front()),
          pixel = op.getOutputType().getNumElements();
  SmallVector<Value> result;
  for (size_t p = 0; p < op.getOutputs().size(); ++p) {
    int64_t at = p * pixel;
    if (pixel <= size)
      result.push_back(slice(b, pieces[at / size], at % size, pixel));
    else
      result.push_back(concat(b, pieces.slice(at / size, pixel / size)));
  }
  return result;
}

SmallVector<Value> X86Epilogue::clampAll(ImplicitLocOpBuilder &b, RequantOp op,
                                         SmallVector<Value> values) {
  for (Value &v : values)
    v = clampToBounds(b, op, v);
  return values;
}
