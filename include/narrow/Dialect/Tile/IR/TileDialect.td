//===- TileDialect.td - the register-tile dialect ----------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_TILE_IR_TILEDIALECT_TD
#define NARROW_DIALECT_TILE_IR_TILEDIALECT_TD

include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::narrow::tile";
  let summary = "the steps of a kernel that differ between instruction sets";
  let description = [{
    A kernel is a loop nest of `scf`, `arith` and `vector` ops around a few
    register-tile micro-operations: multiply four bytes by four bytes into each
    32-bit lane, turn accumulators into stored outputs, and keep the compiler
    from reordering loads. Those are the ops of this dialect; `lower-tile`
    replaces them by one instruction set's intrinsics, and nothing else of a
    kernel is specific to an instruction set.
  }];
  let dependentDialects = ["::mlir::vector::VectorDialect"];
  let useDefaultAttributePrinterParser = 1;
}

#endif // NARROW_DIALECT_TILE_IR_TILEDIALECT_TD
