//===- NormalizeEmitter.cpp - emits the parts of N45 ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormalizeEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;

Value NormalizeEmitter::like(Value v, int64_t value) {
  return kb.splat(value, KernelBuilder::lanesOf(v), KernelBuilder::bitsOf(v));
}

Value NormalizeEmitter::shl(Value v, int64_t amount) {
  return arith::ShLIOp::create(b, loc, v, like(v, amount));
}

Value NormalizeEmitter::shru(Value v, int64_t amount) {
  return arith::ShRUIOp::create(b, loc, v, like(v, amount));
}

Value NormalizeEmitter::bitLength(Value v) {
  Value zeros = mlir::LLVM::CountLeadingZerosOp::create(
      b, loc, v.getType(), v, /*is_zero_poison=*/true);
  return kb.subi(like(v, 64), zeros);
}

/// Digit by digit, from the highest: what is left of `v`, and twice the root so
/// far, moved to where the next digit is.
Value NormalizeEmitter::squareRoot(Value v) {
  constexpr int64_t kDigits = 32;
  Value zero = like(v, 0), digit = like(v, int64_t(1) << 62);
  return kb.loop(
      0, kDigits, 1, {v, zero, digit}, [&](Value, ArrayRef<Value> carried) {
        Value rest = carried[0], root = carried[1], bit = carried[2];
        Value next = kb.addi(root, bit);
        Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                           rest, next);
        Value less = kb.subi(rest, next), half = shru(root, 1);
        rest = arith::SelectOp::create(b, loc, fits, less, rest);
        root = arith::SelectOp::create(b, loc, fits, kb.addi(half, bit), half);
        return SmallVector<Value>{rest, root, shru(bit, 2)};
      })[1];
}

NormalizeRow NormalizeEmitter::summarise(Value sum, Value squares) {
  sum = kb.extend(sum, 64, true);
  squares = kb.extend(squares, 64, true);
  Value spread = kb.muli(squares, like(squares, p.length));
  if (p.centred)
    spread = kb.subi(spread, kb.muli(sum, sum));
  spread = kb.addi(shl(spread, p.spreadShift), like(spread, p.epsilon));
  spread = arith::MaxSIOp::create(b, loc, spread, like(spread, 1));
  Value doublings = shru(kb.subi(like(spread, 64), bitLength(spread)), 1);
  Value root =
      squareRoot(arith::ShLIOp::create(b, loc, spread, shl(doublings, 1)));
  int64_t lift = 62 - llvm::Log2_64(p.length);
  Value quotient =
      arith::DivUIOp::create(b, loc, like(root, p.length << lift), root);
  Value excess = kb.subi(bitLength(quotient), like(root, p.multiplierBits));
  Value one = like(root, 1);
  Value half = arith::ShLIOp::create(b, loc, one, kb.subi(excess, one));
  NormalizeRow row;
  row.multiplier =
      arith::ShRUIOp::create(b, loc, kb.addi(quotient, half), excess);
  row.shift = kb.subi(
      like(root, lift + p.inputShift - p.fractionBits - p.spreadShift / 2),
      kb.addi(doublings, excess));
  // A product that fits i32 gives 0 from a shift of 31 on.
  row.shift = kb.clamp(row.shift, 1, p.narrowMultiplier ? 31 : 62);
  row.half = arith::ShLIOp::create(b, loc, one, kb.subi(row.shift, one));
  row.mean = like(root, 0);
  if (p.centred) {
    // Moved above zero, where the division floors.
    int64_t lowest = p.mostInput << p.inputShift;
    Value twice = kb.addi(shl(sum, p.inputShift + 1),
                          like(sum, p.length + 2 * p.length * lowest));
    row.mean =
        kb.subi(arith::DivUIOp::create(b, loc, twice, like(sum, 2 * p.length)),
                like(sum, lowest));
  }
  row.mean = kb.truncate(row.mean, 32);
  if (p.narrowMultiplier)
    for (Value *value : {&row.multiplier, &row.half, &row.shift})
      *value = kb.truncate(*value, 32);
  return row;
}

Value NormalizeEmitter::apply(Value x, const NormalizeRow &row, Value scale,
                              Value offset) {
  Value u = kb.subi(shl(x, p.inputShift), row.mean);
  if (!p.narrowMultiplier)
    u = kb.extend(u, 64, true);
  Value t = kb.addi(kb.muli(u, row.multiplier), row.half);
  t = kb.truncate(arith::ShRSIOp::create(b, loc, t, row.shift), 32);
  if (!p.narrowResult) {
    t = kb.extend(t, 64, true);
    scale = kb.extend(scale, 64, true);
  }
  Value y = kb.shrs(kb.addi(kb.muli(t, scale), offset), p.shift);
  y = kb.addi(y, like(y, to.zeroPoint));
  return kb.truncate(kb.clamp(y, to.lo, to.hi), 32);
}
