//===- TileOps.h - the register-tile dialect -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_TILE_IR_TILEOPS_H
#define NARROW_DIALECT_TILE_IR_TILEOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "narrow/Support/LLVM.h"

#include "narrow/Dialect/Tile/IR/TileEnums.h.inc"

#include "narrow/Dialect/Tile/IR/TileDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "narrow/Dialect/Tile/IR/TileAttributes.h.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Tile/IR/TileOps.h.inc"

#endif // NARROW_DIALECT_TILE_IR_TILEOPS_H
