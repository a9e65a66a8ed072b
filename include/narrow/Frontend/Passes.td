//===- Passes.td - passes that bring models in ------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FRONTEND_PASSES_TD
#define NARROW_FRONTEND_PASSES_TD

include "mlir/Pass/PassBase.td"

def ImportLinalg : Pass<"import-linalg", "::mlir::func::FuncOp"> {
  let summary = "models in linalg on tensors as the float level";
  let description = [{
    Raises what torch-mlir and other compilers lower a network to (`linalg`,
    `tensor`, `arith`, `math` on tensors of static shape) to TOSA and `nn`:

    | from | to |
    |---|---|
    | sums of products of two operands, named or generic | `nn.linear` where one is constant, else `nn.matmul` |
    | convolutions of one or two axes, any axis order, groups, depthwise | `nn.conv2d`; `nn.transposed_conv2d` where zeros lie between the elements |
    | pools by sum, maximum, minimum | `nn.avg_pool2d`, `nn.max_pool2d` |
    | elementwise loop nests, with broadcasts and permutations | operation by operation of their region |
    | reductions by sum, product, maximum, minimum, place of the maximum | `tosa.reduce_*`, `tosa.argmax` |
    | pads, slices, inserted slices, reshapes, concatenations | `tosa` |
    | `tensor.extract` at computed positions | slices and `tosa.gather` |

    ```mlir
    %e = tensor.empty() : tensor<2x32xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x32xf32>) -> tensor<2x32xf32>
    %y = linalg.matmul ins(%x, %w : tensor<2x16xf32>, tensor<16x32xf32>) outs(%f : tensor<2x32xf32>) -> tensor<2x32xf32>
    // becomes
    %y = nn.linear %x, %wt, %zeros {narrow.name = "net.py:12/matmul"}
      : (tensor<2x16xf32>, tensor<32x16xf32>, tensor<32xf32>) -> tensor<2x32xf32>
    ```

    What is constant is computed here. A comparison whose sides are then chosen
    from is a maximum or minimum, and a NaN stays NaN in it; a sum that is
    divided by its number of terms is a mean. What is computed with f64 is done
    in f32 (remark `[f64-as-f32]`); an assertion that is not known to hold is not
    checked (remark `[unchecked]`).

    A value is called by the name in its location, else by file, line and what
    made it; a number is appended where that is taken.

    Errors, each at the operation: dynamic shapes, indexing maps of other than
    single loops or windows, element types other than f32, f64, i1, i32 and i64,
    windows along more than two axes, operations of other dialects.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect", "::narrow::nn::NnDialect"];
}

#endif // NARROW_FRONTEND_PASSES_TD
