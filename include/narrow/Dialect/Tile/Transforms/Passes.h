//===- Passes.h - passes of the tile dialect -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_TILE_TRANSFORMS_PASSES_H
#define NARROW_DIALECT_TILE_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "narrow/Support/LLVM.h"
#include "narrow/Target/Target.h"

namespace narrow::tile {

#define GEN_PASS_DECL
#include "narrow/Dialect/Tile/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "narrow/Dialect/Tile/Transforms/Passes.h.inc"

/// Marks `function` as code of one level: `narrow.target` for `lower-tile`, and
/// LLVM's function attributes (features, tuning, vector width, stack
/// alignment).
void setTarget(mlir::func::FuncOp function, const Target &target);

} // namespace narrow::tile

#endif // NARROW_DIALECT_TILE_TRANSFORMS_PASSES_H
