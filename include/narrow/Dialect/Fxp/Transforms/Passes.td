//===- Passes.td - passes on fixed-point modules -----------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_TRANSFORMS_PASSES_TD
#define NARROW_DIALECT_FXP_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

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

#endif // NARROW_DIALECT_FXP_TRANSFORMS_PASSES_TD
