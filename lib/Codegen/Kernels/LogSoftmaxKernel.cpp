//===- LogSoftmaxKernel.cpp - integer log-softmax along the last axis -----===//
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

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

namespace {
/// The integers of N44 beside those of N43.
struct LogParameters {
  int64_t scaleMultiplier, scaleShift, logMultiplier, zeroPoint, lo, hi;

  /// Returns 2^(shift-1) - L * log_multiplier, an i64 scalar of the row.
  Value rowConstant(KernelBuilder &kb, Value logarithm) const {
    OpBuilder &b = kb.getBuilder();
    Location loc = kb.getLoc();
    auto scalar = [&](int64_t value) -> Value {
      return arith::ConstantIntOp::create(b, loc, b.getI64Type(), value);
    };
    Value steps =
        arith::MulIOp::create(b, loc, logarithm, scalar(logMultiplier));
    return arith::SubIOp::create(b, loc, scalar(int64_t(1) << (scaleShift - 1)),
                                 steps);
  }

  /// Returns the outputs of i32 lanes.
  Value output(KernelBuilder &kb, Value x, Value max, Value row) const {
    unsigned lanes = KernelBuilder::lanesOf(x);
    Value d = kb.extend(kb.subi(kb.broadcast(max, lanes), x), 64, false);
    Value y = kb.subi(kb.broadcast(row, lanes),
                      kb.muli(d, kb.splat(scaleMultiplier, lanes, 64)));
    y = kb.addi(kb.shrs(y, scaleShift), kb.splat(zeroPoint, lanes, 64));
    return kb.truncate(kb.clamp(y, lo, hi), 32);
  }
};
} // namespace

template <>
FailureOr<KernelCall> codegen::select(fxp::LogSoftmaxOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  fxp::SoftmaxParameters parameters = getSoftmaxParameters(op);
  LogParameters log{int32_t(op.getScaleMultiplier()),
                    int32_t(op.getScaleShift()),
                    int64_t(op.getLogMultiplier()),
                    to.zeroPoint,
                    to.lo,
                    to.hi};
  KernelKey key;
  key << in << out << from << to << parameters.preShift << parameters.postShift
      << parameters.distanceMax << parameters.multiplier << log.scaleMultiplier
      << log.scaleShift << log.logMultiplier << log.zeroPoint;
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  call.kernel = std::make_shared<BuiltKernel>(
      "log_softmax", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer target = kb.view(arguments[1], to);
        SoftmaxEmitter softmax(kb, parameters);
        int64_t count = in.shape.back();
        auto row = [&](Value inAt, Value outAt) {
          auto load = [&](Value at, unsigned lanes) {
            return kb.loadWide(source, kb.add(inAt, at), lanes);
          };
          auto [max, sum] = foldRow(kb, softmax, count, load);
          Value constant = log.rowConstant(kb, softmax.logarithm(sum));
          kb.run(count, kb.chunk(), [&, max = max](Value at, unsigned lanes) {
            kb.storeNarrow(log.output(kb, load(at, lanes), max, constant),
                           target, kb.add(outAt, at));
          });
        };
        // The nest walks the rows; the last axis is walked here.
        SmallVector<int64_t> rows(in.shape.begin(), in.shape.end() - 1);
        rows.push_back(1);
        emitNest(kb, rows, {StridedView::of(in), StridedView::of(out)},
                 [&](const NestRun &run) {
                   kb.loop(run.length, [&](Value i) {
                     row(kb.add(run.offsets[0], kb.mul(i, run.steps[0])),
                         kb.add(run.offsets[1], kb.mul(i, run.steps[1])));
                   });
                 });
      });
  return call;
}
