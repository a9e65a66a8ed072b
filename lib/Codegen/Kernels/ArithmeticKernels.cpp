//===- ArithmeticKernels.cpp - add, sub, min, max, mul ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/RequantEmitter.h"
#include "Elementwise.h"
#include "Kernels.h"
#include "narrow/Dialect/Fxp/IR/LongAdd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;

namespace {
/// Parameters of add, sub, min and max (N40).
struct BinaryParameters {
  enum Kind { Add, Sub, Min, Max } kind;
  StoredType lhs, rhs, result;
  int64_t lhsMultiplier, rhsMultiplier, shift, lo, hi;
  /// Whether sums are in i64.
  bool isLong;

  void addToKey(KernelKey &key) const {
    key << lhs << rhs << result << int64_t(kind) << lhs.zeroPoint
        << rhs.zeroPoint << result.zeroPoint << lhsMultiplier << rhsMultiplier
        << shift << lo << hi << int64_t(isLong);
  }
};
} // namespace

template <typename OpTy>
static BinaryParameters makeParameters(OpTy op, BinaryParameters::Kind kind) {
  BinaryParameters p;
  p.kind = kind;
  p.lhs = StoredType::get(op.getLhs().getType());
  p.rhs = StoredType::get(op.getRhs().getType());
  p.result = StoredType::get(op.getResult().getType());
  p.lhsMultiplier = int32_t(op.getLhsMultiplier());
  p.rhsMultiplier = int32_t(op.getRhsMultiplier());
  p.shift = int32_t(op.getShift());
  p.lo = std::max<int64_t>(p.result.lo,
                           op.getMin() ? int32_t(*op.getMin()) : p.result.lo);
  p.hi = std::min<int64_t>(p.result.hi,
                           op.getMax() ? int32_t(*op.getMax()) : p.result.hi);
  p.isLong = fxp::isLongAdd(op.getLhs().getType(), op.getRhs().getType(),
                            op.getResult().getType());
  return p;
}

/// Emits N40 on i32 lanes, i64 ones inside a long addition. Zero points and the
/// rounding constant are one addition: sums wrap, but the verifier proves that
/// the exact sum fits.
static Value emitBinary(KernelBuilder &kb, const BinaryParameters &p, Value lhs,
                        Value rhs) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  unsigned lanes = KernelBuilder::lanesOf(lhs), bits = p.isLong ? 64 : 32;
  int64_t rounding = p.shift ? int64_t(1) << (p.shift - 1) : 0;
  auto splat = [&](int64_t value) { return kb.splat(value, lanes, bits); };
  if (p.isLong) {
    lhs = kb.extend(lhs, bits, /*isSigned=*/true);
    rhs = kb.extend(rhs, bits, /*isSigned=*/true);
  }
  Value a = kb.muli(lhs, splat(p.lhsMultiplier));
  Value c = kb.muli(rhs, splat(p.rhsMultiplier));
  int64_t lhsZero = p.lhsMultiplier * p.lhs.zeroPoint;
  int64_t rhsZero = p.rhsMultiplier * p.rhs.zeroPoint;
  Value sum;
  switch (p.kind) {
  case BinaryParameters::Add:
    sum = kb.addi(kb.addi(a, c), splat(rounding - lhsZero - rhsZero));
    break;
  case BinaryParameters::Sub:
    sum = kb.addi(kb.subi(a, c), splat(rounding - lhsZero + rhsZero));
    break;
  case BinaryParameters::Min:
  case BinaryParameters::Max:
    a = kb.subi(a, splat(lhsZero));
    c = kb.subi(c, splat(rhsZero));
    sum = p.kind == BinaryParameters::Min
              ? arith::MinSIOp::create(b, loc, a, c).getResult()
              : arith::MaxSIOp::create(b, loc, a, c).getResult();
    sum = kb.addi(sum, splat(rounding));
    break;
  }
  Value y = kb.addi(kb.shrs(sum, p.shift), splat(p.result.zeroPoint));
  y = kb.clamp(y, p.lo, p.hi);
  return p.isLong ? kb.truncate(y, 32) : y;
}

static KernelCall selectBinary(Operation *op, BinaryParameters p,
                               Layouts operands, Layouts results) {
  const BufferLayout lhs = operands[0], rhs = operands[1], out = results[0];
  KernelKey key;
  key << lhs << rhs << out;
  p.addToKey(key);
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::operand(1),
                    KernelArgument::result(0)};
  call.kernel = std::make_shared<BuiltKernel>(
      op->getName().stripDialect(), key.str(),
      SmallVector<int64_t>{lhs.bufferBytes, rhs.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        Box a = makeBox(kb, arguments[0], p.lhs, lhs, out.shape);
        Box b = makeBox(kb, arguments[1], p.rhs, rhs, out.shape);
        Box y = makeBox(kb, arguments[2], p.result, out, out.shape);
        emitElementwise(kb, out.shape, {a, b}, y, kb.chunk(), -1,
                        [&](ArrayRef<Value> inputs, const LaneChannels &) {
                          return emitBinary(kb, p, inputs[0], inputs[1]);
                        });
      });
  return call;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::AddOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectBinary(op, makeParameters(op, BinaryParameters::Add), operands,
                      results);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::SubOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectBinary(op, makeParameters(op, BinaryParameters::Sub), operands,
                      results);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::MinOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectBinary(op, makeParameters(op, BinaryParameters::Min), operands,
                      results);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::MaxOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectBinary(op, makeParameters(op, BinaryParameters::Max), operands,
                      results);
}

/// Emits what N47 makes of two rescaled sides, in i32 lanes.
static Value emitCombined(KernelBuilder &kb, fxp::CombineKind kind, Value a,
                          Value b) {
  OpBuilder &builder = kb.getBuilder();
  switch (kind) {
  case fxp::CombineKind::Add:
    return kb.addi(a, b);
  case fxp::CombineKind::Sub:
    return kb.subi(a, b);
  case fxp::CombineKind::Mul:
    return kb.muli(a, b);
  case fxp::CombineKind::Min:
    return arith::MinSIOp::create(builder, kb.getLoc(), a, b);
  case fxp::CombineKind::Max:
    return arith::MaxSIOp::create(builder, kb.getLoc(), a, b);
  }
  llvm_unreachable("unknown combination");
}

template <>
FailureOr<KernelCall> codegen::select(fxp::CombineOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  StoredType lhsType = StoredType::get(op.getLhs().getType());
  StoredType rhsType = StoredType::get(op.getRhs().getType());
  StoredType resultType = StoredType::get(op.getResult().getType());
  StoredType plain;
  plain.bytes = 4;
  plain.isSigned = true;
  plain.lo = INT32_MIN;
  plain.hi = INT32_MAX;
  RequantEmitter left(op.getLhsRequant(), plain),
      right(op.getRhsRequant(), plain), requant(op.getRequant(), resultType);
  fxp::CombineKind kind = op.getKind();
  int64_t leftShift = op.getLeft().shift, rightShift = op.getRight().shift;
  const BufferLayout lhs = operands[0], rhs = operands[1], out = results[0];
  KernelKey key;
  key << lhs << rhs << out << lhsType << rhsType << resultType
      << lhsType.zeroPoint << rhsType.zeroPoint << int64_t(kind) << leftShift
      << rightShift;
  left.addToKey(key);
  right.addToKey(key);
  requant.addToKey(key);
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::operand(1),
                    KernelArgument::result(0)};
  SmallVector<int64_t> bytes = {lhs.bufferBytes, rhs.bufferBytes,
                                out.bufferBytes};
  bool needsConstant = requant.needsConstant();
  if (needsConstant) {
    call.arguments.push_back(KernelArgument::constant(requant.constantBytes()));
    bytes.push_back(call.arguments.back().bytes.size());
  }
  call.kernel = std::make_shared<BuiltKernel>(
      "combine", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        Box a = makeBox(kb, arguments[0], lhsType, lhs, out.shape);
        Box b = makeBox(kb, arguments[1], rhsType, rhs, out.shape);
        Box y = makeBox(kb, arguments[2], resultType, out, out.shape);
        TypedBuffer constant;
        if (needsConstant)
          constant = kb.view(arguments[3], 4, true);
        int64_t axis = needsConstant ? int64_t(out.shape.size()) - 1 : -1;
        emitElementwise(
            kb, out.shape, {a, b}, y, kb.chunk(), axis,
            [&](ArrayRef<Value> inputs, const LaneChannels &channels) {
              auto rescaled = [&](const RequantEmitter &own, Value stored,
                                  const StoredType &type, int64_t shift) {
                unsigned lanes = KernelBuilder::lanesOf(stored);
                Value side = kb.subi(stored, kb.splat(type.zeroPoint, lanes));
                side = kb.muli(side, kb.splat(int64_t(1) << shift, lanes));
                return own.emit(kb, side, nullptr, channels);
              };
              Value combined = emitCombined(
                  kb, kind, rescaled(left, inputs[0], lhsType, leftShift),
                  rescaled(right, inputs[1], rhsType, rightShift));
              return requant.emit(kb, combined, &constant, channels);
            });
      });
  return call;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::MulOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  StoredType lhsType = StoredType::get(op.getLhs().getType());
  StoredType rhsType = StoredType::get(op.getRhs().getType());
  StoredType resultType = StoredType::get(op.getResult().getType());
  RequantEmitter requant(op.getRequant(), resultType);
  const BufferLayout lhs = operands[0], rhs = operands[1], out = results[0];
  KernelKey key;
  key << lhs << rhs << out << lhsType << rhsType << resultType
      << lhsType.zeroPoint << rhsType.zeroPoint;
  requant.addToKey(key);
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::operand(1),
                    KernelArgument::result(0)};
  SmallVector<int64_t> bytes = {lhs.bufferBytes, rhs.bufferBytes,
                                out.bufferBytes};
  bool needsConstant = requant.needsConstant();
  if (needsConstant) {
    call.arguments.push_back(KernelArgument::constant(requant.constantBytes()));
    bytes.push_back(call.arguments.back().bytes.size());
  }
  call.kernel = std::make_shared<BuiltKernel>(
      "mul", key.str(), bytes, [=](KernelBuilder &kb, ValueRange arguments) {
        Box a = makeBox(kb, arguments[0], lhsType, lhs, out.shape);
        Box b = makeBox(kb, arguments[1], rhsType, rhs, out.shape);
        Box y = makeBox(kb, arguments[2], resultType, out, out.shape);
        TypedBuffer constant;
        if (needsConstant)
          constant = kb.view(arguments[3], 4, true);
        int64_t axis = needsConstant ? int64_t(out.shape.size()) - 1 : -1;
        emitElementwise(
            kb, out.shape, {a, b}, y, kb.chunk(), axis,
            [&](ArrayRef<Value> inputs, const LaneChannels &channels) {
              unsigned lanes = KernelBuilder::lanesOf(inputs[0]);
              Value l = kb.subi(inputs[0], kb.splat(lhsType.zeroPoint, lanes));
              Value r = kb.subi(inputs[1], kb.splat(rhsType.zeroPoint, lanes));
              return requant.emit(kb, kb.muli(l, r), &constant, channels);
            });
      });
  return call;
}
