//===- DepthwiseColumns.h - the columns of a depthwise pass ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISECOLUMNS_H
#define NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISECOLUMNS_H

#include "../Tiled/EpilogueLookup.h"
#include "../Tiled/TileEmitter.h"
#include "DepthwisePlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <map>
#include <set>

namespace narrow::codegen {

/// Emits the columns of one pass over one block (or one flat row).
class ColumnsEmission {
public:
  ColumnsEmission(TileEmitter &e, const DepthwiseShape &shape,
                  const RequantForm &form, const ParameterBlock &block,
                  const ByteForm &multiply, const DepthwisePass &pass,
                  const DepthwiseBlocks &blocks, const DepthwiseTile &tile,
                  const std::optional<EpilogueLookup> &lookup,
                  ValueRange arguments, const Target &target)
      : e(e), shape(shape), form(form), block(block), multiply(multiply),
        pass(pass), blocks(blocks), tile(tile), lookup(lookup), a(arguments[0]),
        w(arguments[1]), parameters(arguments[2]), o(arguments[3]),
        table(lookup ? arguments[4] : Value()), target(target),
        width(blocks.width),
        bytes(mlir::VectorType::get({width}, e.b.getI8Type())),
        lanes(mlir::VectorType::get({width / 4}, e.b.getI32Type())) {
    step = blocks.flat ? width : shape.strideX * shape.pixelA;
    stepO = blocks.flat ? width * shape.outputBytes : shape.pixelO;
  }

  /// `atA`, `atO`: byte of the first column's first row and first channel;
  /// `vector`: the block's number.
  void emit(Value atA, Value atO, Value vector) {
    int64_t perVector = pass.quads.countUses() * tile.useBytes(width);
    weightsAt =
        e.add(e.mul(vector, blocks.phases * 4 * perVector), blocks.weights);
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

private:
  using Key =
      std::pair<unsigned, int64_t>; ///< Kind of quad, byte offset in its rows.

  /// What a tile has loaded and interleaved, made when first asked for.
  struct Columns {
    explicit Columns(Value at) : at(at) {}
    Value at;
    std::map<std::pair<int64_t, int64_t>, Value> rows;
    std::map<Key, SmallVector<Value>> quads;
  };

  int64_t offset(const QuadPlan::Use &use, int64_t col) const {
    return col * step + use.col * shape.pixelA;
  }

  /// The quads that the next tile uses too.
  void findShared(int64_t cols) {
    std::set<Key> needed;
    for (int64_t col = 0; col < cols; ++col)
      for (const SmallVector<QuadPlan::Use> &row : pass.quads.uses)
        for (const QuadPlan::Use &use : row)
          needed.insert({use.kind, offset(use, col)});
    for (const Key &key : needed)
      if (needed.count({key.first, key.second + cols * step}))
        shared.push_back(key);
  }

  Value row(Columns &columns, int64_t row, int64_t at) {
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

  /// Interleaves the low or high halves of every 16-byte lane.
  Value unpack(Value x, Value y, int64_t n, bool high) {
    int64_t lane = 16 * n / width;
    SmallVector<int64_t> mask;
    for (int64_t l = 0; l < n; l += lane)
      for (int64_t i = 0; i < lane / 2; ++i)
        for (int64_t from : {int64_t(0), n})
          mask.push_back(from + l + high * lane / 2 + i);
    return mlir::vector::ShuffleOp::create(e.b, x, y, mask);
  }

  ArrayRef<Value> quads(Columns &columns, const Key &key) {
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

  SmallVector<Value> loadWeights(int64_t phase, int64_t group) {
    int64_t uses = pass.quads.countUses();
    SmallVector<Value> result;
    for (int64_t use = 0; use < uses; ++use)
      result.push_back(e.load(
          w, e.add(weightsAt, ((phase * 4 + group) * uses + use) * width),
          width, e.b.getI8Type()));
    return result;
  }

  /// Adds the products of a group to the sums of all columns and rows, by
  /// words: each quad is widened once, and serves all sums that it is part of
  /// before the next one.
  void addWords(Columns &columns, int64_t group, int64_t cols,
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
      Value quad = mlir::vector::BitCastOp::create(e.b, words,
                                                   quads(columns, key)[group]);
      Value halves[] = {mlir::arith::AndIOp::create(e.b, quad, low),
                        mlir::arith::ShRUIOp::create(e.b, quad, eight)};
      for (const Product &p : uses) {
        Value &acc = accumulators[(p.col * pass.rows + p.row) * 4 + group];
        int64_t before =
            (p.col % blocks.phases * 4 + group) * pass.quads.countUses() +
            p.use;
        for (auto [half, value] : llvm::enumerate(halves)) {
          Value weights =
              e.load(w, e.add(weightsAt, (2 * before + half) * width),
                     width / 2, e.b.getI16Type());
          acc = tile::WordDotOp::create(e.b, lanes, acc, value, weights);
        }
      }
    }
  }

  SmallVector<Value> emitTile(Value atA, Value atO, ValueRange carried,
                              int64_t cols, int64_t lastStored) {
    // Weights that no register can hold over the columns are loaded in pairs
    // here, rather than hoisted and reloaded one by one from the stack. The
    // quads of a 5x5 window fill the registers: there it is the other way
    // round.
    // Widened weights are operands in memory.
    if (tile.words ||
        (target.family == Family::AArch64 && shape.kernelRows < 5))
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
                       ArrayRef(accumulators).slice(col * rows * 4, rows * 4),
                       4, tile::LaneOrder::Interleaved);
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

  TileEmitter &e;
  const DepthwiseShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  const ByteForm &multiply;
  const DepthwisePass &pass;
  const DepthwiseBlocks &blocks;
  const DepthwiseTile &tile;
  const std::optional<EpilogueLookup> &lookup;
  Value a, w, parameters, o, table;
  const Target &target;
  int64_t width; ///< Bytes of a vector.
  mlir::VectorType bytes, lanes;
  int64_t step, stepO; ///< Bytes from one column (flat: vector) to the next.
  Value weightsAt, slot;
  SmallVector<Key> shared;
  std::vector<TileEmitter::Parameters> requant; ///< Of each phase.
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISECOLUMNS_H
