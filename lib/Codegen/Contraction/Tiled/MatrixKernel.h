//===- MatrixKernel.h - contractions by a matrix unit ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_MATRIXKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_MATRIXKERNEL_H

#include "TiledKernel.h"
#include <optional>

namespace narrow::codegen {

/// The matrices that cover a contraction.
struct MatrixPlan {
  int64_t pixels;      ///< Rows of a matrix of activations, 1 to 16.
  int64_t columns = 2; ///< Matrices of channels side by side.
  int64_t steps;       ///< K steps of four bytes of a matrix, 1 to 16.

  /// Returns the plan if the level has a matrix unit and its matrices are at
  /// least half full: the K steps of a run divide into equal parts of 8 to 16,
  /// rows have 8 pixels, and activations are read as they are stored. Packed
  /// weights have to fit the stack once unpacked.
  static std::optional<MatrixPlan> get(const TiledShape &shape,
                                       const ByteForm &bytes,
                                       const WeightStorage &storage,
                                       const Target &target);
};

/// A contraction by tile.matrix_block: up to two matrices of pixels of a row by
/// up to two of 16 channels. The weights and parameters are those of a
/// TiledKernel, to the byte. The sums pass through 4 KB of stack; packed
/// weights of two matrices' channels are unpacked into 128 KB at the most.
class MatrixKernel : public TiledKernel {
public:
  MatrixKernel(TiledShape shape, RequantForm form, ByteForm bytes,
               WeightStorage storage, MatrixPlan plan)
      : TiledKernel(std::move(shape), std::move(form), bytes, storage),
        plan(plan) {}

  std::string name() const override;
  int64_t parallelUnits(const Target &target) const override;
  bool hasSmallerTile(const Target &target) const override { return false; }
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

private:
  MatrixPlan plan;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_MATRIXKERNEL_H
