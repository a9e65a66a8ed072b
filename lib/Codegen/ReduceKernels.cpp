//===- ReduceKernels.cpp - sums and maxima along an axis -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BuiltKernel.h"
#include "Kernels.h"
#include "RequantEmitter.h"
#include "StridedNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

/// Emits, for every output element, the fold of the elements along `axis` with
/// `combine`, starting from `init`; `finish` makes the stored value of it.
static void emitReduction(KernelBuilder &kb, const BufferLayout &in,
                          const BufferLayout &out, int64_t axis,
                          const TypedBuffer &source, const TypedBuffer &target,
                          int64_t init, vector::CombiningKind kind,
                          function_ref<Value(Value, Value)> combine,
                          function_ref<Value(Value)> finish) {
  StridedView from = StridedView::of(in), to = StridedView::of(out);
  int64_t count = in.shape[axis], step = from.strides[axis];
  bool lastAxis = axis + 1 == int64_t(in.shape.size()) && step == 1;
  emitNest(kb, out.shape, {from, to}, [&](const NestRun &run) {
    bool vectors = run.steps[0] == 1 && run.steps[1] == 1 && !lastAxis;
    kb.run(run.length, vectors ? kb.chunk() : 1, [&](Value at, unsigned lanes) {
      Value base = kb.add(run.offsets[0], kb.mul(at, run.steps[0]));
      Value result = kb.splat(init, lanes);
      if (lastAxis) {
        // Along the contiguous axis: partial results in lanes, then one fold.
        unsigned width =
            std::min<uint64_t>(kb.chunk(), llvm::bit_floor(uint64_t(count)));
        Value partial = kb.loop(
            0, count / width * width, width, kb.splat(init, width),
            [&](Value i, ArrayRef<Value> carried) {
              return SmallVector<Value>{combine(
                  carried[0], kb.loadWide(source, kb.add(base, i), width))};
            })[0];
        for (int64_t i = count / width * width; i < count; ++i)
          result = combine(result, kb.loadWide(source, kb.add(base, i), 1));
        Value folded = vector::ReductionOp::create(kb.getBuilder(), kb.getLoc(),
                                                   kind, partial);
        result = combine(result, kb.broadcast(folded, 1));
      } else {
        result =
            kb.loop(0, count, 1, result, [&](Value i, ArrayRef<Value> carried) {
              return SmallVector<Value>{combine(
                  carried[0],
                  kb.loadWide(source, kb.add(base, kb.mul(i, step)), lanes))};
            })[0];
      }
      kb.storeNarrow(finish(result), target,
                     kb.add(run.offsets[1], kb.mul(at, run.steps[1])));
    });
  });
}

KernelCall codegen::selectReduceSum(fxp::ReduceSumOp op, Layouts operands,
                                    Layouts results) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  RequantEmitter requant(op.getRequant(), to);
  int64_t axis = op.getAxis();
  KernelKey key;
  key << in << out << from << to << from.zeroPoint << axis;
  requant.addToKey(key);
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  call.kernel = std::make_shared<BuiltKernel>(
      "reduce_sum", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer target = kb.view(arguments[1], to);
        int64_t zeros = -in.shape[axis] * from.zeroPoint;
        emitReduction(
            kb, in, out, axis, source, target, 0, vector::CombiningKind::ADD,
            [&](Value a, Value b) { return kb.addi(a, b); },
            [&](Value sum) {
              unsigned lanes = KernelBuilder::lanesOf(sum);
              return requant.emit(kb, kb.addi(sum, kb.splat(zeros, lanes)),
                                  nullptr, {});
            });
      });
  return call;
}

KernelCall codegen::selectReduceMax(fxp::ReduceMaxOp op, Layouts operands,
                                    Layouts results) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType type = StoredType::get(op.getInput().getType());
  int64_t axis = op.getAxis();
  KernelKey key;
  key << in << out << type << axis;
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  call.kernel = std::make_shared<BuiltKernel>(
      "reduce_max", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], type);
        TypedBuffer target = kb.view(arguments[1], type);
        emitReduction(
            kb, in, out, axis, source, target, INT32_MIN,
            vector::CombiningKind::MAXSI,
            [&](Value a, Value b) -> Value {
              return arith::MaxSIOp::create(kb.getBuilder(), kb.getLoc(), a, b);
            },
            [](Value best) { return best; });
      });
  return call;
}
