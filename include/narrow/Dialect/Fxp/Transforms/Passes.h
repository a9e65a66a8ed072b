//===- Passes.h - passes on fixed-point modules ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_TRANSFORMS_PASSES_H
#define NARROW_DIALECT_FXP_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::fxp {

/// Unit attribute of a function that is a float island.
inline constexpr llvm::StringLiteral kIslandAttribute = "narrow.island";

#define GEN_PASS_DECL
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"

/// Adds the patterns of `fxp-fold-requant`.
void populateFoldRequantPatterns(mlir::RewritePatternSet &patterns);

/// Adds the patterns of `fxp-unify-scales`.
void populateUnifyScalesPatterns(mlir::RewritePatternSet &patterns);

/// Returns whether a requantisation of `value` can be merged into the op that
/// makes it: nothing else reads it and the op has a requantisation or a table.
bool canAbsorbRequant(Value value);

/// Moves the float islands of `function` into functions of their own, as the
/// pass does.
void outlineIslands(mlir::func::FuncOp function);

#define GEN_PASS_REGISTRATION
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_TRANSFORMS_PASSES_H
