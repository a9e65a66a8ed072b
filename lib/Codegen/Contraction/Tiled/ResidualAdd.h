//===- ResidualAdd.h - an addition in a contraction's epilogue --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_RESIDUALADD_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_RESIDUALADD_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include <string>
#include <vector>

namespace narrow::codegen {

/// The numbers of a `fxp.add` (N40) of a contraction's requantised result, its
/// own side, and a tensor in memory, the residual:
///
///     clamp(((own * m_own + residual * m_residual + constant) >> shift) +
///     zero)
struct ResidualAdd {
  bool ownSigned = false, residualSigned = false, outputSigned = false;
  unsigned residualBytes = 1, outputBytes = 1;
  int32_t ownMultiplier = 0, residualMultiplier = 0;
  int32_t constant = 0; ///< Rounding less both zero points, modulo 2^32.
  int32_t shift = 0, zeroPoint = 0, minimum = 0, maximum = 0;
  /// The residual is overwritten by the result, element by element.
  bool inPlace = false;

  /// `residual`: the operand of `op` that is the residual.
  static ResidualAdd get(fxp::AddOp op, unsigned residual, bool inPlace);
  static constexpr int64_t kBlockBytes = 3 * 64;
  std::vector<char> pack() const;
  /// Returns what the code depends on.
  std::string key() const;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_RESIDUALADD_H
