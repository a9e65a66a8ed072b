//===- SoftmaxKernels.cpp - integer softmax along the last axis ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "Kernels.h"
#include "SoftmaxEmitter.h"
#include "StridedNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

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
      Value y =
          kb.truncate(softmax.output(e[c], mantissa, shift), 8 * target.bytes);
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

template <>
FailureOr<KernelCall> codegen::select(fxp::SoftmaxOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  SoftmaxEmitter::Results shape{*fxp::getSoftmaxFraction(op.getType()), to.hi,
                                std::nullopt};
  if (op.getMasked())
    shape.masked = from.lo;
  KernelKey key;
  key << in << out << from << to << int64_t(op.getMasked())
      << int32_t(op.getPreShift()) << int32_t(op.getPostShift())
      << int32_t(op.getDistanceMax()) << int32_t(op.getMultiplier());
  if (shape.fraction != 8)
    key << shape.fraction;
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  call.kernel = std::make_shared<BuiltKernel>(
      "softmax", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer target = kb.view(arguments[1], to);
        SoftmaxEmitter softmax(kb, getSoftmaxParameters(op), shape);
        StridedView fromView = StridedView::of(in),
                    toView = StridedView::of(out);
        int64_t count = in.shape.back();
        // The nest walks the rows; the last axis is walked here.
        SmallVector<int64_t> rows(in.shape.begin(), in.shape.end() - 1);
        rows.push_back(1);
        auto row = [&](Value inAt, Value outAt) {
          auto load = [&](Value at, unsigned lanes) {
            return kb.loadWide(source, kb.add(inAt, at), lanes);
          };
          auto [max, sum] = foldRow(kb, softmax, count, load);
          std::pair<Value, Value> scale = softmax.reciprocal(sum);
          kb.run(count, kb.chunk(), [&, max = max](Value at, unsigned lanes) {
            Value power =
                softmax.power(load(at, lanes), kb.broadcast(max, lanes));
            kb.storeNarrow(softmax.output(power, scale.first, scale.second),
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
