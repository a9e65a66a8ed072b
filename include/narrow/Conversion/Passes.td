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
    from an infinity: upstream's start from the least or largest finite number;
    so is `scatter`, whose rows are written one after the other. Other dialects
    are left alone.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def ConvertTosaToFxp : Pass<"convert-tosa-to-fxp", "::mlir::ModuleOp"> {
  let summary = "integer TOSA to fixed point, bit for bit";
  let description = [{
    Rewrites operations on stored integers (i8, i16, weights of i4 too) into
    `fxp` with the multipliers, shifts and zero points that the model has: what
    is computed is what the TOSA specification says, and no scale is known or
    needed (rule N28). A `rescale` becomes the requantisation of what is in front
    of it.

    ```mlir
    %a = tosa.conv2d %x, %w, %b, %zx, %zw ... -> tensor<1x4x4x2xi32>
    %y = tosa.rescale %a, %m, %s, %z0, %zy {rounding_mode = DOUBLE_ROUND, ...} -> tensor<1x4x4x2xi8>
    ```
    becomes
    ```mlir
    %q = fxp.from_integers %x : tensor<1x4x4x3xi8> -> tensor<1x4x4x3x!quant.uniform<i8:f32, 1.0:5>>
    %r = fxp.conv2d %q, %0, %1 <mode = q31_double, multiplier = [...], shift = [...], given = true> ...
    %y = fxp.to_integers %r : tensor<1x4x4x2x!quant.uniform<i8:f32, 1.0>> -> tensor<1x4x4x2xi8>
    ```

    Values between operations stay plain integers, so that whatever has no form
    in fixed point (chains on i32, `argmax`, comparisons, floats) remains TOSA
    and is computed by plain loops (N70); a remark names each. Shapes are static.
    Errors: parameters of a rescale that are not constant or out of range,
    accumulators of 48 bits that no rescale reads, operations that neither form
    has.
  }];
  let dependentDialects = ["::narrow::fxp::FxpDialect", "::mlir::quant::QuantDialect"];
}

#endif // NARROW_CONVERSION_PASSES_TD
