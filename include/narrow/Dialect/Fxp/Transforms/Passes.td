//===- Passes.td - passes on fixed-point modules -----------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_TRANSFORMS_PASSES_TD
#define NARROW_DIALECT_FXP_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FxpChooseStorage : Pass<"fxp-choose-storage"> {
  let summary = "name the narrowest code that holds the weights of a layer";
  let description = [{
    Writes `storage` on the constant weights of contractions (rule N4): `i2` where
    every weight is from -2 to 1, else `i4` where every weight is from -8 to 7.
    Results are the same bits. Nothing is written on weights that other ops read,
    that have a zero point, or that name a storage already. Tables (`lut4`) are
    named by who makes such weights.

    ```mlir
    %w = fxp.constant dense<[[1, -2]]> : tensor<1x2xi8> -> tensor<1x2x!quant.uniform<i8:f32, 0.5>>
    ```
    becomes
    ```mlir
    %w = fxp.constant dense<[[1, -2]]> : tensor<1x2xi8> -> tensor<1x2x!quant.uniform<i8:f32, 0.5>> {storage = #fxp.storage<i2>}
    ```

    Kernels that read no packed weights say so when they are made.
  }];
}

def FxpFoldRequant : Pass<"fxp-fold-requant"> {
  let summary = "merge changes of scale into the ops that make the values";
  let description = [{
    - `fxp.requantize` between equal types is its operand.
    - `fxp.requantize` of the result of an op that rounds to its own scale
      (contractions, products, pools, sums, additions, lookups, constants), which
      nothing else reads, is merged into that op. Values that saturated before saturate at the same
      real number afterwards, since a saturation may stand for a ReLU.
    - `fxp.quantize` of `fxp.dequantize` is its operand, or `fxp.requantize`
      where the types differ.

    ```mlir
    %0 = fxp.mul %x, %y <...> : ... -> tensor<4x!quant.uniform<u8:f32, 0.1>>
    %1 = fxp.requantize %0 <...> : ... -> tensor<4x!quant.uniform<u8:f32, 0.2>>
    ```
    becomes
    ```mlir
    %1 = fxp.mul %x, %y <...> : ... -> tensor<4x!quant.uniform<u8:f32, 0.2>>
    ```

    Merging removes one rounding, so results may differ by one step from those
    before. Nothing is merged into an op that others read too. Clamp bounds of
    both ops are kept.
  }];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

def FxpUnifyScales : Pass<"fxp-unify-scales"> {
  let summary = "give data movement one scale, so that no rescale is left";
  let description = [{
    Moves an `fxp.requantize` that alone reads a movement op (reshape,
    transpose, slice, concat, gather, max pool, reduce max) above it, if every
    operand of the movement then has an op to merge it into; `fxp-fold-requant`
    does that afterwards.

    ```mlir
    %1 = fxp.reshape %0 : tensor<2x2x!A> -> tensor<4x!A>
    %2 = fxp.requantize %1 <...> : tensor<4x!A> -> tensor<4x!B>
    ```
    becomes
    ```mlir
    %1 = fxp.requantize %0 <...> : tensor<2x2x!A> -> tensor<2x2x!B>
    %2 = fxp.reshape %1 : tensor<2x2x!B> -> tensor<4x!B>
    ```

    The bits of the result are the same (rescaling is monotone, so it commutes
    with maxima). Pads and resizing are not crossed.
  }];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

def FxpVerifyAccumulators : Pass<"fxp-verify-accumulators"> {
  let summary = "prove from the weights that no accumulator can overflow";
  let description = [{
    For every output channel of every contraction, computes the exact interval
    of its accumulator from the actual weights, the bias and the input's storage
    range, and the same for pools, sums and products. Fails, naming the node and
    the channel, where the interval (with the q15 offset) leaves the
    accumulator's type. Where the bound that knows only the number of products
    would not have been enough, a remark says that the weights decided.
  }];
}

def FxpNameValues : Pass<"fxp-name-values", "::mlir::ModuleOp"> {
  let summary = "give every value a name";
  let description = [{
    Values that are tensors of the model carry that tensor's name in
    `narrow.name`. Every other value is named after the value that it is made
    from and what was done to it, a constant after the result of the first op
    that reads it and what it is there. Names that are there already stay; where
    two would be equal, the later one gets a number.

    ```mlir
    %1 = fxp.fully_connected %0, %w, %b ... {narrow.name = "fc1"}
    %2 = fxp.requantize %1 ...
    ```
    becomes
    ```mlir
    %w = fxp.constant ... {narrow.name = "fc1:weights"}
    %b = fxp.constant ... {narrow.name = "fc1:bias"}
    %1 = fxp.fully_connected %0, %w, %b ... {narrow.name = "fc1"}
    %2 = fxp.requantize %1 ... {narrow.name = "fc1:requantised"}
    ```
  }];
}

def FxpSplitRows : Pass<"fxp-split-rows", "::mlir::func::FuncOp"> {
  let summary = "run operations on images a few rows at a time";
  let description = [{
    Splits every largest group of two or more operations on images, all results
    of which but the last are read inside the group alone, into strips that each
    complete `rows` rows of the last result.

    ```mlir
    %1 = fxp.conv2d %0, %w1, %b1 ... 3x3, pads [1, 1, 1, 1] ... -> tensor<1x8x8x4x!x>
    %2 = fxp.lookup %1 ... -> tensor<1x8x8x4x!x>
    ```
    becomes, with `rows=4`,
    ```mlir
    %3 = fxp.slice %0 {starts = [0, 0, 0, 0] ...} ... -> tensor<1x5x8x4x!x>
    %4 = fxp.conv2d %3, %w1, %b1 ... pads [1, 1, 0, 1] ... -> tensor<1x4x8x4x!x>
    %5 = fxp.lookup %4 ... -> tensor<1x4x8x4x!x>
    %6 = fxp.slice %0 {starts = [0, 3, 0, 0] ...} ... -> tensor<1x5x8x4x!x>
    %7 = fxp.conv2d %6, %w1, %b1 ... pads [0, 1, 1, 1] ... -> tensor<1x4x8x4x!x>
    %8 = fxp.lookup %7 ... -> tensor<1x4x8x4x!x>
    %2 = fxp.concat %5, %8 {axis = 1} ... -> tensor<1x8x8x4x!x>
    ```

    No row is computed twice: rows of a result that two strips read are kept and
    concatenated with the new ones. The memory plan reads the slices and writes
    the concatenations in place. The bits of all results are the same.

    Operations that can be split are convolutions (not transposed), pools,
    elementwise operations and lookups, and concatenations and slices of
    channels, on values with one scale, or with one for each channel. Operands
    of one row that is broadcast are read whole. Constants of several rows, and
    windows that may lie in the padding alone, are not split.

    Which groups a compiled model runs in strips, and of how many rows, is
    decided by `choose-row-strips`.
  }];
  let options = [
    Option<"rows", "rows", "int64_t", "8", "rows of the last result that a strip completes">
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

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

#endif // NARROW_DIALECT_FXP_TRANSFORMS_PASSES_TD
