//===- FxpReductionOps.td - pools and reductions -----------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPREDUCTIONOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPREDUCTIONOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

def Fxp_MaxPool2DOp : Fxp_MovementOp<"max_pool2d", ["worksByRows", "getRowWindow"]> {
  let summary = "largest value of each window";
  let description = [{
    Positions outside the input do not take part (rule N60). Floor or ceil
    sizes are the result type's; `pads` is [top, left, bottom, right] and every
    window holds at least one input position. NHWC.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, DenseI64ArrayAttr:$kernel,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_AvgPool2DOp : Fxp_Op<"avg_pool2d", ["getExactRatios", "getAccumulatorRange", "worksByRows", "getRowWindow"]> {
  let summary = "mean of each window, requantised";
  let description = [{
    `y = requant(sum of (q - z_in) over the window's input positions)` (rule
    N61), the sum exact in i32; the division by the number of positions is part
    of the requantisation's multiplier. Without `count_pads` the windows at the
    rim hold fewer positions: the op then carries one multiplier per distinct
    count, `counts[i]` positions using `requant` channel `i`. A global pool is
    one window. NHWC; `pads` is [top, left, bottom, right].
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_RequantAttr:$requant, DenseI64ArrayAttr:$kernel,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$counts);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input $requant attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_ReduceSumOp : Fxp_Op<"reduce_sum", ["getExactRatios", "getAccumulatorRange"]> {
  let summary = "sum along one axis, requantised";
  let description = [{
    `y = requant(sum of (q - z_in) along axis)` (rule N62); the axis stays with
    size 1. `divisor` says what the requantisation's multipliers divide the sum
    by, beside the scales: the number of values covered for a mean.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_RequantAttr:$requant, I64Attr:$axis,
      DefaultValuedOptionalAttr<I64Attr, "1">:$divisor);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input $requant attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_ReduceMaxOp : Fxp_MovementOp<"reduce_max"> {
  let summary = "largest value along one axis";
  let description = [{ The axis stays with size 1 (rule N63). }];
  let arguments = (ins Fxp_QuantTensor:$input, I64Attr:$axis);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // NARROW_DIALECT_FXP_IR_FXPREDUCTIONOPS_TD
