//===- NormalizeEmitter.h - emits the parts of N45 -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_NORMALIZEEMITTER_H
#define NARROW_LIB_CODEGEN_KERNELS_NORMALIZEEMITTER_H

#include "../Emit/KernelBuilder.h"

namespace narrow::codegen {

/// The integers of N45.
struct NormalizeConstants {
  int64_t length, epsilon, spreadShift, inputShift, multiplierBits,
      fractionBits, shift;
  bool centred, narrowMultiplier, narrowResult, narrowSquares;
  int64_t mostInput; ///< Largest |q - z|.
};

/// What is computed once for each row: vectors of one lane for each row, of
/// i32, or of i64 where the product with the multiplier is wide.
struct NormalizeRow {
  Value mean, multiplier, half, shift;
};

/// Emits the parts of N45 in the lanes of its operands.
class NormalizeEmitter {
public:
  NormalizeEmitter(KernelBuilder &kb, const NormalizeConstants &p,
                   StoredType to)
      : kb(kb), b(kb.getBuilder()), loc(kb.getLoc()), p(p), to(std::move(to)) {}

  NormalizeRow summarise(Value sum, Value squares);
  /// Returns results, i32, of inputs (zero point subtracted), scales and
  /// offsets.
  Value apply(Value x, const NormalizeRow &row, Value scale, Value offset);

private:
  /// Returns `value` in the lanes of `v`.
  Value like(Value v, int64_t value);
  Value shl(Value v, int64_t amount);
  Value shru(Value v, int64_t amount);
  Value bitLength(Value v);
  Value squareRoot(Value v);

  KernelBuilder &kb;
  OpBuilder &b;
  Location loc;
  const NormalizeConstants &p;
  StoredType to;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_NORMALIZEEMITTER_H
