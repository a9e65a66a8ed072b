//===- Passes.h - passes before kernels are chosen -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_PASSES_H
#define NARROW_CODEGEN_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace narrow::codegen {

/// Unit attribute of a function that is a float island.
inline constexpr llvm::StringLiteral kIslandAttribute = "narrow.island";

#define GEN_PASS_DECL
#include "narrow/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "narrow/Codegen/Passes.h.inc"

/// Moves the float islands of `function` into functions of their own, as the
/// pass does.
void outlineIslands(mlir::func::FuncOp function);

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_PASSES_H
