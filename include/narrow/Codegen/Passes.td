//===- Passes.td - passes before kernels are chosen --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_PASSES_TD
#define NARROW_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def OutlineIslands : Pass<"outline-islands", "::mlir::ModuleOp"> {
  let summary = "move what is not fixed point into functions of its own";
  let description = [{
    A float island is a connected region of operations that are not `fxp`
    (TOSA and `nn`), with the constants that they read. Each becomes a private
    function with the attribute `narrow.island` and one call of it.

    ```mlir
    %1 = fxp.dequantize %0 ...
    %2 = nn.layer_norm %1, %scale, %offset ...
    %3 = nn.unary gelu %2 ...
    %4 = fxp.quantize %3 ...
    ```
    becomes
    ```mlir
    %1 = fxp.dequantize %0 ...
    %2 = call @island0(%1) ...
    %3 = fxp.quantize %2 ...
    ```

    Two operations are of one island if a path of operations that are not `fxp`
    joins them and none between them leads through `fxp`: the more often
    producers change between the two kinds, the later the island. Where an island
    must come after a fixed-point operation that it stood before, operations
    are sorted again.

    Functions with several blocks are left alone.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

#endif // NARROW_CODEGEN_PASSES_TD
