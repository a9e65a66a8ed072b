//===- ReduceKernels.cpp - sums and maxima along an axis -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "../Emit/RequantEmitter.h"
#include "Kernels.h"
#include "StridedNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

/// Emits, for every output element, the fold of the elements along `axis` with
/// `combine`, starting from `init`; `finish` makes the stored value of it.
static void
emitReduction(KernelBuilder &kb, const BufferLayout &in,
              const BufferLayout &out, int64_t axis, int64_t channelAxis,
              const TypedBuffer &source, const TypedBuffer &target,
              int64_t init, vector::CombiningKind kind,
              function_ref<Value(Value, Value)> combine,
              function_ref<Value(Value, const LaneChannels &)> finish) {
  StridedView from = StridedView::of(in), to = StridedView::of(out);
  int64_t count = in.shape[axis], step = from.strides[axis];
  bool lastAxis = axis + 1 == int64_t(in.shape.size()) && step == 1;
  // The channel number walks along as one more box.
  StridedView channelView{0, SmallVector<int64_t>(out.shape.size(), 0)};
  if (channelAxis >= 0)
    channelView.strides[channelAxis] = 1;
  emitNest(kb, out.shape, {from, to, channelView}, [&](const NestRun &run) {
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
      LaneChannels channels{kb.add(run.offsets[2], kb.mul(at, run.steps[2])),
                            run.steps[2] == 0};
      kb.storeNarrow(finish(result, channels), target,
                     kb.add(run.offsets[1], kb.mul(at, run.steps[1])));
    });
  });
}

template <>
FailureOr<KernelCall> codegen::select(fxp::ReduceSumOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  RequantEmitter requant(op.getRequant(), to);
  int64_t axis = op.getAxis();
  KernelKey key;
  // One constant: the requantisation's rows, then the input's zero points.
  bool perAxisZero = from.isPerAxis() && !llvm::all_equal(from.zeroPoints);
  bool needsConstant = requant.needsConstant() || perAxisZero;
  int64_t channelAxis = !needsConstant   ? -1
                        : to.isPerAxis() ? to.axis
                                         : int64_t(out.shape.size()) - 1;
  key << in << out << from << to << from.zeroPoint << axis << channelAxis
      << int64_t(perAxisZero);
  requant.addToKey(key);
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes};
  std::vector<char> rows = requant.constantBytes();
  int64_t zerosAt = rows.size() / 4;
  if (needsConstant) {
    if (perAxisZero) {
      std::vector<int32_t> zeros(from.zeroPoints.begin(),
                                 from.zeroPoints.end());
      std::vector<char> tail = toBytes<int32_t>(zeros);
      rows.insert(rows.end(), tail.begin(), tail.end());
    }
    bytes.push_back(rows.size());
    call.arguments.push_back(KernelArgument::constant(std::move(rows)));
  }
  call.kernel = std::make_shared<BuiltKernel>(
      "reduce_sum", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer target = kb.view(arguments[1], to);
        int64_t extent = in.shape[axis];
        TypedBuffer constant;
        if (needsConstant)
          constant = kb.view(arguments[2], 4, true);
        emitReduction(
            kb, in, out, axis, channelAxis, source, target, 0,
            vector::CombiningKind::ADD,
            [&](Value a, Value b) { return kb.addi(a, b); },
            [&](Value sum, const LaneChannels &channels) {
              unsigned lanes = KernelBuilder::lanesOf(sum);
              Value zeros = perAxisZero
                                ? kb.muli(kb.loadParameter(constant, zerosAt,
                                                           channels, lanes),
                                          kb.splat(-extent, lanes))
                                : kb.splat(-extent * from.zeroPoint, lanes);
              return requant.emit(kb, kb.addi(sum, zeros), &constant, channels);
            });
      });
  return call;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::ReduceMaxOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
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
            kb, in, out, axis, -1, source, target, INT32_MIN,
            vector::CombiningKind::MAXSI,
            [&](Value a, Value b) -> Value {
              return arith::MaxSIOp::create(kb.getBuilder(), kb.getLoc(), a, b);
            },
            [](Value best, const LaneChannels &) { return best; });
      });
  return call;
}
