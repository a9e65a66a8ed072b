//===- DynamicKernels.cpp - scales found at run time (N13, N14) -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "../Emit/RequantEmitter.h"
#include "Elementwise.h"
#include "Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;
using arith::CmpFPredicate;

namespace {
/// f32 lanes of N13's arithmetic.
struct RangeEmitter {
  KernelBuilder &kb;

  /// The lesser or the greater one; the second where one is NaN.
  Value choose(CmpFPredicate predicate, Value x, Value y) {
    Value chosen =
        arith::CmpFOp::create(kb.getBuilder(), kb.getLoc(), predicate, x, y);
    return arith::SelectOp::create(kb.getBuilder(), kb.getLoc(), chosen, x, y);
  }
  Value less(Value x, Value y) { return choose(CmpFPredicate::OLT, x, y); }
  Value more(Value x, Value y) { return choose(CmpFPredicate::OGT, x, y); }

  Value abs(Value x) {
    return mlir::math::AbsFOp::create(kb.getBuilder(), kb.getLoc(), x);
  }
  Value sub(Value x, Value y) {
    return arith::SubFOp::create(kb.getBuilder(), kb.getLoc(), x, y);
  }
  Value div(Value x, Value y) {
    return arith::DivFOp::create(kb.getBuilder(), kb.getLoc(), x, y);
  }
  /// `x / steps`, or 1 where `x` is 0.
  Value scale(Value x, float steps) {
    Value isZero =
        arith::CmpFOp::create(kb.getBuilder(), kb.getLoc(), CmpFPredicate::OEQ,
                              x, kb.splatFloat(0, 1));
    return arith::SelectOp::create(kb.getBuilder(), kb.getLoc(), isZero,
                                   kb.splatFloat(1, 1),
                                   div(x, kb.splatFloat(steps, 1)));
  }
  /// Folds lanes, a power of two of them, into one.
  Value fold(Value lanes, function_ref<Value(Value, Value)> combine) {
    while (unsigned half = KernelBuilder::lanesOf(lanes) / 2) {
      auto part = [&](int64_t from) -> Value {
        return vector::ExtractStridedSliceOp::create(
            kb.getBuilder(), kb.getLoc(), lanes, ArrayRef<int64_t>(from),
            ArrayRef<int64_t>(half), ArrayRef<int64_t>(1));
      };
      lanes = combine(part(0), part(half));
    }
    return lanes;
  }
  /// One lane in all of `lanes`.
  Value spread(Value one, unsigned lanes) {
    return vector::BroadcastOp::create(
        kb.getBuilder(), kb.getLoc(),
        mlir::VectorType::get(
            {int64_t(lanes)},
            cast<mlir::VectorType>(one.getType()).getElementType()),
        vector::ExtractOp::create(kb.getBuilder(), kb.getLoc(), one,
                                  ArrayRef<int64_t>(0)));
  }

  /// Folds `count` neighbours, from `at` on, into one lane for each of
  /// `starts`, which are the values to start from.
  SmallVector<Value>
  foldRun(const TypedBuffer &source, Value at, int64_t count, int64_t step,
          ArrayRef<Value> starts,
          ArrayRef<function_ref<Value(Value, Value)>> combine) {
    unsigned width =
        step == 1
            ? std::min<uint64_t>(kb.chunk(), llvm::bit_floor(uint64_t(count)))
            : 1;
    SmallVector<Value> wide;
    for (Value start : starts)
      wide.push_back(spread(start, width));
    int64_t even = count / width * width;
    wide = kb.loop(0, even, width, wide, [&](Value i, ArrayRef<Value> carried) {
      Value x = kb.load(source, kb.add(at, kb.mul(i, step)), width);
      SmallVector<Value> next;
      for (auto [folded, how] : llvm::zip_equal(carried, combine))
        next.push_back(how(x, folded));
      return next;
    });
    SmallVector<Value> result;
    for (auto [lanes, how] : llvm::zip_equal(wide, combine))
      result.push_back(fold(lanes, how));
    return kb.loop(
        even, count, 1, result, [&](Value i, ArrayRef<Value> carried) {
          Value x = kb.load(source, kb.add(at, kb.mul(i, step)), 1);
          SmallVector<Value> next;
          for (auto [folded, how] : llvm::zip_equal(carried, combine))
            next.push_back(how(x, folded));
          return next;
        });
  }
};
} // namespace

/// N13 with one scale: the range, its parameters, and every element.
static void emitShared(KernelBuilder &kb, const BufferLayout &in,
                       const BufferLayout &out, ArrayRef<int64_t> pads,
                       const TypedBuffer &source, const TypedBuffer &target,
                       const TypedBuffer &parameters) {
  RangeEmitter range{kb};
  Value first = kb.index(0), second = kb.index(1), none = kb.splatFloat(0, 1);
  // The range so far lies where the parameters will.
  kb.store(none, parameters, first);
  kb.store(none, parameters, second);
  emitNest(kb, in.shape, {StridedView::of(in)}, [&](const NestRun &run) {
    auto less = [&](Value x, Value y) { return range.less(x, y); };
    auto more = [&](Value x, Value y) { return range.more(x, y); };
    SmallVector<Value> folded = range.foldRun(
        source, run.offsets[0], run.length, run.steps[0],
        {kb.load(parameters, first, 1), kb.load(parameters, second, 1)},
        {less, more});
    kb.store(folded[0], parameters, first);
    kb.store(folded[1], parameters, second);
  });
  Value lo = kb.load(parameters, first, 1), hi = kb.load(parameters, second, 1);
  Value scale = range.scale(range.sub(hi, lo), 255);
  Value zero =
      emitRoundToInteger(kb, range.sub(none, range.div(lo, scale)), 0, 255);
  kb.store(scale, parameters, first);
  kb.store(arith::SIToFPOp::create(kb.getBuilder(), kb.getLoc(),
                                   scale.getType(), zero),
           parameters, second);

  StridedView inner = StridedView::of(out);
  if (!pads.empty()) {
    emitNest(kb, out.shape, {inner}, [&](const NestRun &run) {
      kb.run(run.length, run.steps[0] == 1 ? kb.chunk() : 1,
             [&](Value at, unsigned lanes) {
               kb.storeNarrow(range.spread(zero, lanes), target,
                              kb.add(run.offsets[0], kb.mul(at, run.steps[0])));
             });
    });
    inner.origin += pads[0] * inner.strides[1] + pads[1] * inner.strides[2];
  }
  emitElementwise(
      kb, in.shape, {Box{source, StridedView::of(in)}}, Box{target, inner},
      kb.chunk(), -1, [&](ArrayRef<Value> inputs, const LaneChannels &) {
        unsigned lanes = KernelBuilder::lanesOf(inputs[0]);
        Value steps = range.div(inputs[0], range.spread(scale, lanes));
        return kb.clamp(kb.addi(emitRoundToInteger(kb, steps, -255, 255),
                                range.spread(zero, lanes)),
                        0, 255);
      });
}

/// N13 with a scale for each row.
static void emitRows(KernelBuilder &kb, const BufferLayout &in,
                     const BufferLayout &out, const TypedBuffer &source,
                     const TypedBuffer &target, const TypedBuffer &parameters) {
  RangeEmitter range{kb};
  int64_t depth = in.shape.back();
  SmallVector<int64_t> rows(ArrayRef(in.shape).drop_back());
  StridedView from = StridedView::of(in), to = StridedView::of(out),
              scales{0, StridedView::denseStrides(rows)};
  int64_t fromStep = from.strides.pop_back_val(),
          toStep = to.strides.pop_back_val();
  emitNest(kb, rows, {from, to, scales}, [&](const NestRun &run) {
    kb.loop(run.length, [&](Value row) {
      auto at = [&](unsigned i) {
        return kb.add(run.offsets[i], kb.mul(row, run.steps[i]));
      };
      Value source0 = at(0), target0 = at(1);
      auto more = [&](Value x, Value y) { return range.more(range.abs(x), y); };
      Value largest = range.foldRun(source, source0, depth, fromStep,
                                    {kb.splatFloat(0, 1)}, {more})[0];
      Value scale = range.scale(largest, 127);
      kb.store(scale, parameters, at(2));
      kb.run(depth, fromStep == 1 && toStep == 1 ? kb.chunk() : 1,
             [&](Value i, unsigned lanes) {
               Value x =
                   kb.load(source, kb.add(source0, kb.mul(i, fromStep)), lanes);
               Value steps = range.div(x, range.spread(scale, lanes));
               kb.storeNarrow(emitRoundToInteger(kb, steps, -127, 127), target,
                              kb.add(target0, kb.mul(i, toStep)));
             });
    });
  });
}

template <>
FailureOr<KernelCall> codegen::select(fxp::DynamicQuantizeOp op,
                                      Layouts operands, Layouts results,
                                      const Target &target, unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType()),
             to = StoredType::get(op.getResult().getType());
  SmallVector<int64_t> pads(op.getPads().value_or(ArrayRef<int64_t>()));
  bool perRow = op.getPerRow();
  KernelKey key;
  key << in << out << results[1] << int64_t(perRow) << pads;
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0),
                    KernelArgument::result(1)};
  call.kernel = std::make_shared<BuiltKernel>(
      "dynamic_quantize", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes,
                           results[1].bufferBytes},
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from),
                    stored = kb.view(arguments[1], to),
                    parameters = kb.view(arguments[2], from);
        if (perRow)
          emitRows(kb, in, out, source, stored, parameters);
        else
          emitShared(kb, in, out, pads, source, stored, parameters);
      });
  return call;
}

/// Appends the bytes of `values`.
template <typename T>
static void append(std::vector<char> &bytes, ArrayRef<T> values) {
  std::vector<char> more = toBytes<T>(values);
  bytes.insert(bytes.end(), more.begin(), more.end());
}

template <>
FailureOr<KernelCall> codegen::select(fxp::DynamicDequantizeOp op,
                                      Layouts operands, Layouts results,
                                      const Target &target, unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0], rows = operands[1];
  StoredType from = StoredType::get(op.getInput().getType()),
             to = StoredType::get(op.getResult().getType());
  int64_t channels = in.shape.back(), axis = int64_t(in.shape.size()) - 1;
  bool hasZero = op.getWeightSums().has_value(),
       hasBias = op.getBias().has_value();
  // One constant: rows of scales, sums of weights and biases.
  std::vector<char> constant;
  SmallVector<float> scales(channels, static_cast<float>(from.scale));
  for (auto [scale, exact] : llvm::zip(scales, from.scales))
    scale = static_cast<float>(exact);
  append<float>(constant, scales);
  if (hasZero)
    append<int32_t>(constant, *op.getWeightSums());
  if (hasBias)
    append<float>(constant, *op.getBias());

  KernelKey key;
  key << in << out << rows << int64_t(hasZero) << int64_t(hasBias);
  KernelCall call;
  SmallVector<int64_t> bytes = {in.bufferBytes, rows.bufferBytes,
                                out.bufferBytes, int64_t(constant.size())};
  call.arguments = {KernelArgument::operand(0), KernelArgument::operand(1),
                    KernelArgument::result(0),
                    KernelArgument::constant(std::move(constant))};
  call.kernel = std::make_shared<BuiltKernel>(
      "dynamic_dequantize", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        OpBuilder &b = kb.getBuilder();
        Location loc = kb.getLoc();
        Box sums{kb.view(arguments[0], from), StridedView::of(in)};
        TypedBuffer parameters = kb.view(arguments[1], to);
        TypedBuffer constants = kb.view(arguments[3], 4, true);
        // All rows share one scale and zero point, or each has its own scale.
        StridedView scaleView{0, SmallVector<int64_t>(in.shape.size(), 0)};
        if (!hasZero) {
          scaleView.strides =
              StridedView::denseStrides(ArrayRef(in.shape).drop_back());
          scaleView.strides.push_back(0);
        }
        SmallVector<Box> boxes = {sums, {parameters, scaleView}};
        if (hasZero) {
          boxes.push_back(boxes.back());
          boxes.back().view.origin = 1;
        }
        emitElementwise(
            kb, in.shape, boxes,
            Box{kb.view(arguments[2], to), StridedView::of(out)}, kb.chunk(),
            axis, [&](ArrayRef<Value> inputs, const LaneChannels &lanesOf) {
              unsigned lanes = KernelBuilder::lanesOf(inputs[0]);
              auto f32 =
                  mlir::VectorType::get({int64_t(lanes)}, b.getF32Type());
              auto real = [&](int64_t row) -> Value {
                return arith::BitcastOp::create(
                    b, loc, f32,
                    kb.loadParameter(constants, row * channels, lanesOf,
                                     lanes));
              };
              Value a = inputs[0];
              if (hasZero) {
                Value zero =
                    arith::FPToSIOp::create(b, loc, a.getType(), inputs[2]);
                zero = kb.subi(zero, kb.splat(128, lanes));
                a = kb.subi(a,
                            kb.muli(zero, kb.loadParameter(constants, channels,
                                                           lanesOf, lanes)));
              }
              Value factor = arith::MulFOp::create(b, loc, inputs[1], real(0));
              Value y = arith::MulFOp::create(
                  b, loc, arith::SIToFPOp::create(b, loc, f32, a), factor);
              if (hasBias)
                y = arith::AddFOp::create(b, loc, y, real(hasZero ? 2 : 1));
              return y;
            });
      });
  return call;
}
