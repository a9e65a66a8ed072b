//===- SoftmaxKernels.cpp - integer softmax along the last axis ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BuiltKernel.h"
#include "Kernels.h"
#include "StridedNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

namespace {
/// Emits the parts of N43 on i32 lanes.
class SoftmaxEmitter {
public:
  /// `masked` is the stored value that counts for nothing, if there is one.
  SoftmaxEmitter(KernelBuilder &kb, fxp::SoftmaxOp op,
                 std::optional<int64_t> masked)
      : kb(kb), b(kb.getBuilder()), loc(kb.getLoc()),
        preShift(int32_t(op.getPreShift())),
        postShift(int32_t(op.getPostShift())),
        distanceMax(int32_t(op.getDistanceMax())),
        multiplier(int32_t(op.getMultiplier())), masked(masked) {}

  /// Returns 2^-octaves of the distance in Q15; 0 for masked lanes.
  Value power(Value x, Value max) {
    unsigned lanes = KernelBuilder::lanesOf(x);
    Value d = shru(kb.subi(max, x), preShift);
    d = arith::MinUIOp::create(b, loc, d, kb.splat(distanceMax, lanes));
    Value t = shru(kb.muli(shl(d, postShift), kb.splat(multiplier, lanes)), 16);
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
    e = select(arith::CmpIPredicate::uge, octaves, kb.splat(15, lanes), zero,
               e);
    if (!masked)
      return e;
    return select(arith::CmpIPredicate::eq, x, kb.splat(*masked, lanes), zero,
                  e);
  }

  /// Returns the reciprocal of the sum as a mantissa in Q16 and the shift that
  /// goes with it, less one (both i32 scalars).
  std::pair<Value, Value> reciprocal(Value sum) {
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
    Value shift = arith::SubIOp::create(b, loc, log2, scalar(9, i32));
    return {mantissa, shift};
  }

  /// Returns the output of one power.
  Value output(Value e, Value mantissa, Value shiftLessOne) {
    unsigned lanes = KernelBuilder::lanesOf(e);
    Value y = shru(kb.muli(e, kb.broadcast(mantissa, lanes)), 16);
    y = arith::ShRUIOp::create(b, loc, y, kb.broadcast(shiftLessOne, lanes));
    y = shru(kb.addi(y, kb.splat(1, lanes)), 1);
    return arith::MinUIOp::create(b, loc, y, kb.splat(255, lanes));
  }

private:
  Value scalar(int64_t value, Type type) {
    return arith::ConstantIntOp::create(b, loc, type, value);
  }
  Value shl(Value v, int64_t amount) {
    return arith::ShLIOp::create(b, loc, v,
                                 kb.splat(amount, KernelBuilder::lanesOf(v)));
  }
  Value shru(Value v, int64_t amount) {
    return arith::ShRUIOp::create(b, loc, v,
                                  kb.splat(amount, KernelBuilder::lanesOf(v)));
  }
  Value mulhrs(Value lhs, Value rhs) {
    Value product = kb.addi(kb.muli(lhs, rhs),
                            kb.splat(1 << 14, KernelBuilder::lanesOf(lhs)));
    return kb.shrs(product, 15);
  }
  Value select(arith::CmpIPredicate predicate, Value lhs, Value rhs, Value yes,
               Value no) {
    Value condition = arith::CmpIOp::create(b, loc, predicate, lhs, rhs);
    return arith::SelectOp::create(b, loc, condition, yes, no);
  }

  KernelBuilder &kb;
  OpBuilder &b;
  Location loc;
  int64_t preShift, postShift, distanceMax, multiplier;
  std::optional<int64_t> masked;
};
} // namespace

/// Folds a row of `count` elements: pieces of every width are combined into
/// one scalar.
static Value foldRow(KernelBuilder &kb, int64_t count, unsigned width,
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

KernelCall codegen::selectSoftmax(fxp::SoftmaxOp op, Layouts operands,
                                  Layouts results) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  std::optional<int64_t> masked;
  if (op.getMasked())
    masked = from.lo;
  KernelKey key;
  key << in << out << from << to << int64_t(op.getMasked())
      << int32_t(op.getPreShift()) << int32_t(op.getPostShift())
      << int32_t(op.getDistanceMax()) << int32_t(op.getMultiplier());
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  call.kernel = std::make_shared<BuiltKernel>(
      "softmax", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        OpBuilder &b = kb.getBuilder();
        Location loc = kb.getLoc();
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer target = kb.view(arguments[1], to);
        SoftmaxEmitter softmax(kb, op, masked);
        StridedView fromView = StridedView::of(in),
                    toView = StridedView::of(out);
        int64_t count = in.shape.back();
        // The nest walks the rows; the last axis is walked here.
        SmallVector<int64_t> rows(in.shape.begin(), in.shape.end() - 1);
        rows.push_back(1);
        auto row = [&](Value inAt, Value outAt) {
          unsigned width = kb.chunk();
          auto load = [&](Value at, unsigned lanes) {
            return kb.loadWide(source, kb.add(inAt, at), lanes);
          };
          Value max = foldRow(kb, count, width, vector::CombiningKind::MAXSI,
                              load, [&](Value x, Value y) -> Value {
                                return arith::MaxSIOp::create(b, loc, x, y);
                              });
          auto power = [&](Value at, unsigned lanes) {
            return softmax.power(load(at, lanes), kb.broadcast(max, lanes));
          };
          Value sum =
              foldRow(kb, count, width, vector::CombiningKind::ADD, power,
                      [&](Value x, Value y) { return kb.addi(x, y); });
          std::pair<Value, Value> scale = softmax.reciprocal(sum);
          kb.run(count, width, [&](Value at, unsigned lanes) {
            kb.storeNarrow(
                softmax.output(power(at, lanes), scale.first, scale.second),
                target, kb.add(outAt, at));
          });
        };
        emitNest(kb, rows, {fromView, toView}, [&](const NestRun &run) {
          kb.loop(run.length, [&](Value i) {
            row(kb.add(run.offsets[0], kb.mul(i, run.steps[0])),
                kb.add(run.offsets[1], kb.mul(i, run.steps[1])));
          });
        });
      });
  return call;
}
