//===- TiledEmission.h - the loops and tiles of a tiled kernel -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDEMISSION_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDEMISSION_H

#include "../WeightStorage.h"
#include "BlockPieces.h"
#include "EpilogueLookup.h"
#include "PanelScratch.h"
#include "ResidualAdd.h"
#include "StepOrder.h"
#include "TileChoice.h"
#include "TileEmitter.h"
#include "TileProduct.h"

namespace narrow::codegen {

/// Emits one tiled kernel for one level: the loops over pixels and K, the tiles
/// and their epilogues. The loops over images, groups and panels are the
/// kernel's.
class TiledEmission {
public:
  TiledEmission(TileEmitter &e, const TiledShape &shape,
                const RequantForm &form, const ParameterBlock &block,
                const ByteForm &bytes, const WeightStorage &storage,
                const std::optional<ResidualAdd> &residual,
                const std::optional<EpilogueLookup> &lookup,
                const std::optional<StepOrder> &order, ValueRange arguments,
                const Target &target,
                std::optional<TileEmitter::Share> pixelShare)
      : e(e), shape(shape), form(form), block(block), bytes(bytes),
        storage(storage), residual(residual), lookup(lookup), a(arguments[0]),
        w(arguments[1]), parameters(arguments[2]), o(arguments[order ? 4 : 3]),
        r(o), target(target), order(order),
        orderList(order ? arguments[3] : Value()), pixelShare(pixelShare),
        stepsPerLoad(TileProduct::bytesPerLoad(target, shape) / shape.group) {
    table = storage.loadTable(e.b, w);
    if (lookup || (residual && !residual->inPlace))
      r = arguments[order ? 5 : 4];
  }

  /// Lets the weights of a tile's channels be unpacked there, once for all
  /// pixels.
  void unpackInto(PanelScratch memory) { scratch.emplace(memory); }

  /// Sets the multipliers of the channels of the tiles that follow.
  void setMultipliers(TileMultipliers values) { multipliers = values; }

  /// All pixels for the channels of `vectors`. `weights`: byte of the first
  /// weight; `stepBytes`: from one stored step to the next; `slot`: of the
  /// first channel; `atA`, `atO`, `atR`: byte of the image's (and group's)
  /// first pixel, `atR` null without a residual.
  void pixels(Value atA, Value atO, Value atR, Value weights, int64_t stepBytes,
              Value slot, const TileSize &vectors, int64_t stored);

private:
  /// The same for weights that are as `w` has them.
  void tiles(Value atA, Value atO, Value atR, Value weights, int64_t stepBytes,
             Value slot, const TileSize &vectors, int64_t stored);

  /// Bytes of a tile's first pixel.
  struct Place {
    Value a, o, r;
  };

  /// What is the same for all tiles of a stretch of pixels.
  struct Tile {
    Tile(const TiledEmission &emission, const TileSize &size, Value weights,
         int64_t stepBytes, Value slot, int64_t stored)
        : size(size), weights(weights), stepBytes(stepBytes), slot(slot),
          stored(stored) {
      const TiledShape &shape = emission.shape;
      for (int64_t r = 0; r < size.rows; ++r)
        for (int64_t c = 0; c < size.cols; ++c) {
          offsetsA.push_back(r * shape.rowA + c * shape.pixelA);
          offsetsO.push_back(r * shape.rowO + c * shape.pixelO);
          offsetsR.push_back(r * shape.rowR + c * shape.pixelR);
        }
      product =
          TileProduct::create(emission.e.b, emission.target, emission.bytes,
                              shape, pixels(), size.columns);
    }
    int64_t pixels() const { return size.rows * size.cols; }

    TileSize size;
    Value weights;
    int64_t stepBytes;
    Value slot;
    int64_t stored;
    SmallVector<int64_t> offsetsA, offsetsO, offsetsR;
    std::unique_ptr<TileProduct> product;
  };

  /// The tiles of `x`, each tile's epilogue among the first steps of the next
  /// one: while few ports shift and shuffle, the others multiply.
  void overlappedTiles(const Tile &t,
                       const std::optional<TileEmitter::Share> &share,
                       const Piece &x, function_ref<Place(Value)> at);

  /// The sums of the tile at `place`, and the epilogue of the tile at `before`,
  /// whose sums are `previous`: in turn some steps and the epilogue of some
  /// pixels, requantisation apart from what follows it, so that there are
  /// products in reach while either waits for its own results.
  SmallVector<Value> overlappedSums(const Tile &t, const Place &place,
                                    const Place &before,
                                    ArrayRef<Value> previous);

  /// The runs after the first one.
  SmallVector<Value> laterRuns(const Tile &t, Value atA,
                               SmallVector<Value> sums);

  /// Sets what the products of a tile prefetch. Weights that an L2 cache does
  /// not keep from one run to the next come late for the first tile of a panel:
  /// each tile of the panel before fetches its part of every kilobyte.
  void aimPrefetch(const Tile &t, const TileSize &whole, Value row, Value col);

  SmallVector<Value> start(const Tile &t);

  /// The i64 sums of a tile whose parts of K are summed in i32: the loops from
  /// loop `depth` on.
  SmallVector<Value> longSums(const Tile &t, size_t depth, Value atA,
                              Value weights, ValueRange carried);

  /// The sums of a tile whose weights have multipliers: the loops from loop
  /// `depth` on, `piece` the number of their first piece.
  SmallVector<Value> blockSums(const Tile &t, size_t depth, Value atA,
                               Value weights, Value piece, ValueRange carried);

  /// `carried` and the multiplied sums of a piece of `size` bytes of A.
  SmallVector<Value> addPiece(const Tile &t, Value atA, Value weights,
                              Value piece, int64_t size, ValueRange carried);

  /// The biases of a tile's columns.
  SmallVector<Value> loadBias(const Tile &t);

  /// Sums that are 0, of as many columns.
  SmallVector<Value> startAtZero(const Tile &t);

  /// The finished sums of a tile's products.
  SmallVector<Value> sums(const Tile &t, const Place &place);

  /// The epilogue of `count` pixels from `first` on.
  void finish(const Tile &t, const Place &place, ArrayRef<Value> sums,
              int64_t first, int64_t count);

  SmallVector<Value> requantise(const Tile &t, ArrayRef<Value> sums);

  /// Stores pixels, their sums with the residual, or what they stand for in
  /// the table.
  void store(const Tile &t, const Place &place, SmallVector<Value> outputs,
             int64_t first, int64_t count);

  /// The loops around the runs from loop `depth` on, then the run.
  SmallVector<Value> kernelLoops(size_t depth, Value atA, Value weights,
                                 int64_t stepBytes, ValueRange carried,
                                 ArrayRef<int64_t> offsets,
                                 TileProduct &product);

  /// Steps [done, count) from the start of a run, or of a piece of it, on;
  /// `done` begins a round.
  SmallVector<Value> run(Value atA, Value weights, int64_t stepBytes,
                         ValueRange carried, ArrayRef<int64_t> offsets,
                         TileProduct &product, int64_t done, int64_t count);

  /// The safe steps by their partners, then the others, from the list of the
  /// tile's channels.
  SmallVector<Value> orderedSteps(Value atA, Value weights, int64_t stepBytes,
                                  Value slot, SmallVector<Value> accumulators,
                                  ArrayRef<int64_t> offsets,
                                  TileProduct &product);

  /// K steps [first, first + count) of those from byte `weights` on, from one
  /// load of every pixel.
  void steps(SmallVectorImpl<Value> &acc, Value atA, Value weights,
             int64_t stepBytes, int64_t first, int64_t count,
             ArrayRef<int64_t> offsets, TileProduct &product);

  /// The bits by which sums are scaled, for every lane; null where they are
  /// not.
  Value scaleBits();

  TileEmitter &e;
  const TiledShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  const ByteForm &bytes;
  WeightStorage storage; ///< Of the weights in `w`.
  const std::optional<ResidualAdd> &residual;
  const std::optional<EpilogueLookup> &lookup;
  Value a, w, parameters, o;
  Value table; ///< Of the weights, where their storage has one.
  Value r;     ///< The residual, or the lookup's constant.
  const Target &target;
  const std::optional<StepOrder> &order;
  Value orderList;
  std::optional<TileEmitter::Share> pixelShare; ///< Of rows, or of one row.
  int64_t lanes = 0;                            ///< Of the tile being emitted.
  std::optional<PanelScratch> scratch; ///< Where weights are unpacked once.
  std::optional<TileMultipliers> multipliers;
  Value ahead;            ///< From a weight to what is prefetched with it.
  int64_t linesAhead = 0; ///< Cache lines of every kilobyte.
  int64_t stepsPerLoad;   ///< Groups of K of one load of activations.
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDEMISSION_H
