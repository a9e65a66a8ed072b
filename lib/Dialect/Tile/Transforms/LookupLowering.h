//===- LookupLowering.h - tables of bytes in registers ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DIALECT_TILE_TRANSFORMS_LOOKUPLOWERING_H
#define NARROW_LIB_DIALECT_TILE_TRANSFORMS_LOOKUPLOWERING_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Target/Target.h"

namespace narrow::tile {

/// Returns what `op` computes, in the best way that `target` has.
Value lowerLookup(mlir::ImplicitLocOpBuilder &b, LookupOp op,
                  const Target &target);

} // namespace narrow::tile

#endif // NARROW_LIB_DIALECT_TILE_TRANSFORMS_LOOKUPLOWERING_H
