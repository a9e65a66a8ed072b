//===- Passes.td - passes of the tile dialect --------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_TILE_TRANSFORMS_PASSES_TD
#define NARROW_DIALECT_TILE_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def LowerTile : Pass<"lower-tile", "::mlir::func::FuncOp"> {
  let summary = "replace tile ops by one ISA level's instructions";
  let description = [{
    The level is the function's `narrow.target` attribute (a name of the target
    table, put there by `setTarget`), or the option where it is given. A
    function with neither is left alone.

    ```mlir
    %1 = tile.dot %0, %a, %w {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
    ```
    becomes, on `avx512vnni`,
    ```mlir
    %b = vector.broadcast %x : i32 to vector<16xi32>   // %x: the four bytes
    %c = vector.bitcast %b : vector<16xi32> to vector<64xi8>
    %1 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%0, %c, %w) : (...) -> vector<16xi32>
    ```
    Every level falls back to plain `arith` and `vector` ops where it has no
    better instruction, so the lowering never fails on a verified op.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"",
           "ISA level to lower for, e.g. avx512vnni; default: the function's attribute">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

#endif // NARROW_DIALECT_TILE_TRANSFORMS_PASSES_TD
