//===- PoolKernels.cpp - max and average pools -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Windows at the rim are smaller. Output rows (and columns) whose windows are
// cut the same way form a range; each pair of ranges is one loop nest whose
// window is static, so that no kernel tests bounds.
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "../Emit/RequantEmitter.h"
#include "Kernels.h"
#include "StridedNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;

namespace {
/// One axis of a pool.
struct PoolAxis {
  int64_t input, output, kernel, stride, pad, dilation;
};

/// Outputs [from, to) whose windows are cut the same way: the first tap lies
/// at input position `start + (i - from) * stride`, followed by `taps` taps.
struct PoolRange {
  int64_t from, to, start, taps;
};
} // namespace

static SmallVector<PoolRange> splitRanges(const PoolAxis &axis) {
  SmallVector<PoolRange> ranges;
  int64_t lastSkipped = -1;
  for (int64_t i = 0; i < axis.output; ++i) {
    int64_t first = i * axis.stride - axis.pad;
    int64_t skipped =
        first < 0 ? llvm::divideCeil(-first, axis.dilation) : int64_t(0);
    int64_t end = axis.kernel;
    while (end > skipped && first + (end - 1) * axis.dilation >= axis.input)
      --end;
    int64_t taps = end - skipped;
    // A range goes on while the same taps are left out.
    if (!ranges.empty() && ranges.back().taps == taps &&
        lastSkipped == skipped) {
      ranges.back().to = i + 1;
    } else {
      ranges.push_back({i, i + 1, first + skipped * axis.dilation, taps});
      lastSkipped = skipped;
    }
  }
  return ranges;
}

/// Gets the element offsets of a window's first tap and of its output, at
/// channel 0.
using WindowFunction = function_ref<void(
    Value in, Value out, const PoolRange &rows, const PoolRange &columns)>;

static void emitWindows(KernelBuilder &kb, const PoolAxis &rowAxis,
                        const PoolAxis &columnAxis, const BufferLayout &in,
                        const BufferLayout &out, WindowFunction function) {
  StridedView from = StridedView::of(in), to = StridedView::of(out);
  SmallVector<PoolRange> rowRanges = splitRanges(rowAxis);
  SmallVector<PoolRange> columnRanges = splitRanges(columnAxis);
  kb.loop(in.shape[0], [&](Value n) {
    Value inImage = kb.add(kb.mul(n, from.strides[0]), from.origin);
    Value outImage = kb.add(kb.mul(n, to.strides[0]), to.origin);
    for (const PoolRange &rows : rowRanges)
      kb.loop(rows.to - rows.from, [&](Value y) {
        Value inRow =
            kb.add(kb.add(inImage, kb.mul(y, rowAxis.stride * from.strides[1])),
                   rows.start * from.strides[1]);
        Value outRow = kb.add(kb.add(outImage, kb.mul(y, to.strides[1])),
                              rows.from * to.strides[1]);
        for (const PoolRange &columns : columnRanges)
          kb.loop(columns.to - columns.from, [&](Value x) {
            Value inAt = kb.add(
                kb.add(inRow, kb.mul(x, columnAxis.stride * from.strides[2])),
                columns.start * from.strides[2]);
            Value outAt = kb.add(kb.add(outRow, kb.mul(x, to.strides[2])),
                                 columns.from * to.strides[2]);
            function(inAt, outAt, rows, columns);
          });
      });
  });
}

/// Folds all taps of a window into `init`: small windows unrolled, large ones
/// as loops.
static Value emitTaps(KernelBuilder &kb, const PoolRange &rows,
                      const PoolRange &columns, int64_t rowStep,
                      int64_t columnStep, Value base, Value init,
                      function_ref<Value(Value at, Value acc)> tap) {
  if (rows.taps * columns.taps <= 16) {
    for (int64_t y = 0; y < rows.taps; ++y)
      for (int64_t x = 0; x < columns.taps; ++x)
        init = tap(kb.add(base, y * rowStep + x * columnStep), init);
    return init;
  }
  auto row = [&](Value at, Value acc) {
    auto column = [&](Value x, ArrayRef<Value> carried) {
      return SmallVector<Value>{
          tap(kb.add(at, kb.mul(x, columnStep)), carried[0])};
    };
    return kb.loop(0, columns.taps, 1, acc, column)[0];
  };
  return kb.loop(0, rows.taps, 1, init, [&](Value y, ArrayRef<Value> carried) {
    return SmallVector<Value>{
        row(kb.add(base, kb.mul(y, rowStep)), carried[0])};
  })[0];
}

template <typename OpTy>
static std::pair<PoolAxis, PoolAxis> getAxes(OpTy op, const BufferLayout &in,
                                             const BufferLayout &out,
                                             ArrayRef<int64_t> dilations) {
  auto axis = [&](unsigned i) {
    return PoolAxis{in.shape[1 + i],    out.shape[1 + i], op.getKernel()[i],
                    op.getStrides()[i], op.getPads()[i],  dilations[i]};
  };
  return {axis(0), axis(1)};
}

template <>
FailureOr<KernelCall> codegen::select(fxp::MaxPool2DOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType type = StoredType::get(op.getInput().getType());
  auto [rows, columns] = getAxes(op, in, out, op.getDilations());
  KernelKey key;
  key << in << out << type << op.getKernel() << op.getStrides() << op.getPads()
      << op.getDilations();
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  PoolAxis rowAxis = rows, columnAxis = columns;
  call.kernel = std::make_shared<BuiltKernel>(
      "max_pool2d", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        OpBuilder &b = kb.getBuilder();
        TypedBuffer from = kb.view(arguments[0], type);
        TypedBuffer to = kb.view(arguments[1], type);
        int64_t rowStep = rowAxis.dilation * in.rowStride;
        int64_t columnStep = columnAxis.dilation * in.pixelStride;
        emitWindows(kb, rowAxis, columnAxis, in, out,
                    [&](Value inAt, Value outAt, const PoolRange &rows,
                        const PoolRange &columns) {
                      unsigned width = kb.chunk() / type.bytes;
                      kb.run(in.shape[3], width, [&](Value c, unsigned lanes) {
                        Value base = kb.add(inAt, c);
                        Value best =
                            emitTaps(kb, rows, columns, rowStep, columnStep,
                                     base, kb.load(from, base, lanes),
                                     [&](Value at, Value acc) {
                                       Value v = kb.load(from, at, lanes);
                                       return type.isSigned
                                                  ? arith::MaxSIOp::create(
                                                        b, kb.getLoc(), acc, v)
                                                        .getResult()
                                                  : arith::MaxUIOp::create(
                                                        b, kb.getLoc(), acc, v)
                                                        .getResult();
                                     });
                        kb.store(best, to, kb.add(outAt, c));
                      });
                    });
      });
  return call;
}

/// Returns the requantisation of one window size: channel `index` of `attr`.
static fxp::RequantAttr pickChannel(fxp::RequantAttr attr, int64_t index) {
  auto pick = [&](mlir::DenseI32ArrayAttr list) {
    if (list.size() <= 1)
      return list;
    return mlir::DenseI32ArrayAttr::get(attr.getContext(), list[index]);
  };
  return fxp::RequantAttr::get(attr.getContext(), attr.getMode(),
                               pick(attr.getMultiplier()),
                               pick(attr.getShift()), pick(attr.getOffset()),
                               pick(attr.getMin()), pick(attr.getMax()));
}

template <>
FailureOr<KernelCall> codegen::select(fxp::AvgPool2DOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  // Channels may have zero points of their own; the scale is one.
  bool perChannelZero = from.isPerAxis() && !llvm::all_equal(from.zeroPoints);
  auto [rows, columns] = getAxes(op, in, out, {1, 1});
  PoolAxis rowAxis = rows, columnAxis = columns;
  // One requantisation per window size, by the number of input positions.
  SmallVector<int64_t> counts(op.getCounts());
  SmallVector<RequantEmitter> requants;
  KernelKey key;
  key << in << out << from << to << from.zeroPoint << int64_t(perChannelZero)
      << op.getKernel() << op.getStrides() << op.getPads() << op.getCounts();
  for (size_t i = 0; i < std::max<size_t>(1, counts.size()); ++i) {
    requants.emplace_back(pickChannel(op.getRequant(), i), to);
    requants.back().addToKey(key);
  }
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes};
  if (perChannelZero) {
    std::vector<int32_t> zeros(from.zeroPoints.begin(), from.zeroPoints.end());
    call.arguments.push_back(KernelArgument::constant(toBytes<int32_t>(zeros)));
    bytes.push_back(call.arguments.back().bytes.size());
  }
  call.kernel = std::make_shared<BuiltKernel>(
      "avg_pool2d", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer target = kb.view(arguments[1], to);
        TypedBuffer zeros;
        if (perChannelZero)
          zeros = kb.view(arguments[2], 4, true);
        emitWindows(
            kb, rowAxis, columnAxis, in, out,
            [&](Value inAt, Value outAt, const PoolRange &rows,
                const PoolRange &columns) {
              int64_t positions = rows.taps * columns.taps;
              auto found = llvm::find(counts, positions);
              size_t index = found == counts.end() ? 0 : found - counts.begin();
              kb.run(in.shape[3], kb.chunk(), [&](Value c, unsigned lanes) {
                Value init = perChannelZero
                                 ? kb.muli(kb.loadWide(zeros, c, lanes),
                                           kb.splat(-positions, lanes))
                                 : kb.splat(-positions * from.zeroPoint, lanes);
                Value sum = emitTaps(
                    kb, rows, columns, in.rowStride, in.pixelStride,
                    kb.add(inAt, c), init, [&](Value at, Value acc) {
                      return kb.addi(acc, kb.loadWide(source, at, lanes));
                    });
                kb.storeNarrow(requants[index].emit(kb, sum, nullptr, {}),
                               target, kb.add(outAt, c));
              });
            });
      });
  return call;
}
