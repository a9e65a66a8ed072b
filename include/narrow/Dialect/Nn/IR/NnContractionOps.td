//===- NnContractionOps.td - sums of products --------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNCONTRACTIONOPS_TD
#define NARROW_DIALECT_NN_IR_NNCONTRACTIONOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"

def Nn_Conv2DOp : Nn_Op<"conv2d"> {
  let summary = "grouped two-dimensional convolution";
  let description = [{
    ```
    out[n,y,x,o] = bias[o] + sum over ky,kx,i of
                   in[n, y*sy + ky*dy - top, x*sx + kx*dx - left, g*I + i] * w[o,ky,kx,i]
    ```
    with `g = o / (O / groups)`; positions outside the input are zero. Input
    `[N, H, W, C]`, weights `[O, kh, kw, I]` with `I = C / groups`, bias `[O]`.
    Result sizes are `floor((in + pads - dilated kernel) / stride) + 1`.
    Depthwise is `groups = C`; a one-dimensional convolution has a height of 1.

    ```mlir
    %y = nn.conv2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>,
      dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x8x8x3xf32>, tensor<16x3x3x3xf32>, tensor<16xf32>) -> tensor<1x4x4x16xf32>
    ```
  }];
  let arguments = (ins Nn_Image:$input, Nn_Image:$weights, Nn_Vector:$bias,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs Nn_Image:$result);
  let assemblyFormat = "$input `,` $weights `,` $bias attr-dict `:` functional-type(operands, results)";
}

def Nn_TransposedConv2DOp : Nn_Op<"transposed_conv2d"> {
  let summary = "grouped two-dimensional transposed convolution";
  let description = [{
    Each input position `(y, x)` adds `in * w[o,ky,kx,i]` at result position
    `(y*sy + ky*dy - top, x*sx + kx*dx - left)`, where it lies inside; the sum
    starts from `bias[o]`. Input `[N, H, W, C]`, weights `[O, kh, kw, I]` with
    `I = C / groups`, bias `[O]`; output channel `o` reads group
    `o / (O / groups)`. `pads` crop the full result of size
    `(in - 1) * stride + dilated kernel`; the result type may be up to a stride
    less one larger (output padding), or smaller.
  }];
  let arguments = (ins Nn_Image:$input, Nn_Image:$weights, Nn_Vector:$bias,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs Nn_Image:$result);
  let assemblyFormat = "$input `,` $weights `,` $bias attr-dict `:` functional-type(operands, results)";
}

def Nn_LinearOp : Nn_Op<"linear"> {
  let summary = "matrix product with weights, and a bias";
  let description = [{
    `out[..., o] = bias[o] + sum over i of in[..., i] * weights[o, i]`: input
    `[..., K]` of rank 1 or more, weights `[O, K]`, bias `[O]`, result `[..., O]`.

    ```mlir
    %y = nn.linear %x, %w, %b : (tensor<1x64xf32>, tensor<10x64xf32>, tensor<10xf32>) -> tensor<1x10xf32>
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_TensorOfRank<2>:$weights, Nn_Vector:$bias);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $weights `,` $bias attr-dict `:` functional-type(operands, results)";
}

def Nn_MatMulOp : Nn_Op<"matmul"> {
  let summary = "batched product of two computed matrices";
  let description = [{
    `out[b,m,n] = sum over k of lhs[b,m,k] * rhs[b,k,n]`.
  }];
  let arguments = (ins Nn_TensorOfRank<3>:$lhs, Nn_TensorOfRank<3>:$rhs);
  let results = (outs Nn_TensorOfRank<3>:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def Nn_DequantizeWeightsOp : Nn_Op<"dequantize_weights"> {
  let summary = "weights of a layer from a form of fewer bytes";
  let description = [{
    `out[o, ...] = f32(stored[o, ...]) * scales[o]`: the conversion is exact, the
    product rounds once. Elements are i8, or finite f16 or bf16. With `pairs` an element of i8 of `stored` holds two integers of 4
    bits, neighbours of the last axis, the first in the low bits; behind an odd one
    stands a zero. Contractions
    unpack the weights as they read them (rule N71).

    ```mlir
    %w = nn.dequantize_weights %stored, %scales {pairs} : (tensor<10x32xi8>, tensor<10xf32>) -> tensor<10x64xf32>
    ```
  }];
  let arguments = (ins Nn_StoredWeights:$stored, Nn_Vector:$scales, UnitAttr:$pairs);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$stored `,` $scales attr-dict `:` functional-type(operands, results)";
}

#endif // NARROW_DIALECT_NN_IR_NNCONTRACTIONOPS_TD
