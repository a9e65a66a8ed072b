//===- NnElementwiseOps.td - functions of one value --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNELEMENTWISEOPS_TD
#define NARROW_DIALECT_NN_IR_NNELEMENTWISEOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"

def Nn_PreluOp : Nn_SameTypeOp<"prelu"> {
  let summary = "leaky ReLU with slopes as an operand";
  let description = [{
    `out = in < 0 ? slope * in : in`; slope has the input's rank and its sizes
    of 1 are broadcast.
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$slope);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $slope attr-dict `:` functional-type(operands, results)";
}

def Nn_UnaryOp : Nn_SameTypeOp<"unary"> {
  let summary = "an elementwise function of one value";
  let description = [{
    | kind | function |
    |---|---|
}] # !foldl("", Nn_Functions, rows, function, rows # function.row) # [{
    ```mlir
    %y = nn.unary leaky_relu %x {alpha = 0.01 : f32} : tensor<1x8xf32>
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_UnaryKindAttr:$kind,
      OptionalAttr<F32Attr>:$alpha, OptionalAttr<F32Attr>:$beta);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$kind $input attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    /// How many parameters a kind takes: 0, 1 (`alpha`) or 2 (and `beta`).
    static unsigned getParameterCount(::narrow::nn::UnaryKind kind);
    /// The parameters' values; 0 where the kind has none.
    float getAlphaValue() { return getAlpha() ? getAlpha()->convertToFloat() : 0.0f; }
    float getBetaValue() { return getBeta() ? getBeta()->convertToFloat() : 0.0f; }
  }];
}

def Nn_FakeQuantizeOp : Nn_SameTypeOp<"fake_quantize"> {
  let summary = "what is left of a value once it was stored in a type";
  let description = [{
    `out = (clamp(rne(in / s) + z) - z) * s` with the scale, the zero point and
    the storage range of `stored`, division and product rounded to f32; NaN
    stays. `stored` has at most 16 bits, or the 32 of sums, then with a sign and
    zero point 0. A quantised model says so what a value is stored as: planning never
    replaces the type, and quantisation makes of the op the value in that type,
    no arithmetic.

    ```mlir
    %y = nn.fake_quantize %x as !quant.uniform<u8:f32, 0.02:128> : tensor<1x8xf32>
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, TypeAttr:$stored);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `as` $stored attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    ::mlir::quant::UniformQuantizedType getStoredType() {
      return ::llvm::cast<::mlir::quant::UniformQuantizedType>(getStored());
    }
  }];
}

def Nn_DynamicFakeQuantizeOp : Nn_SameTypeOp<"dynamic_fake_quantize"> {
  let summary = "what is left of a value stored at a scale of its own range";
  let description = [{
    `out = (clamp(rne(in / s) + z, 0, 255) - z) * s`, where scale and zero point
    follow from the least and the greatest element, 0 included; with `per_row`
    `out = clamp(rne(in / s), -127, 127) * s`, where the scale follows from each
    row's largest magnitude (rule N13). A NaN is no part of a range and stays.
    Quantisation makes sums of integers of a layer that reads it.

    ```mlir
    %y = nn.dynamic_fake_quantize %x {per_row} : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, UnitAttr:$per_row);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

#endif // NARROW_DIALECT_NN_IR_NNELEMENTWISEOPS_TD
