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
#include <map>
#include <set>

namespace narrow::codegen {

/// Emits the columns of one pass over one block (or one flat row).
class ColumnsEmission {
public:
  ColumnsEmission(TileEmitter &e, const DepthwiseShape &shape,
                  const RequantForm &form, const ParameterBlock &block,
                  const ByteForm &multiply, const DepthwisePlan &plan,
                  const DepthwisePass &pass, const DepthwiseBlocks &blocks,
                  const std::optional<EpilogueLookup> &lookup,
                  ValueRange arguments, const Target &target)
      : e(e), shape(shape), form(form), block(block), multiply(multiply),
        plan(plan), pass(pass), blocks(blocks), tile(plan.tile), lookup(lookup),
        a(arguments[0]), w(arguments[1]), parameters(arguments[2]),
        o(arguments[3]), table(lookup ? arguments[4] : Value()), target(target),
        width(blocks.width),
        bytes(mlir::VectorType::get({width}, e.b.getI8Type())),
        lanes(mlir::VectorType::get({width / 4}, e.b.getI32Type())) {
    step = blocks.flat ? width : shape.strideX * shape.pixelA;
    stepO = blocks.flat ? width * shape.outputBytes : shape.pixelO;
  }

  /// `atA`, `atO`: byte of the first column's first row and first channel;
  /// `vector`: the block's number.
  void emit(Value atA, Value atO, Value vector);

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

  int64_t offset(const QuadPlan::Use &use, int64_t col) const;

  /// The quads that the next tile uses too.
  void findShared(int64_t cols);

  Value row(Columns &columns, int64_t row, int64_t at);

  /// Interleaves the low or high halves of every 16-byte lane.
  Value unpack(Value x, Value y, int64_t n, bool high);

  ArrayRef<Value> quads(Columns &columns, const Key &key);

  /// The byte of a pattern's weights for a group of channels.
  Value weightsOf(int64_t phase, int64_t group, unsigned pattern);

  SmallVector<Value> loadWeights(int64_t phase, int64_t group);

  /// Adds the products of a group to the sums of all columns and rows, by
  /// words: each quad is widened once, and serves all sums that it is part of
  /// before the next one.
  void addWords(Columns &columns, int64_t group, int64_t cols,
                MutableArrayRef<Value> accumulators);

  SmallVector<Value> emitTile(Value atA, Value atO, ValueRange carried,
                              int64_t cols, int64_t lastStored);

  TileEmitter &e;
  const DepthwiseShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  const ByteForm &multiply;
  const DepthwisePlan &plan;
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
