//===- Passes.td - conversions between dialects -----------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CONVERSION_PASSES_TD
#define NARROW_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNnToLinalg : Pass<"convert-nn-to-linalg"> {
  let summary = "decompose whole float operations for float execution";
  let description = [{
    Rewrites every `nn` operation into `linalg`, `tensor`, `arith` and `math` on
    f32 tensors. Contractions become one `linalg.generic` whose innermost loop
    runs over output channels, which are contiguous in the result and, after
    constant weights have been transposed here, in the weights:

    ```mlir
    %y = nn.linear %x, %w, %b : (tensor<2x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<2x4xf32>
    ```
    becomes
    ```mlir
    %init = linalg.generic ... ins(%b) outs(%empty) // each row is the bias
    %y = linalg.generic {iterator_types = ["parallel", "reduction", "parallel"]}
           ins(%x, %wt : tensor<2x8xf32>, tensor<8x4xf32>) outs(%init : tensor<2x4xf32>)
    ```

    Products and sums are neither fused nor reordered, so that a float run gives
    the same bits on every machine up to its mathematical functions. Quantised
    values never pass through here: the pass serves float execution only. Of
    TOSA, `reduce_max` and `reduce_min` of f32 are rewritten, as loops that start
    from an infinity: upstream's start from the least or largest finite number.
    Other dialects are left alone.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

#endif // NARROW_CONVERSION_PASSES_TD
