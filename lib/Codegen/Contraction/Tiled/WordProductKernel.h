//===- WordProductKernel.h - products of two wide activations --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What ProductKernel is for bytes: a kernel for differences from zero points
// that fit words, of any sizes, with sums of any length.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_WORDPRODUCTKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_WORDPRODUCTKERNEL_H

#include "../ContractionData.h"
#include "narrow/Codegen/Kernel.h"

namespace narrow::codegen {

/// Sizes of a batched product [batch, rows, depth] x [batch, depth, columns],
/// and how its operands are stored.
struct WordProductShape {
  int64_t batch, rows, depth, columns;
  StoredValues left, right;
  int64_t requantOffset;                      ///< Of q15; 0 in the other modes.
  int64_t leftBytes, rightBytes, outputBytes; ///< Of the buffers.
};

/// How the sums of a product stay exact.
struct WordProductSums {
  /// Words that the right operand is multiplied as: itself, or, where products
  /// of whole words fill 32 bits at once, `256 * high + low` with low in
  /// [-128, 127].
  int64_t planes = 1;
  /// Depth whose sums are i32; these are added in i64, unless it is all of the
  /// depth and `isLong` is false.
  int64_t part = 0;
  bool isLong = false;

  /// Returns the way by the operands' types alone, with parts of whole `unit`s.
  static WordProductSums get(const WordProductShape &shape, int64_t unit);
};

/// The product of two activations as words, by register tiles. A block of
/// columns is packed on the stack as words less their zero point, and so are
/// the rows of a left operand of bytes or with a zero point. Arguments: left,
/// right, parameters, result.
class WordProductKernel : public Kernel {
public:
  /// Whether there is such a kernel: a level with products of words, operands
  /// whose differences from their zero points fit words, narrow results, and a
  /// block that the first caches hold.
  static bool canDo(const WordProductShape &shape, const ContractionData &data,
                    const Target &target);

  WordProductKernel(WordProductShape shape, RequantForm requant);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  std::vector<char> packParameters(const ContractionData &data) const;

private:
  WordProductShape shape;
  RequantForm requant;
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_WORDPRODUCTKERNEL_H
