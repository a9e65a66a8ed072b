//===- ContractionEmitter.cpp - loops around register tiles ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace narrow;
using namespace narrow::floatcode;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace memref = mlir::memref;

ContractionEmitter::ContractionEmitter(fused::ContractionOp op)
    : ImplicitLocOpBuilder(op.getLoc(), op), op(op),
      geometry(Geometry::get(op)), rows(op.getTile()[0]),
      panel(op.getTile()[1]), lanes(op.getTile()[2]) {
  for (const Axis &axis : outerAxes())
    if (axis.isWindow)
      outerWindows.push_back(&axis);
  input = flatten(op.getInput());
  weights = flatten(op.getWeights());
  bias = flatten(op.getBias());
  output = flatten(op.getInit());
  for (Value other : op.getOthers())
    others.push_back(flatten(other));
}

Value ContractionEmitter::flatten(Value buffer) {
  auto type = cast<mlir::MemRefType>(buffer.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  int64_t elements = 1;
  for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides))
    elements += (size - 1) * stride;
  mlir::OpFoldResult start = getIndexAttr(offset);
  if (mlir::ShapedType::isDynamic(offset))
    start = memref::ExtractStridedMetadataOp::create(*this, buffer).getOffset();
  auto flat = mlir::MemRefType::get(
      {elements}, getF32Type(),
      mlir::StridedLayoutAttr::get(getContext(), offset, {1}));
  return memref::ReinterpretCastOp::create(
      *this, flat, buffer, start,
      ArrayRef<mlir::OpFoldResult>{getIndexAttr(elements)},
      ArrayRef<mlir::OpFoldResult>{getIndexAttr(1)});
}

Value ContractionEmitter::load(Value buffer, Value at, int64_t count) {
  return mlir::vector::LoadOp::create(*this, vectorOf(count), buffer, at);
}

Value ContractionEmitter::repeat(Value buffer, Value at, int64_t count) {
  Value scalar = memref::LoadOp::create(*this, buffer, at);
  return mlir::vector::BroadcastOp::create(*this, vectorOf(count), scalar);
}

Value ContractionEmitter::multiplyAdd(Value a, Value b, Value sum) {
  return mlir::math::FmaOp::create(*this, a, b, sum);
}

SmallVector<Chunk> ContractionEmitter::split(int64_t channels) const {
  SmallVector<Chunk> chunks;
  int64_t size = lanes;
  for (int64_t at = 0; at < channels; at += size) {
    while (size > channels - at)
      size /= 2;
    chunks.push_back({at, size});
  }
  return chunks;
}

SmallVector<Value> ContractionEmitter::emitLoop(
    Value low, Value high, int64_t step, ValueRange carried,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = mlir::scf::ForOp::create(*this, low, high, index(step), carried);
  OpBuilder::InsertionGuard guard(*this);
  // Without carried values the body has a terminator already.
  setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!carried.empty())
    mlir::scf::YieldOp::create(*this, next);
  return SmallVector<Value>(loop.getResults());
}

void ContractionEmitter::emitCounted(int64_t size, int64_t step,
                                     function_ref<void(Value)> body) {
  if (size <= step)
    return body(index(0));
  emitLoop(index(0), index(size), step, {}, [&](Value at, ValueRange) {
    body(at);
    return SmallVector<Value>();
  });
}

void ContractionEmitter::emitPanels(function_ref<void(Value, int64_t)> body) {
  int64_t whole = geometry.outputs / panel * panel;
  if (whole)
    emitCounted(whole, panel, [&](Value channel) { body(channel, panel); });
  if (whole < geometry.outputs)
    body(index(whole), geometry.outputs - whole);
}

Place ContractionEmitter::start() {
  Place place{index(0), index(0), {}, {}};
  place.others.assign(others.size(), place.input);
  return place;
}

Place ContractionEmitter::advance(const Place &place, const Axis &axis,
                                  Value by) {
  Place next = place;
  next.input = add(place.input, multiply(by, axis.input));
  next.output = add(place.output, multiply(by, axis.output));
  for (auto [other, step] : llvm::zip_equal(next.others, axis.others))
    if (step)
      other = add(other, multiply(by, step));
  if (axis.isWindow)
    next.positions.push_back(by);
  return next;
}

void ContractionEmitter::emitOuter(const Place &place,
                                   function_ref<void(const Place &)> body,
                                   unsigned depth) {
  if (depth == outerAxes().size())
    return body(place);
  const Axis &axis = outerAxes()[depth];
  emitCounted(axis.size, 1, [&](Value at) {
    emitOuter(advance(place, axis, at), body, depth + 1);
  });
}

void ContractionEmitter::emitRow(const Place &place, RowBody body) {
  const Axis &axis = row();
  auto isWhole = [&](int64_t start, int64_t count) {
    return !axis.isWindow ||
           (axis.window.isInside(start, 0) &&
            axis.window.isInside(start + count - 1, axis.window.taps - 1));
  };
  auto emitAt = [&](Value at, int64_t start, int64_t count) {
    Axis still = axis;
    // Its window is unrolled: no position is looked up later.
    still.isWindow = false;
    body(advance(place, still, at), count, splitTaps(axis, start, count));
  };
  for (int64_t start = 0; start < axis.size;) {
    int64_t count = std::min(rows, axis.size - start), end = start + count;
    if (isWhole(start, count))
      while (end + count <= axis.size && isWhole(end, count))
        end += count;
    if (end - start > count)
      emitLoop(index(start), index(end), count, {}, [&](Value at, ValueRange) {
        emitAt(at, start, count);
        return SmallVector<Value>();
      });
    else
      emitAt(index(start), start, count);
    start = end;
  }
}

SmallVector<Value> ContractionEmitter::emitOuterTaps(unsigned depth, Value at,
                                                     Value tap,
                                                     ArrayRef<Value> positions,
                                                     SmallVector<Value> sums,
                                                     TapBody body) {
  if (depth == outerWindows.size())
    return body(at, multiply(tap, row().window.taps), std::move(sums));
  const Axis &axis = *outerWindows[depth];
  const Window &window = axis.window;
  at = add(at, axis.getStart());
  Value low = index(0), high = index(window.taps);
  if (!window.isAlwaysInside(axis.size)) {
    // Input positions before the first tap's, and up to the end from there.
    Value first = multiply(positions[depth], window.stride);
    Value before = arith::MaxSIOp::create(
        *this, arith::SubIOp::create(*this, index(window.pad), first),
        index(0));
    Value after = arith::MaxSIOp::create(
        *this,
        arith::SubIOp::create(
            *this, index(window.size + window.pad + window.dilation - 1),
            first),
        index(0));
    low = arith::CeilDivSIOp::create(*this, before, index(window.dilation));
    high = arith::MinSIOp::create(
        *this, high,
        arith::DivSIOp::create(*this, after, index(window.dilation)));
  }
  return emitLoop(low, high, 1, sums, [&](Value by, ValueRange inner) {
    Value taps = add(multiply(tap, window.taps), by);
    return emitOuterTaps(depth + 1, add(at, multiply(by, axis.tap)), taps,
                         positions, SmallVector<Value>(inner), body);
  });
}

SmallVector<Value> ContractionEmitter::emitOuterTaps(const Place &place,
                                                     SmallVector<Value> sums,
                                                     TapBody body) {
  return emitOuterTaps(0, place.input, index(0), place.positions,
                       std::move(sums), body);
}

SmallVector<Value> ContractionEmitter::startSums(Value channel, int64_t count,
                                                 ArrayRef<Chunk> chunks) {
  SmallVector<Value> biases, sums;
  for (const Chunk &chunk : chunks)
    biases.push_back(load(bias, add(channel, chunk.first), chunk.lanes));
  for (int64_t r = 0; r < count; ++r)
    llvm::append_range(sums, biases);
  return sums;
}

Value ContractionEmitter::emitBody(ArrayRef<Value> arguments, int64_t count) {
  Block &body = op.getBody().front();
  mlir::IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &inner : body) {
    // Constants, here or before the op.
    for (Value operand : inner.getOperands())
      if (!mapping.contains(operand)) {
        Value scalar = operand.getParentBlock() == &body
                           ? clone(*operand.getDefiningOp())->getResult(0)
                           : operand;
        auto type = VectorType::get({count}, scalar.getType());
        mapping.map(operand,
                    mlir::vector::BroadcastOp::create(*this, type, scalar));
      }
    if (isa<arith::ConstantOp, fused::YieldOp>(inner))
      continue;
    Operation *vectors = clone(inner, mapping);
    for (mlir::OpResult result : vectors->getResults())
      result.setType(VectorType::get({count}, result.getType()));
  }
  return mapping.lookup(body.getTerminator()->getOperand(0));
}

void ContractionEmitter::emitEnd(const Place &place, Value channel,
                                 int64_t count, ArrayRef<Chunk> chunks,
                                 ArrayRef<Value> sums) {
  const Value *sum = sums.begin();
  for (int64_t r = 0; r < count; ++r)
    for (const Chunk &chunk : chunks) {
      SmallVector<Value> arguments{*sum++};
      Value first = add(channel, chunk.first);
      for (size_t i = 0; i < others.size(); ++i) {
        Value at = add(place.others[i], r * row().others[i]);
        arguments.push_back(geometry.otherChannel[i]
                                ? load(others[i], add(at, first), chunk.lanes)
                                : repeat(others[i], at, chunk.lanes));
      }
      mlir::vector::StoreOp::create(
          *this, emitBody(arguments, chunk.lanes), output,
          add(add(place.output, r * row().output), first));
    }
}
