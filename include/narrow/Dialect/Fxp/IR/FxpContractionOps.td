//===- FxpContractionOps.td - sums of products -------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPCONTRACTIONOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPCONTRACTIONOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

class Fxp_ContractionOp<string mnemonic, list<string> facts = [], list<Trait> traits = []> :
    Fxp_Op<mnemonic, facts # ["getMacs", "getMaxResultBits", "getExactRatios"], traits> {
  let hasVerifier = 1;
  // Logits keep their exact accumulator.
  let extraClassDefinition = [{
    unsigned $cppClass::getMaxResultBits() { return 32; }
  }];
}

class Fxp_WeightedOp<string mnemonic, list<string> facts = []> :
    Fxp_ContractionOp<mnemonic, facts, [Fxp_WeightedOpInterface]>;

def Fxp_Conv2DOp : Fxp_WeightedOp<"conv2d", ["worksByRows", "getRowWindow"]> {
  let summary = "grouped two-dimensional convolution, requantised";
  let description = [{
    ```
    a[n,y,x,o] = bias[o] + sum over ky,kx,i of
                 (in[n, y*sy + ky*dy - top, x*sx + kx*dx - left, g*I + i] - z_in) *
                 (w[o,ky,kx,i] - z_w[o])
    ```
    with `g = o / (O / groups)`; positions outside the input contribute nothing
    (they hold the zero point). `a` is exact in the bias's type and the verifier
    of overflow proves that it fits. The output is `requant(a)` (rules N30, N20
    to N23). Output sizes are floor((in + pads - dilated kernel) / stride) + 1.
    Input NHWC, weights `[O, kh, kw, I]` with `I = C / groups`; depthwise is
    `groups = C`; a one-dimensional convolution has a height of 1.
    `pads` is [top, left, bottom, right].

    ```mlir
    %y = fxp.conv2d %x, %w, %b <mode = q15, multiplier = [20000], shift = [3], offset = [4]>
      {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<...>, tensor<...>, tensor<...xi32>) -> tensor<...>
    ```
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_QuantTensor:$weights, Fxp_AccTensor:$bias,
      Fxp_RequantAttr:$requant,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input `,` $weights `,` $bias $requant attr-dict `:` functional-type(operands, results)";
}

def Fxp_TransposedConv2DOp : Fxp_WeightedOp<"transposed_conv2d"> {
  let summary = "transposed two-dimensional convolution, requantised";
  let description = [{
    Each input position adds `(in - z_in) * (w - z_w)` at output position
    `(y*sy + ky*dy - top, x*sx + kx*dx - left)`; the sum starts from the bias
    and is exact; the output is `requant(a)` (rule N31). Weights `[O, kh, kw, I]`;
    the output's size is the result type's. `pads` is [top, left, bottom, right]
    and crops the full output.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_QuantTensor:$weights, Fxp_AccTensor:$bias,
      Fxp_RequantAttr:$requant,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input `,` $weights `,` $bias $requant attr-dict `:` functional-type(operands, results)";
}

def Fxp_FullyConnectedOp : Fxp_WeightedOp<"fully_connected"> {
  let summary = "matrix product with constant weights, requantised";
  let description = [{
    `a[..., o] = bias[o] + sum over i of (in[..., i] - z_in) * (w[o,i] - z_w[o])`,
    exact; the output is `requant(a)` (rule N32). Input `[..., K]`, weights
    `[O, K]`.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_QuantTensor:$weights, Fxp_AccTensor:$bias, Fxp_RequantAttr:$requant);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input `,` $weights `,` $bias $requant attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    int64_t getGroups() { return 1; }
  }];
}

def Fxp_MatMulOp : Fxp_ContractionOp<"matmul", ["getAccumulatorRange"]> {
  let summary = "batched product of two activations, requantised";
  let description = [{
    `a[b,m,n] = sum over k of (lhs[b,m,k] - z_l) * (rhs[b,k,n] - z_r)`, exact, in
    i32 or, where the operands' types do not prove that it fits, in i64; the output is `requant(a)` (rule N33). Both operands are rank 3.
  }];
  let arguments = (ins Fxp_QuantTensor:$lhs, Fxp_QuantTensor:$rhs, Fxp_RequantAttr:$requant);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs $requant attr-dict `:` functional-type(operands, results)";
}

#endif // NARROW_DIALECT_FXP_IR_FXPCONTRACTIONOPS_TD
