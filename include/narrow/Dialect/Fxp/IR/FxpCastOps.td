//===- FxpCastOps.td - constants, casts, observers ---------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPCASTOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPCASTOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

def Fxp_ConstantOp : Op<Fxp_Dialect, "constant", [Pure, ConstantLike]> {
  let summary = "a quantised or accumulator-scale constant";
  let description = [{
    `value` holds the stored integers, with the result's shape and its storage
    type (i8 for 8 bits and fewer, i16 above; i32 or i64 for biases). Unsigned
    storage is kept as the same bits. Rule N2. `storage` names the code in which
    weights lie in an artefact (rule N4): the values are the same, in fewer bytes.

    ```mlir
    %w = fxp.constant dense<[[1, -2]]> : tensor<1x2xi8> -> tensor<1x2x!quant.uniform<i8:f32, 0.5>> {storage = #fxp.storage<i4>}
    ```
  }];
  let arguments = (ins ElementsAttr:$value, OptionalAttr<Fxp_WeightStorageAttr>:$storage);
  let results = (outs AnyTypeOf<[Fxp_QuantTensor, Fxp_AccTensor]>:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, result, value, /*storage=*/::narrow::fxp::WeightStorageAttr());
  }]>];
  let assemblyFormat = "$value `->` type($result) attr-dict";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_QuantizeOp : Fxp_Op<"quantize", ["readsExactly"]> {
  let summary = "f32 to fixed point";
  let description = [{
    `q = clamp(rne(x * r) + z)` with `r = f32(1 / scale)`, one f32 product
    rounded to nearest even, then rounded to an integer to nearest even (rule
    N10). NaN becomes the zero point; infinities and values beyond the range
    saturate.

    With `mean` and `factor` it normalises: `q = clamp(rne((x - mean) * factor) +
    z)`, where `factor` has the reciprocal of the scale in it (rule N12). They
    hold one number, or one per channel of `axis`; the result has one scale.

    ```mlir
    %q = fxp.quantize %x {mean = array<f32: 0.0, 5.0e3>, factor = array<f32: 42.5, 0.0425>, axis = 1 : i64}
      : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<u8:f32, 0.0235:128>>
    ```
  }];
  let arguments = (ins Fxp_FloatTensor:$input, OptionalAttr<DenseF32ArrayAttr>:$mean,
      OptionalAttr<DenseF32ArrayAttr>:$factor, OptionalAttr<I64Attr>:$axis);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$input), [{
    build($_builder, $_state, result, input, /*mean=*/nullptr, /*factor=*/nullptr, /*axis=*/nullptr);
  }]>];
  let extraClassDeclaration = [{
    bool normalises() { return getMean().has_value(); }
  }];
}

def Fxp_DequantizeOp : Fxp_Op<"dequantize", ["getMaxOperandBits", "writesExactly"]> {
  let summary = "fixed point to f32";
  let description = [{
    `x = f32(q - z) * f32(scale)`: the difference is exact, its conversion and
    the product round to nearest even (rule N11).
  }];
  let arguments = (ins Fxp_QuantTensor:$input);
  let results = (outs Fxp_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_RequantizeOp : Fxp_ElementwiseOp<"requantize", ["getMaxResultBits", "getExactRatios"]> {
  let summary = "change scale, zero point or width";
  let description = [{
    `y = requant(q - z_x)` by `requant` (rule N24, modes N20 to N23). Channels are
    those of the result's scales, else of the input's, else of the last axis.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, Fxp_RequantAttr:$requant);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input $requant attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_ToIntegersOp : Fxp_Op<"to_integers", ["getMaxOperandBits", "isView", "writesExactly"]> {
  let summary = "stored integers as plain ones";
  let description = [{
    For operations on integers that know no scale: comparisons, selection,
    positions of maxima, gathering by computed indices. The result is as wide as
    the integers in memory, and then holds the same bits, or wider, and then
    holds the same numbers (rule N53).

    ```mlir
    %i = fxp.to_integers %x : tensor<1x8x!quant.uniform<u8:f32, 0.5>> -> tensor<1x8xi32>
    ```
  }];
  let arguments = (ins Fxp_QuantTensor:$input);
  let results = (outs Fxp_IntegerTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_FromIntegersOp : Fxp_Op<"from_integers", ["isView", "readsExactly"]> {
  let summary = "plain integers as stored ones";
  let description = [{
    The inverse of `to_integers`: `y = clamp(v)`, where `v` is the integer, or,
    at the width that stored integers have in memory, the stored integer of the
    same bits (rule N53). A type of scale 1 and zero point 0 makes it the exact
    cast of integers.
  }];
  let arguments = (ins Fxp_IntegerTensor:$input);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_ObserveOp : Op<Fxp_Dialect, "observe"> {
  let summary = "the range of a float value, and the type chosen for it";
  let description = [{
    Marks a float value whose range matters; it computes nothing. `name` is the
    value's name in the statistics file, unique in the module (the ONNX tensor
    name where there is one). Calibration adds `range` = [lowest, highest] as its
    estimator chose it for the default width, and `extremes` = [lowest, highest]
    that samples had, for types so wide that clipping has nothing to win; or
    `not_finite` where an element was infinite or NaN, for which no integer
    stands. Planning adds `type`, the element type that the value gets when the
    module is quantised.

    ```mlir
    fxp.observe %x "conv1_out" {range = array<f64: 0.0, 6.0>, type = !quant.uniform<u8:f32, 0.0235>} : tensor<1x8x8x4xf32>
    ```
  }];
  let arguments = (ins Fxp_FloatTensor:$input, StrAttr:$name,
      OptionalAttr<DenseF64ArrayAttr>:$range, OptionalAttr<TypeAttr>:$type,
      OptionalAttr<DenseF64ArrayAttr>:$extremes, UnitAttr:$not_finite);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::llvm::StringRef":$name), [{
    build($_builder, $_state, input, $_builder.getStringAttr(name), /*range=*/{},
          /*type=*/{}, /*extremes=*/{}, ::mlir::UnitAttr());
  }]>];
  let assemblyFormat = "$input $name attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif // NARROW_DIALECT_FXP_IR_FXPCASTOPS_TD
