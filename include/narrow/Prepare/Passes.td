//===- Passes.td - passes that make a float model ready ----*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_PASSES_TD
#define NARROW_PREPARE_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "compute ops whose operands are all constant";
  let description = [{
    Evaluates data movement, elementwise ops, casts and reductions on constants
    of f32 and integers, in the element type's own arithmetic, and writes the
    value as a constant. Unlike upstream's folders it reads constants that are
    resources, which every large weight is.

    ```mlir
    %w = "tosa.const"() <{values = dense<[[1.0, 2.0]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
    %t = tosa.transpose %w {perms = array<i32: 1, 0>} : (tensor<1x2xf32>) -> tensor<2x1xf32>
    // becomes
    %t = "tosa.const"() <{values = dense<[[1.0], [2.0]]> : tensor<2x1xf32>}> : () -> tensor<2x1xf32>
    ```

    It does not fold values with more than `max-elements` elements, values that
    TOSA leaves undefined (division by zero, a cast of NaN to an integer), f16
    and f64, nor contractions.
  }];
  let options = [
    Option<"maxElements", "max-elements", "uint64_t", "16777216",
           "the largest number of elements of a value that is folded">
  ];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def PropagateTransposes : Pass<"propagate-transposes", "::mlir::func::FuncOp"> {
  let summary = "choose the axis order of every value so that transposes vanish";
  let description = [{
    An op such as an addition, a clamp or a concatenation means the same in any
    order of its axes. For each permutation that the function's transposes use,
    the pass decides for all such ops together whether they run in the order
    they have or in the permuted one. The decision is a minimum cut: it is the
    one that leaves the fewest transposed elements. It is taken only where
    that is strictly fewer than before, so the pass terminates.

    ```mlir
    %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
    %b = tosa.clamp %a {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
    %c = tosa.transpose %b {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
    // becomes
    %c = tosa.clamp %x {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
    ```

    Axes of concat, slice, pad, tile, reverse, softmax and reductions are
    remapped, constant operands are permuted. Ops with a fixed axis order
    (convolutions, pools, normalisations, reshapes) are left as they are; so are
    ops with more than one result and values of unknown shape.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def SimplifyMovement : Pass<"simplify-movement", "::mlir::func::FuncOp"> {
  let summary = "merge and remove transposes and reshapes that follow each other";
  let description = [{
    - two transposes become one, an identity none;
    - two reshapes become one, one to the same shape none;
    - a reshape that only splits axes moves before the transpose it follows, so
      that the transpose can merge with the next one (channel shuffle, depth to
      space);
    - a transpose and a reshape before an `nn.linear` that flatten the axes in
      another order become a reshape and weights with permuted columns;
    - with `unit-transposes-to-reshapes`, a transpose that moves only axes of
      size 1 becomes a reshape.

    ```mlir
    %t = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x1x1x8xf32>) -> tensor<1x8x1x1xf32>
    // becomes
    %s = tosa.const_shape {values = dense<[1, 8, 1, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %t = tosa.reshape %x, %s : (tensor<1x1x1x8xf32>, !tosa.shape<4>) -> tensor<1x8x1x1xf32>
    ```

    Weights that are not constant are never permuted, and nothing is moved
    past a reshape that merges axes.
  }];
  let options = [
    Option<"unitTransposesToReshapes", "unit-transposes-to-reshapes", "bool",
           "true", "write a transpose that moves only axes of size 1 as a reshape">
  ];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

#endif // NARROW_PREPARE_PASSES_TD
