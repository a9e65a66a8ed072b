//===- TileEmitter.cpp - emits the loops and loads of tile kernels --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace scf = mlir::scf;
namespace vector = mlir::vector;

Value TileEmitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value TileEmitter::add(Value x, Value y) {
  return arith::AddIOp::create(b, x, y, arith::IntegerOverflowFlags::nsw);
}

Value TileEmitter::add(Value x, int64_t value) {
  return value ? add(x, index(value)) : x;
}

Value TileEmitter::mul(Value x, int64_t value) {
  if (value == 1)
    return x;
  return arith::MulIOp::create(b, x, index(value),
                               arith::IntegerOverflowFlags::nsw);
}

Value TileEmitter::load(Value buffer, Value at, int64_t lanes, Type element) {
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  auto raw = VectorType::get({lanes * bytes}, b.getI8Type());
  Value v = vector::LoadOp::create(b, raw, buffer, at);
  if (element == b.getI8Type())
    return v;
  return vector::BitCastOp::create(b, VectorType::get({lanes}, element), v);
}

void TileEmitter::store(Value v, int64_t count, Value buffer, Value at) {
  auto type = cast<VectorType>(v.getType());
  int64_t bytes = type.getElementTypeBitWidth() / 8,
          total = type.getNumElements() * bytes;
  if (bytes > 1)
    v = vector::BitCastOp::create(b, VectorType::get({total}, b.getI8Type()),
                                  v);
  int64_t left = count * bytes, done = 0;
  while (left) {
    int64_t piece = left == total ? total : int64_t(1) << llvm::Log2_64(left);
    Value part = v;
    if (piece != total)
      part = vector::ExtractStridedSliceOp::create(
          b, v, ArrayRef<int64_t>{done}, ArrayRef<int64_t>{piece},
          ArrayRef<int64_t>{1});
    vector::StoreOp::create(b, part, buffer, add(at, done));
    done += piece;
    left -= piece;
  }
}

void TileEmitter::loop(int64_t begin, int64_t end, int64_t step,
                       function_ref<void(Value)> body) {
  loop(begin, end, step, {}, [&](Value iv, ValueRange) {
    body(iv);
    return SmallVector<Value>();
  });
}

/// Emits a loop that carries values.
static SmallVector<Value>
makeLoop(mlir::ImplicitLocOpBuilder &b, Value begin, Value end, Value step,
         ValueRange carried,
         function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop =
      scf::ForOp::create(b, begin, end, step, carried,
                         [](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> results =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, results);
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value>
TileEmitter::loop(int64_t begin, int64_t end, int64_t step, ValueRange carried,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  if (begin >= end)
    return llvm::to_vector(carried);
  if (end - begin <= step)
    return body(index(begin), carried);
  return makeLoop(b, index(begin), index(end), index(step), carried, body);
}

SmallVector<Value>
TileEmitter::loop(Value begin, Value end, ValueRange carried,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  return makeLoop(b, begin, end, index(1), carried, body);
}

SmallVector<Value>
TileEmitter::loop(Value begin, Value end, int64_t step, ValueRange carried,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  return makeLoop(b, begin, end, index(step), carried, body);
}

Value TileEmitter::loadIndex(Value buffer, Value at, int64_t bytes,
                             bool isSigned) {
  Value v = vector::ExtractOp::create(
      b, load(buffer, at, 1, b.getIntegerType(8 * bytes)),
      ArrayRef<int64_t>{0});
  if (isSigned)
    return arith::IndexCastOp::create(b, b.getIndexType(), v);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), v);
}

void TileEmitter::loop(const std::optional<Share> &share, int64_t begin,
                       int64_t end, int64_t step,
                       function_ref<void(Value)> body) {
  if (!share || begin >= end)
    return loop(begin, end, step, body);
  auto [first, last] = bounds(share, begin, end, step);
  auto loop = scf::ForOp::create(b, first, last, index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

std::pair<Value, Value> TileEmitter::bounds(const std::optional<Share> &share,
                                            int64_t begin, int64_t end,
                                            int64_t step) {
  if (!share)
    return {index(begin), index(end)};
  // Round r belongs to unit u where rounds * u / count <= r.
  int64_t rounds = llvm::divideCeil(end - begin, step);
  auto bound = [&](Value unit) -> Value {
    Value round = unit;
    if (rounds != share->count)
      round = arith::DivUIOp::create(b, mul(unit, rounds), index(share->count));
    return add(mul(round, step), begin);
  };
  return {bound(share->begin), bound(share->end)};
}

void TileEmitter::ifBelow(Value first, Value end, function_ref<void()> body) {
  Value below = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, first, end);
  auto op = scf::IfOp::create(b, below, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&op.getThenRegion().front());
  body();
}

TileEmitter::Parameters TileEmitter::loadParameters(const RequantForm &form,
                                                    const ParameterBlock &block,
                                                    Value parameters,
                                                    Value slot, int64_t columns,
                                                    int64_t lanes) {
  Parameters result;
  auto column = [&](int64_t section, int64_t c, int64_t entryBytes,
                    Type element) {
    Value at = add(mul(slot, entryBytes), section + c * lanes * entryBytes);
    return load(parameters, at, lanes, element);
  };
  Type multiplier = form.mode == tile::RequantMode::Q15 ? Type(b.getI16Type())
                    : form.mode == tile::RequantMode::F32
                        ? Type(b.getF32Type())
                        : Type(b.getI32Type());
  auto shifts = [&](int64_t section, int64_t c) -> Value {
    Value v = column(section, c, form.shiftBytes(),
                     b.getIntegerType(8 * form.shiftBytes()));
    if (!form.byteShifts)
      return v;
    return arith::ExtUIOp::create(b, VectorType::get({lanes}, b.getI32Type()),
                                  v);
  };
  for (int64_t c = 0; c < columns; ++c) {
    if (form.hasPreShift)
      result.preShifts.push_back(shifts(block.preShift, c));
    if (form.hasShift())
      result.shifts.push_back(shifts(block.shift, c));
    if (form.multiplierBytes())
      result.multipliers.push_back(
          column(block.multiplier, c, form.multiplierBytes(), multiplier));
  }
  auto bound = [&](bool present, int64_t section) -> Value {
    if (!present)
      return Value();
    return load(parameters, add(mul(slot, form.outputBytes), section),
                columns * lanes, b.getIntegerType(8 * form.outputBytes));
  };
  result.minimum = bound(form.hasMinimum, block.minimum);
  result.maximum = bound(form.hasMaximum, block.maximum);
  return result;
}

/// Returns the columns of each pixel side by side, lanes in their order.
static SmallVector<Value> joinColumns(mlir::ImplicitLocOpBuilder &b,
                                      ArrayRef<Value> accumulators,
                                      int64_t columns) {
  int64_t lanes =
      cast<VectorType>(accumulators.front().getType()).getNumElements();
  auto type = VectorType::get({columns * lanes}, b.getI32Type());
  SmallVector<Value> pixels;
  for (size_t first = 0; first < accumulators.size(); first += columns) {
    Value pixel = arith::ConstantOp::create(b, b.getZeroAttr(type));
    for (int64_t c = 0; c < columns; ++c)
      pixel = vector::InsertStridedSliceOp::create(
          b, accumulators[first + c], pixel, ArrayRef<int64_t>{c * lanes},
          ArrayRef<int64_t>{1});
    pixels.push_back(pixel);
  }
  return pixels;
}

SmallVector<Value> TileEmitter::requantise(const RequantForm &form,
                                           const Parameters &parameters,
                                           ArrayRef<Value> accumulators,
                                           int64_t columns,
                                           tile::LaneOrder order) {
  // Tiles have wide results where these are the sums alone.
  if (form.outputBytes == 4) {
    assert(order == tile::LaneOrder::Natural && "expected lanes in order");
    return joinColumns(b, accumulators, columns);
  }
  int64_t lanes =
      cast<VectorType>(accumulators.front().getType()).getNumElements();
  Type element = b.getIntegerType(8 * form.outputBytes);
  SmallVector<Type> types(accumulators.size() / columns,
                          VectorType::get({columns * lanes}, element));
  auto op = tile::RequantOp::create(
      b, types, accumulators, parameters.preShifts, parameters.shifts,
      parameters.multipliers, parameters.minimum, parameters.maximum, form.mode,
      order, form.zeroPoint, form.outputSigned);
  return SmallVector<Value>(op.getOutputs());
}

SmallVector<Value> TileEmitter::addResidual(const ResidualAdd &add,
                                            Value parameters, int64_t at,
                                            int64_t words,
                                            ArrayRef<Value> pixels,
                                            ArrayRef<Value> residuals) {
  ArrayRef<int64_t> shape =
      cast<VectorType>(pixels.front().getType()).getShape();
  auto type = VectorType::get(shape, b.getIntegerType(8 * add.outputBytes));
  words = std::max<int64_t>(2, std::min(words, shape.front()));
  Value multipliers = load(parameters, index(at), words, b.getI16Type());
  Value constant = load(parameters, index(at + 64), words / 2, b.getI32Type());
  Value shift = load(parameters, index(at + 128), words / 2, b.getI32Type());
  auto op = tile::AddOp::create(
      b, SmallVector<Type>(pixels.size(), type), pixels, residuals, multipliers,
      constant, shift, add.zeroPoint, add.minimum, add.maximum, add.ownSigned,
      add.residualSigned, add.outputSigned);
  return SmallVector<Value>(op.getOutputs());
}
