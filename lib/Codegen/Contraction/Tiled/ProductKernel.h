//===- ProductKernel.h - products of two activations -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_PRODUCTKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_PRODUCTKERNEL_H

#include "../ContractionData.h"
#include "narrow/Codegen/Kernel.h"

namespace narrow::codegen {

/// Sizes of a batched product [batch, rows, depth] x [batch, depth, columns] of
/// bytes, and how they are stored.
struct ProductShape {
  int64_t batch, rows, depth, columns;
  bool leftSigned, rightSigned;
  int64_t leftZero, rightZero;
  int64_t requantOffset;                      ///< Of q15; 0 in the other modes.
  int64_t leftBytes, rightBytes, outputBytes; ///< Of the buffers.
};

/// The product of two activations of bytes by register tiles.
///
/// For a block of columns, the right operand is packed into a scratch on the
/// stack as four rows of a column side by side, which is what `tile.dot` reads,
/// and its columns are summed; then tiles of rows go over the block. Zero
/// points are taken out of the sums:
///
///     sum (l - zl)(r - zr) = sum l*r - zr * sum l - zl * sum r + depth*zl*zr
///
/// (modulo 2^32, in which the result is exact). Arguments: left, right,
/// parameters, result.
class ProductKernel : public Kernel {
public:
  /// Whether there is such a kernel: a level with a dot product of bytes (or
  /// what stands for one), columns in whole sixteens, whole quads of depth, and
  /// a block that the first cache holds.
  static bool canDo(const ProductShape &shape, const Target &target);

  ProductKernel(ProductShape shape, RequantForm requant);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  std::vector<char> packParameters(const ContractionData &data) const;

private:
  ProductShape shape;
  RequantForm requant;
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_PRODUCTKERNEL_H
