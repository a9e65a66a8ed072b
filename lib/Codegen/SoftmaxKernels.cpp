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

  /// The same for the sums in the lanes of a vector, of rows so short that a
  /// sum is below 2^20: the quotient by long division, bit by bit.
  std::pair<Value, Value> reciprocals(Value sum) {
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
    return {quotient, kb.subi(log2, kb.splat(9, lanes))};
  }

  /// Returns the output of one power; the scale is a scalar or has lanes.
  Value output(Value e, Value mantissa, Value shiftLessOne) {
    unsigned lanes = KernelBuilder::lanesOf(e);
    auto inLanes = [&](Value v) {
      return isa<mlir::VectorType>(v.getType()) ? v : kb.broadcast(v, lanes);
    };
    Value y = shru(kb.muli(e, inLanes(mantissa)), 16);
    y = arith::ShRUIOp::create(b, loc, y, inLanes(shiftLessOne));
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

/// Rows of up to this many elements are done side by side, one in each lane.
static constexpr int64_t kShortRow = 4;

/// Emits `rows` rows of `count` elements, dense on both sides from the given
/// offsets on. The elements of 16 rows are split into one vector for each
/// place in a row.
static void emitShortRows(KernelBuilder &kb, SoftmaxEmitter &softmax,
                          const TypedBuffer &source, const TypedBuffer &target,
                          int64_t rows, int64_t count, Value inAt,
                          Value outAt) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  constexpr int64_t kRows = 16;
  auto piece = [&](Value row) {
    Value from = kb.add(inAt, kb.mul(row, count));
    Value all = kb.load(source, from, kRows * count);
    SmallVector<Value> x, e;
    Value max, sum;
    for (int64_t c = 0; c < count; ++c) {
      SmallVector<int64_t> mask;
      for (int64_t r = 0; r < kRows; ++r)
        mask.push_back(r * count + c);
      Value column = vector::ShuffleOp::create(b, loc, all, all, mask);
      x.push_back(kb.extend(column, 32, source.isSigned));
      max = max ? arith::MaxSIOp::create(b, loc, max, x.back()).getResult()
                : x.back();
    }
    for (Value value : x) {
      e.push_back(softmax.power(value, max));
      sum = sum ? kb.addi(sum, e.back()) : e.back();
    }
    auto [mantissa, shift] = softmax.reciprocals(sum);
    // Back into rows: column after column fills its lanes.
    Value result;
    SmallVector<int64_t> lanes(kRows * count);
    for (int64_t c = 0; c < count; ++c) {
      Value y = kb.truncate(softmax.output(e[c], mantissa, shift), 8);
      SmallVector<int64_t> spread(kRows * count, 0), mask;
      for (int64_t r = 0; r < kRows; ++r)
        spread[r * count + c] = r;
      y = vector::ShuffleOp::create(b, loc, y, y, spread);
      for (int64_t lane = 0; lane < kRows * count; ++lane)
        mask.push_back(lane % count == c ? kRows * count + lane : lane);
      result =
          result
              ? vector::ShuffleOp::create(b, loc, result, y, mask).getResult()
              : y;
    }
    kb.store(result, target, kb.add(outAt, kb.mul(row, count)));
  };
  int64_t done = rows / kRows * kRows;
  kb.loop(0, done, kRows, piece);
  // The last rows once more with the ones before them.
  if (done < rows)
    piece(kb.index(rows - kRows));
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
          // Many short rows are faster side by side.
          bool dense = run.steps[0] == count && run.steps[1] == count;
          if (count <= kShortRow && dense && run.length >= 16 &&
              kb.getTarget().vectorBytes >= 16)
            return emitShortRows(kb, softmax, source, target, run.length, count,
                                 run.offsets[0], run.offsets[1]);
          kb.loop(run.length, [&](Value i) {
            row(kb.add(run.offsets[0], kb.mul(i, run.steps[0])),
                kb.add(run.offsets[1], kb.mul(i, run.steps[1])));
          });
        });
      });
  return call;
}
