//===- FxpDynamicOps.td - scales found at run time ---------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPDYNAMICOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPDYNAMICOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

def Fxp_DynamicQuantizeOp : Fxp_Op<"dynamic_quantize", ["readsExactly"]> {
  let summary = "f32 to fixed point at a scale of this run's values";
  let description = [{
    Rule N13. All elements share a scale and a zero point, in u8; with `per_row`
    each row of the last axis has a scale, in i8. `parameters` holds them: `[1, 2]`,
    scale and zero point, or `[rows, 1]`. `pads`, [top, left, bottom, right], lay
    positions of zero around an image. The type of `result` is fixed: its scale of 1
    and its zero point stand for what is only known at run time, and what reads the
    result makes sums that `fxp.dynamic_dequantize` brings to reals.

    ```mlir
    %q, %p = fxp.dynamic_quantize %x : tensor<4x8xf32> -> tensor<4x8x!quant.uniform<u8:f32, 1.0:128>>, tensor<1x2xf32>
    ```
  }];
  let arguments = (ins Fxp_FloatTensor:$input, UnitAttr:$per_row, OptionalAttr<DenseI64ArrayAttr>:$pads);
  let results = (outs Fxp_QuantTensor:$result, Fxp_FloatTensor:$parameters);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result) `,` type($parameters)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The element type of the result.
    static ::mlir::quant::UniformQuantizedType getStoredType(::mlir::MLIRContext *context, bool perRow);
  }];
}

def Fxp_DynamicDequantizeOp : Fxp_Op<"dynamic_dequantize", ["getMaxOperandBits", "writesExactly"]> {
  let summary = "sums at a scale of this run to f32";
  let description = [{
    Rule N14. `input` holds the exact sums of a contraction whose operand came from
    `fxp.dynamic_quantize`, at the scales of its weights; `parameters` are that op's.
    `weight_sums`, a sum for each channel of the last axis, take the difference
    between the zero point and 128 out again; they are there unless each row has its
    own parameters. `bias` is added where it is given.

    ```mlir
    %y = fxp.dynamic_dequantize %s, %p {weight_sums = array<i32: 5, -7>, bias = array<f32: 0.5, 1.0>}
      : tensor<4x2x!quant.uniform<i32:f32:1, {0.5, 0.25}>>, tensor<1x2xf32> -> tensor<4x2xf32>
    ```
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_FloatTensor:$parameters,
      OptionalAttr<DenseI32ArrayAttr>:$weight_sums, OptionalAttr<DenseF32ArrayAttr>:$bias);
  let results = (outs Fxp_FloatTensor:$result);
  let assemblyFormat = "$input `,` $parameters attr-dict `:` type($input) `,` type($parameters) `->` type($result)";
  let hasVerifier = 1;
}

#endif // NARROW_DIALECT_FXP_IR_FXPDYNAMICOPS_TD
