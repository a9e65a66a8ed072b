//===- TileProduct.h - accumulators of a register tile ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a level holds the accumulators of a tile and adds products to them.
// Loads, loops and the epilogue are the same for all.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEPRODUCT_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEPRODUCT_H

#include "../ContractionData.h"
#include "TiledShape.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <memory>

namespace narrow::codegen {

/// The products of one tile of pixels by columns (vectors of channels), one
/// load of activations at a time.
class TileProduct {
public:
  /// Loads the bytes of one pixel for `bytesPerLoad` of K.
  using LoadPixel = function_ref<Value(int64_t pixel)>;
  /// Loads a vector of weights of a group of K: `vector` counts from the tile's
  /// first channel.
  using LoadWeights = function_ref<Value(int64_t step, int64_t vector)>;

  TileProduct(mlir::ImplicitLocOpBuilder &b, const Target &target,
              const ByteForm &bytes, const TiledShape &shape, int64_t pixels,
              int64_t columns)
      : b(b), target(target), bytes(bytes), shape(shape), pixels(pixels),
        columns(columns), safePartner(bytes.pairSafe ? 1 : 0) {}
  virtual ~TileProduct() = default;

  /// Returns the products of `target` for packed groups of `group` bytes of K.
  static std::unique_ptr<TileProduct> create(mlir::ImplicitLocOpBuilder &b,
                                             const Target &target,
                                             const ByteForm &bytes,
                                             const TiledShape &shape,
                                             int64_t pixels, int64_t columns);

  /// Bytes of A whose weights the kernel of `shape` has side by side.
  static int64_t groupBytes(const Target &target, const TiledShape &shape);
  /// Bytes of A that one load of activations holds.
  static int64_t bytesPerLoad(const Target &target, const TiledShape &shape);
  /// How much lower than they are the level reads signed words.
  static int64_t readOffset(const Target &target, const TiledShape &shape);

  /// Returns accumulators that hold the bias, one vector per column.
  virtual SmallVector<Value> start(ArrayRef<Value> bias);
  /// Adds the products of `count` groups of K.
  virtual void add(SmallVectorImpl<Value> &accumulators, int64_t count,
                   LoadPixel loadPixel, LoadWeights loadWeights);
  /// Says which partner makes all groups that follow safe in pairs (tile.dot),
  /// or 0 for none.
  void setSafePartner(int64_t partner) { safePartner = partner; }
  bool isPairSafe() const { return safePartner != 0; }
  /// Returns the sums, one vector per pixel and column, a pixel's side by side.
  virtual SmallVector<Value> finish(ArrayRef<Value> accumulators);

protected:
  /// Loads all pixels' bytes, after a barrier.
  SmallVector<Value> loadPixels(LoadPixel loadPixel);
  /// Adds the products of a pixel's group `step` of K and a vector of weights.
  virtual Value dot(Value sum, Value activations, int64_t step, Value weights);

  mlir::ImplicitLocOpBuilder &b;
  const Target &target;
  const ByteForm &bytes;
  const TiledShape &shape;
  int64_t pixels, columns;
  int64_t safePartner;
};

/// Returns the products of words: those of the level's own instructions, or of
/// their two planes of bytes where it has dot products of bytes alone.
std::unique_ptr<TileProduct> createWordProduct(mlir::ImplicitLocOpBuilder &b,
                                               const Target &target,
                                               const ByteForm &bytes,
                                               const TiledShape &shape,
                                               int64_t pixels, int64_t columns);
/// Whether words are multiplied as two planes of bytes.
bool usesPlanes(const Target &target, const TiledShape &shape);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEPRODUCT_H
