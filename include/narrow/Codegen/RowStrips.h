//===- RowStrips.h - what runs a few rows at a time -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_ROWSTRIPS_H
#define NARROW_CODEGEN_ROWSTRIPS_H

#include "narrow/Codegen/MemoryPlan.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"

namespace narrow::codegen {

/// Operations that run in strips.
struct StripChoice {
  fxp::StripGroup group;
  int64_t rows;   ///< Of the last result, in each strip.
  int64_t strips; ///< How many.
  /// The most bytes alive at once without this and later choices, and with all.
  int64_t bytesBefore = 0, bytesAfter = 0;
};

/// Returns the groups of `function` that are to run in strips, none of which
/// have an operation in common: see the pass `choose-row-strips`.
std::vector<StripChoice> chooseRowStrips(mlir::func::FuncOp function,
                                         const Islands &islands = Islands());

/// Splits the groups that `chooseRowStrips` returns, with a remark for each.
void applyRowStrips(mlir::func::FuncOp function,
                    const Islands &islands = Islands());

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_ROWSTRIPS_H
