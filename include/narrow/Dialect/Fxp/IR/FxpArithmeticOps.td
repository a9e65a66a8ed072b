//===- FxpArithmeticOps.td - elementwise ops and tables ----*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPARITHMETICOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPARITHMETICOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

class Fxp_RescaledBinaryOp<string mnemonic, string combine> : Fxp_ElementwiseOp<mnemonic> {
  let arguments = (ins Fxp_QuantTensor:$lhs, Fxp_QuantTensor:$rhs,
      I32Attr:$lhs_multiplier, I32Attr:$rhs_multiplier, I32Attr:$shift,
      OptionalAttr<I32Attr>:$min, OptionalAttr<I32Attr>:$max);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let description = [{
    Both sides are brought to a common scale by integer multipliers and }] # combine # [{
    ```
    a = lhs_multiplier * (lhs - z_l),  b = rhs_multiplier * (rhs - z_r)
    y = clamp(((}] # mnemonic # [{(a, b) + 2^(shift-1)) >> shift) + z_y)
    ```
    (rule N40; a shift of 0 adds nothing). Multipliers fit 16 signed bits and
    the verifier proves that no sum leaves i32. Sizes of 1 are broadcast; ranks
    are equal. `min` and `max` narrow the result's storage range. All types are
    per tensor.
  }];
}

def Fxp_AddOp : Fxp_RescaledBinaryOp<"add", "added"> { let summary = "rescaled addition"; }
def Fxp_SubOp : Fxp_RescaledBinaryOp<"sub", "subtracted"> { let summary = "rescaled subtraction"; }
def Fxp_MinOp : Fxp_RescaledBinaryOp<"min", "compared"> { let summary = "rescaled minimum"; }
def Fxp_MaxOp : Fxp_RescaledBinaryOp<"max", "compared"> { let summary = "rescaled maximum"; }

def Fxp_MulOp : Fxp_ElementwiseOp<"mul", ["getExactRatios", "getAccumulatorRange"]> {
  let summary = "product, requantised";
  let description = [{
    `y = requant((lhs - z_l) * (rhs - z_r))`, the product exact in i32 (rule
    N41). Sizes of 1 are broadcast; ranks are equal.
  }];
  let arguments = (ins Fxp_QuantTensor:$lhs, Fxp_QuantTensor:$rhs, Fxp_RequantAttr:$requant);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs $requant attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Fxp_CombineOp : Fxp_ElementwiseOp<"combine"> {
  let summary = "two operands, each rescaled exactly as given, combined and requantised";
  let description = [{
    ```
    a = lhs_requant((lhs - z_l) << lhs_shift),  b = rhs_requant((rhs - z_r) << rhs_shift)
    y = requant(kind(a, b))
    ```
    (rule N47). The inner requantisations give i32 at zero point 0, with one
    multiplier each, by `q31`, `q31_double` or `pow2`; the verifier proves that
    neither they nor what is made of them leave i32. It is what models do that
    bring an arithmetic of their own: `fxp.add` and its like round once and
    choose their multipliers. Sizes of 1 are broadcast; ranks are equal.

    ```mlir
    %y = fxp.combine add %a <mode = q31, multiplier = [1073741824], shift = [11], given = true>,
      %b <mode = q31, multiplier = [1342177280], shift = [12], given = true>
      to <mode = q31_double, multiplier = [1610612736], shift = [50], given = true>
      : (tensor<...>, tensor<...>) -> tensor<...>
    ```
  }];
  let arguments = (ins Fxp_CombineKindAttr:$kind, Fxp_QuantTensor:$lhs, Fxp_RequantAttr:$lhs_requant,
      Fxp_QuantTensor:$rhs, Fxp_RequantAttr:$rhs_requant, Fxp_RequantAttr:$requant,
      DefaultValuedOptionalAttr<I64Attr, "0">:$lhs_shift, DefaultValuedOptionalAttr<I64Attr, "0">:$rhs_shift);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = [{
    $kind $lhs $lhs_requant `,` $rhs $rhs_requant `to` $requant attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The sides as `isCombineExact` takes them.
    ::narrow::fxp::CombineSide getLeft() {
      return {getLhs().getType(), getLhsRequant(), static_cast<int64_t>(getLhsShift())};
    }
    ::narrow::fxp::CombineSide getRight() {
      return {getRhs().getType(), getRhsRequant(), static_cast<int64_t>(getRhsShift())};
    }
  }];
}

def Fxp_LookupOp : Fxp_ElementwiseOp<"lookup", ["writesExactly"]> {
  let summary = "any unary function of a value of at most 16 bits";
  let description = [{
    `y = table[q - storageMin]` (rule N42): the table holds one stored output
    for every stored input from the lowest to the highest, as i8 or i16 by the
    result's storage; a second dimension of C, where it is given, makes one
    table per channel (last axis): `table` is `[entries]` or `[C, entries]`,
    the latter for inputs of at most 8 bits.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, ElementsAttr:$table);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input $table attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_InterpolateOp : Fxp_ElementwiseOp<"interpolate", ["writesExactly"]> {
  let summary = "a function of a 16-bit value from a short table, interpolated";
  let description = [{
    Rule N46, the second form of `fxp.lookup`. With the place of an input in a
    segment of 2^s inputs, `f` its distance from the segment's first input times
    2^(14-s),
    `y = clamp((table[i] * (2^14 - f) + table[i+1] * f + 2^(13 + fraction_bits)) >> (14 + fraction_bits))`.

    Without `origin` all segments have the length `segment_bits[0]`, from the
    lowest stored input on. With it, lengths belong to blocks: octaves of the
    distance from `origin`, each cut into 2^octave_bits, those of inputs from
    `origin` on before those of inputs below it.

    ```mlir
    %y = fxp.interpolate %x dense<[-32767, 0, 32767]> : tensor<3xi16> {segment_bits = array<i32: 14>, fraction_bits = 0 : i32}
      : tensor<4x!quant.uniform<i16<-16384:16383>:f32, 0.5>> -> tensor<4x!quant.uniform<i16:f32, 0.25>>
    ```
  }];
  let arguments = (ins Fxp_QuantTensor:$input, ElementsAttr:$table, DenseI32ArrayAttr:$segment_bits,
      I32Attr:$fraction_bits, OptionalAttr<I32Attr>:$origin, OptionalAttr<I64Attr>:$octave_bits);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input $table attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_SoftmaxOp : Fxp_Op<"softmax", ["getMaxOperandBits", "writesExactly"]> {
  let summary = "softmax over the last axis";
  let description = [{
    Rule N43. Distances `d = max - q` become octaves
    `t = (min(d >> pre_shift, distance_max) << post_shift) * multiplier >> 16`
    in Q11 (the four integers are parameters), a cubic in 16-bit arithmetic
    gives each power of two in Q15, the row's sum is exact in i32, and one
    64-bit division per row gives the reciprocal. The result has zero point 0
    and a power of two as scale: u8 at 2^-8 to 2^-13, or i16 at 2^-8 to 2^-22,
    of which the storage range may leave out the upper end. With `masked`, a
    stored input equal to the type's minimum stands for minus infinity: it gives
    0, but a row of nothing else is one of equal numbers.
  }];
  let arguments = (ins Fxp_QuantTensor:$input,
      I32Attr:$pre_shift, I32Attr:$post_shift, I32Attr:$distance_max, I32Attr:$multiplier,
      UnitAttr:$masked);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_LogSoftmaxOp : Fxp_Op<"log_softmax", ["getMaxOperandBits", "writesExactly"]> {
  let summary = "logarithm of softmax over the last axis";
  let description = [{
    Rule N44. The row's sum of powers of two is that of `fxp.softmax`, with the
    same four parameters; its binary logarithm `L`, in Q16, comes from repeated
    squaring. With `d = max - q`, everything exact in i64,
    `y = clamp(((2^(scale_shift-1) - L * log_multiplier - d * scale_multiplier)
    >> scale_shift) + z)`: one rounding.
  }];
  let arguments = (ins Fxp_QuantTensor:$input,
      I32Attr:$pre_shift, I32Attr:$post_shift, I32Attr:$distance_max, I32Attr:$multiplier,
      I32Attr:$scale_multiplier, I32Attr:$scale_shift, I64Attr:$log_multiplier);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Fxp_NormalizeOp : Fxp_Op<"normalize", ["writesExactly"]> {
  let summary = "layer, instance, group, root-mean-square and L2 normalisation";
  let description = [{
    Rule N45. What lies along `axes` is one row; its exact sum (where `centred`)
    and sum of squares give a multiplier and a shift of its own, by an integer
    square root and a division. `y = clamp(((t * scale + offset + 2^(shift-1))
    >> shift) + z)`, where `t` is the normalised value with `fraction_bits` bits
    of fraction. `scale` (i32) and `offset` (i64) have the input's rank and its
    sizes or 1; they hold the layer's own and the result's scale.

    ```mlir
    %y = fxp.normalize %x scale dense<2048> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
      {axes = array<i64: 1>, centred, epsilon = 17 : i64, spread_shift = 34 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
       fraction_bits = 14 : i32, shift = 20 : i32} : tensor<4x64x!q> -> tensor<4x64x!q>
    ```
  }];
  let arguments = (ins Fxp_QuantTensor:$input, ElementsAttr:$scale, ElementsAttr:$offset,
      DenseI64ArrayAttr:$axes, UnitAttr:$centred, I64Attr:$epsilon,
      I32Attr:$spread_shift, I32Attr:$input_shift, I32Attr:$multiplier_bits, I32Attr:$fraction_bits, I32Attr:$shift);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input `scale` $scale `offset` $offset attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The elements of one row.
    int64_t getRowLength();
    /// Whether the two products of N45 fit i32.
    bool hasNarrowMultiplier();
    bool hasNarrowResult();
  }];
}

#endif // NARROW_DIALECT_FXP_IR_FXPARITHMETICOPS_TD
