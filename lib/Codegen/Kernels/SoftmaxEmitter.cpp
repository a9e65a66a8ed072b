//===- SoftmaxEmitter.cpp - emits the parts of N43 and N44 ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SoftmaxEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

Value SoftmaxEmitter::power(Value x, Value max) {
  unsigned lanes = KernelBuilder::lanesOf(x);
  Value d = shru(kb.subi(max, x), parameters.preShift);
  d = arith::MinUIOp::create(b, loc, d,
                             kb.splat(parameters.distanceMax, lanes));
  Value t = shru(kb.muli(shl(d, parameters.postShift),
                         kb.splat(parameters.multiplier, lanes)),
                 16);
  Value octaves = shru(t, 11);
  Value f = shl(arith::AndIOp::create(b, loc, t, kb.splat(2047, lanes)), 4);
  // The cubic of 2^-f in Q15.
  Value h = kb.addi(kb.splat(-7570, lanes), mulhrs(f, kb.splat(1298, lanes)));
  h = kb.addi(kb.splat(22655, lanes), mulhrs(f, h));
  Value p = kb.subi(kb.splat(32765, lanes), mulhrs(f, h));
  // Halves round up.
  Value shifted = arith::ShRUIOp::create(b, loc, shl(p, 1), octaves);
  Value e = shru(kb.addi(shifted, kb.splat(1, lanes)), 1);
  Value zero = kb.splat(0, lanes);
  e = select(arith::CmpIPredicate::uge, octaves, kb.splat(15, lanes), zero, e);
  if (!results.masked)
    return e;
  Value lowest = kb.splat(*results.masked, lanes);
  // In a row of nothing else it is a value like any other.
  Value counts = select(arith::CmpIPredicate::eq, max, lowest, e, zero);
  return select(arith::CmpIPredicate::eq, x, lowest, counts, e);
}

std::pair<Value, Value> SoftmaxEmitter::reciprocal(Value sum) {
  auto i32 = b.getI32Type(), i64 = b.getI64Type();
  Value zero = scalar(0, i32);
  Value empty =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, sum, zero);
  sum = arith::SelectOp::create(b, loc, empty, scalar(1 << 15, i32), sum);
  Value zeros = mlir::LLVM::CountLeadingZerosOp::create(
      b, loc, i32, sum, /*is_zero_poison=*/true);
  Value log2 = arith::SubIOp::create(b, loc, scalar(31, i32), zeros);
  Value wide = arith::ExtUIOp::create(b, loc, i64, sum);
  Value power = arith::ShLIOp::create(
      b, loc, scalar(1 << 16, i64),
      arith::ExtUIOp::create(b, loc, i64, log2).getResult());
  Value half = arith::ShRUIOp::create(b, loc, wide, scalar(1, i64));
  Value quotient = arith::DivUIOp::create(
      b, loc, arith::AddIOp::create(b, loc, power, half).getResult(), wide);
  quotient = arith::MinUIOp::create(b, loc, quotient, scalar(65535, i64));
  Value mantissa = arith::TruncIOp::create(b, loc, i32, quotient);
  Value shift = arith::SubIOp::create(b, loc, log2, scalar(shiftBias(), i32));
  return {mantissa, shift};
}

std::pair<Value, Value> SoftmaxEmitter::reciprocals(Value sum) {
  unsigned lanes = KernelBuilder::lanesOf(sum);
  Value zero = kb.splat(0, lanes), one = kb.splat(1, lanes);
  sum = select(arith::CmpIPredicate::eq, sum, zero, kb.splat(1 << 15, lanes),
               sum);
  Value zeros = mlir::LLVM::CountLeadingZerosOp::create(
      b, loc, sum.getType(), sum, /*is_zero_poison=*/true);
  Value log2 = kb.subi(kb.splat(31, lanes), zeros);
  // The dividend is 2^(16 + log2) + sum / 2: what is above its low 16 bits
  // comes first, then those one after the other.
  Value half = shru(sum, 1);
  Value power = arith::ShLIOp::create(b, loc, one, log2);
  Value rest = kb.addi(power, shru(half, 16)), quotient = zero;
  for (int64_t bit = 16; bit >= 0; --bit) {
    Value goes =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, rest, sum);
    quotient = kb.addi(
        shl(quotient, 1),
        arith::ExtUIOp::create(b, loc, sum.getType(), goes).getResult());
    rest = arith::MinUIOp::create(b, loc, rest, kb.subi(rest, sum));
    if (bit == 0)
      break;
    Value next = arith::AndIOp::create(b, loc, shru(half, bit - 1), one);
    rest = kb.addi(shl(rest, 1), next);
  }
  quotient = arith::MinUIOp::create(b, loc, quotient, kb.splat(65535, lanes));
  return {quotient, kb.subi(log2, kb.splat(shiftBias(), lanes))};
}

Value SoftmaxEmitter::output(Value e, Value mantissa, Value shiftLessOne) {
  unsigned lanes = KernelBuilder::lanesOf(e);
  auto inLanes = [&](Value v) {
    return isa<mlir::VectorType>(v.getType()) ? v : kb.broadcast(v, lanes);
  };
  Value y = kb.muli(e, inLanes(mantissa));
  if (dropsLowBits())
    y = shru(y, 16);
  y = arith::ShRUIOp::create(b, loc, y, inLanes(shiftLessOne));
  y = shru(kb.addi(y, kb.splat(1, lanes)), 1);
  return arith::MinUIOp::create(b, loc, y, kb.splat(results.largest, lanes));
}

Value SoftmaxEmitter::scalar(int64_t value, Type type) {
  return arith::ConstantIntOp::create(b, loc, type, value);
}

Value SoftmaxEmitter::shl(Value v, int64_t amount) {
  return arith::ShLIOp::create(b, loc, v,
                               kb.splat(amount, KernelBuilder::lanesOf(v)));
}

Value SoftmaxEmitter::shru(Value v, int64_t amount) {
  return arith::ShRUIOp::create(b, loc, v,
                                kb.splat(amount, KernelBuilder::lanesOf(v)));
}

Value SoftmaxEmitter::mulhrs(Value lhs, Value rhs) {
  Value product = kb.addi(kb.muli(lhs, rhs),
                          kb.splat(1 << 14, KernelBuilder::lanesOf(lhs)));
  return kb.shrs(product, 15);
}

Value SoftmaxEmitter::select(arith::CmpIPredicate predicate, Value lhs,
                             Value rhs, Value yes, Value no) {
  Value condition = arith::CmpIOp::create(b, loc, predicate, lhs, rhs);
  return arith::SelectOp::create(b, loc, condition, yes, no);
}

Value SoftmaxEmitter::logarithm(Value sum) {
  auto i32 = b.getI32Type(), i64 = b.getI64Type();
  Value zeros = mlir::LLVM::CountLeadingZerosOp::create(
      b, loc, i32, sum, /*is_zero_poison=*/true);
  Value zeros64 = arith::ExtUIOp::create(b, loc, i64, zeros);
  // The sum as 1 <= x < 2 in Q31; its square's carry is the next bit.
  Value x = arith::ShLIOp::create(
      b, loc, arith::ExtUIOp::create(b, loc, i64, sum).getResult(), zeros64);
  Value log = arith::SubIOp::create(b, loc, scalar(31 - 15, i64), zeros64);
  for (int bit = 0; bit < 16; ++bit) {
    Value square = arith::ShRUIOp::create(
        b, loc, arith::MulIOp::create(b, loc, x, x), scalar(31, i64));
    Value carry = arith::ShRUIOp::create(b, loc, square, scalar(32, i64));
    x = arith::ShRUIOp::create(b, loc, square, carry);
    log = arith::AddIOp::create(b, loc, log, log);
    log = arith::AddIOp::create(b, loc, log, carry);
  }
  return log;
}

/// Folds `count` elements: pieces of every width are combined into one scalar.
static Value foldElements(KernelBuilder &kb, int64_t count, unsigned width,
                          vector::CombiningKind kind,
                          function_ref<Value(Value at, unsigned lanes)> element,
                          function_ref<Value(Value, Value)> combine) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  Value folded;
  auto fold = [&](Value piece) {
    Value part = vector::ReductionOp::create(b, loc, kind, piece);
    folded = folded ? combine(folded, part) : part;
  };
  int64_t done = count / width * width;
  if (done > 0) {
    Value partial = element(kb.index(0), width);
    partial = kb.loop(
        width, done, width, partial, [&](Value at, ArrayRef<Value> carried) {
          return SmallVector<Value>{combine(carried[0], element(at, width))};
        })[0];
    fold(partial);
  }
  while (done < count) {
    unsigned lanes = llvm::bit_floor(uint64_t(count - done));
    fold(element(kb.index(done), lanes));
    done += lanes;
  }
  return folded;
}

RowFold codegen::foldRow(KernelBuilder &kb, SoftmaxEmitter &softmax,
                         int64_t count,
                         function_ref<Value(Value, unsigned)> load) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  RowFold row;
  row.max = foldElements(kb, count, kb.chunk(), vector::CombiningKind::MAXSI,
                         load, [&](Value x, Value y) -> Value {
                           return arith::MaxSIOp::create(b, loc, x, y);
                         });
  row.sum = foldElements(
      kb, count, kb.chunk(), vector::CombiningKind::ADD,
      [&](Value at, unsigned lanes) {
        return softmax.power(load(at, lanes), kb.broadcast(row.max, lanes));
      },
      [&](Value x, Value y) { return kb.addi(x, y); });
  return row;
}
