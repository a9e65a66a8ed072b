//===- DepthwiseColumns.cpp - the columns of a depthwise pass -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthwiseColumns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;

void ColumnsEmission::emit(Value atA, Value atO, Value vector) {
  auto perGroup = static_cast<int64_t>(plan.patterns.size()) * width;
  weightsAt =
      e.add(e.mul(vector, blocks.phases * 4 * perGroup), blocks.weights);
  slot = e.add(e.mul(vector, blocks.phases * width), blocks.slot);
  int64_t total = blocks.flat ? shape.cols * shape.channels : 0;
  int64_t count = blocks.flat ? llvm::divideCeil(total, width) : shape.cols;
  int64_t lastStored =
      blocks.flat ? total - (count - 1) * width : blocks.stored;
  int64_t cols =
      std::max<int64_t>(1, tile.cols / blocks.phases) * blocks.phases;
  // A last vector that is partly stored has a tile of its own.
  int64_t whole =
      (lastStored < blocks.stored ? count - 1 : count) / cols * cols;

  findShared(cols);
  for (int64_t phase = 0; phase < blocks.phases; ++phase)
    requant.push_back(e.loadParameters(
        form, block, parameters, e.add(slot, phase * width), 4, width / 4));
  SmallVector<Value> carried;
  if (whole) {
    Columns before(atA);
    for (const Key &key : shared)
      llvm::append_range(carried, quads(before, key));
  }
  carried = e.loop(0, whole, cols, carried, [&](Value x, ValueRange values) {
    return emitTile(e.add(atA, e.mul(x, step)), e.add(atO, e.mul(x, stepO)),
                    values, cols, blocks.stored);
  });
  if (whole != count)
    emitTile(e.add(atA, whole * step), e.add(atO, whole * stepO), carried,
             count - whole, lastStored);
}

int64_t ColumnsEmission::offset(const QuadPlan::Use &use, int64_t col) const {
  return col * step + use.col * shape.pixelA;
}

void ColumnsEmission::findShared(int64_t cols) {
  std::set<Key> needed;
  for (int64_t col = 0; col < cols; ++col)
    for (const SmallVector<QuadPlan::Use> &row : pass.quads.uses)
      for (const QuadPlan::Use &use : row)
        needed.insert({use.kind, offset(use, col)});
  for (const Key &key : needed)
    if (needed.count({key.first, key.second + cols * step}))
      shared.push_back(key);
}

Value ColumnsEmission::row(Columns &columns, int64_t row, int64_t at) {
  Value &v = columns.rows[{row, at}];
  if (v)
    return v;
  v = e.load(a, e.add(columns.at, row * shape.rowA + at), width,
             e.b.getI8Type());
  if (multiply.flip) {
    Value top = mlir::arith::ConstantOp::create(
        e.b, DenseElementsAttr::get(bytes, e.b.getI8IntegerAttr(-128)));
    v = mlir::arith::XOrIOp::create(e.b, v, top);
  }
  return v;
}

Value ColumnsEmission::unpack(Value x, Value y, int64_t n, bool high) {
  int64_t lane = 16 * n / width;
  SmallVector<int64_t> mask;
  for (int64_t l = 0; l < n; l += lane)
    for (int64_t i = 0; i < lane / 2; ++i)
      for (int64_t from : {int64_t(0), n})
        mask.push_back(from + l + high * lane / 2 + i);
  return mlir::vector::ShuffleOp::create(e.b, x, y, mask);
}

ArrayRef<Value> ColumnsEmission::quads(Columns &columns, const Key &key) {
  SmallVector<Value> &made = columns.quads[key];
  if (!made.empty())
    return made;
  const QuadPlan::Kind &kind = pass.quads.kinds[key.first];
  SmallVector<Value> rows;
  for (const WindowPlace &place : kind)
    rows.push_back(
        row(columns, place.row, key.second + place.col * shape.pixelA));
  auto words = mlir::VectorType::get({width / 2}, e.b.getI16Type());
  for (bool half : {false, true}) {
    Value low = mlir::vector::BitCastOp::create(
        e.b, words, unpack(rows[0], rows[1], width, half));
    Value high = mlir::vector::BitCastOp::create(
        e.b, words, unpack(rows[2], rows[3], width, half));
    for (bool quarter : {false, true})
      made.push_back(mlir::vector::BitCastOp::create(
          e.b, bytes, unpack(low, high, width / 2, quarter)));
  }
  return made;
}

Value ColumnsEmission::weightsOf(int64_t phase, int64_t group,
                                 unsigned pattern) {
  auto count = static_cast<int64_t>(plan.patterns.size());
  return e.add(weightsAt, ((phase * 4 + group) * count + pattern) * width);
}

SmallVector<Value> ColumnsEmission::loadWeights(int64_t phase, int64_t group) {
  SmallVector<Value> result;
  for (ArrayRef<unsigned> use : pass.patterns)
    result.push_back(e.load(w, weightsOf(phase, group, use.front()), width,
                            e.b.getI8Type()));
  return result;
}

void ColumnsEmission::addWords(Columns &columns, int64_t group, int64_t cols,
                               MutableArrayRef<Value> accumulators) {
  struct Product {
    int64_t col, row, use;
  };
  std::map<Key, SmallVector<Product>> products;
  for (int64_t col = 0; col < cols; ++col)
    for (int64_t r = 0, i = 0; r < pass.rows; ++r)
      for (const QuadPlan::Use &use : pass.quads.uses[r])
        products[{use.kind, offset(use, col)}].push_back({col, r, i++});
  auto words = mlir::VectorType::get({width / 2}, e.b.getI16Type());
  auto splat = [&](int64_t value) {
    return mlir::arith::ConstantOp::create(
        e.b, DenseElementsAttr::get(words, e.b.getI16IntegerAttr(value)));
  };
  Value low = splat(0xff), eight = splat(8);
  for (const auto &[key, uses] : products) {
    Value quad =
        mlir::vector::BitCastOp::create(e.b, words, quads(columns, key)[group]);
    Value halves[] = {mlir::arith::AndIOp::create(e.b, quad, low),
                      mlir::arith::ShRUIOp::create(e.b, quad, eight)};
    for (const Product &p : uses) {
      Value &acc = accumulators[(p.col * pass.rows + p.row) * 4 + group];
      for (auto [pattern, value] :
           llvm::zip_equal(pass.patterns[p.use], halves)) {
        Value at = weightsOf(p.col % blocks.phases, group, pattern);
        Value weights = e.load(w, at, width / 2, e.b.getI16Type());
        acc = tile::WordDotOp::create(e.b, lanes, acc, value, weights);
      }
    }
  }
}

SmallVector<Value> ColumnsEmission::emitTile(Value atA, Value atO,
                                             ValueRange carried, int64_t cols,
                                             int64_t lastStored) {
  // Weights that no register can hold over the columns are loaded in pairs
  // here, rather than hoisted and reloaded one by one from the stack. The
  // quads of a 5x5 window fill the registers: there it is the other way
  // round.
  // Widened weights are operands in memory.
  if (tile.words || (target.family == Family::AArch64 && shape.kernelRows < 5))
    tile::BarrierOp::create(e.b);
  Columns columns(atA);
  for (auto [i, key] : llvm::enumerate(shared))
    if (!carried.empty())
      columns.quads[key] = SmallVector<Value>(carried.slice(4 * i, 4));
  int64_t rows = pass.rows;
  SmallVector<Value> accumulators(cols * rows * 4);
  // One group at a time: a weight is loaded once for all columns.
  for (int64_t group = 0; group < 4; ++group) {
    SmallVector<Value> bias;
    for (int64_t phase = 0; phase < std::min(blocks.phases, cols); ++phase) {
      Value at =
          e.add(e.mul(slot, 4), 4 * (phase * width + group * (width / 4)));
      bias.push_back(e.load(parameters, at, width / 4, e.b.getI32Type()));
    }
    if (tile.words) {
      for (int64_t i = 0; i < cols * rows; ++i)
        accumulators[4 * i + group] = bias[i / rows % blocks.phases];
      addWords(columns, group, cols, accumulators);
      continue;
    }
    SmallVector<SmallVector<Value>> weights;
    for (int64_t phase = 0; phase < std::min(blocks.phases, cols); ++phase)
      weights.push_back(loadWeights(phase, group));
    for (int64_t col = 0; col < cols; ++col)
      for (int64_t r = 0, i = 0; r < rows; ++r) {
        Value acc = bias[col % blocks.phases];
        for (const QuadPlan::Use &use : pass.quads.uses[r]) {
          Value quad = quads(columns, {use.kind, offset(use, col)})[group];
          acc = tile::DotOp::create(
              e.b, lanes, acc, quad, weights[col % blocks.phases][i++],
              mlir::IntegerAttr(), target.signedActivations,
              multiply.narrowWeights);
        }
        accumulators[(col * rows + r) * 4 + group] = acc;
      }
  }
  for (int64_t col = 0; col < cols; ++col) {
    SmallVector<Value> outputs =
        e.requantise(form, requant[col % blocks.phases],
                     ArrayRef(accumulators).slice(col * rows * 4, rows * 4), 4,
                     tile::LaneOrder::Interleaved);
    int64_t stored = col + 1 == cols ? lastStored : blocks.stored;
    SmallVector<Value> at;
    for (int64_t r = 0; r < rows; ++r)
      at.push_back(e.add(atO, r * shape.rowO + col * stepO));
    storePixels(e, target, lookup, table, outputs,
                e.add(slot, col % blocks.phases * width), stored, o, at);
  }
  SmallVector<Value> next;
  for (const Key &key : shared)
    llvm::append_range(next,
                       quads(columns, {key.first, key.second + cols * step}));
  return next;
}
