//===- FxpAttributes.td - attributes of the fxp dialect ----*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPATTRIBUTES_TD
#define NARROW_DIALECT_FXP_IR_FXPATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributes.td"
include "narrow/Dialect/Fxp/IR/FxpDialect.td"

def Fxp_RequantMode : I32EnumAttr<"RequantMode",
    "how an exact accumulator becomes an output", [
  I32EnumAttrCase<"Q15", 0, "q15">,
  I32EnumAttrCase<"Q31", 1, "q31">,
  I32EnumAttrCase<"F32", 2, "f32">,
  I32EnumAttrCase<"Pow2", 3, "pow2">,
  I32EnumAttrCase<"Q31Double", 5, "q31_double">
]> {
  let cppNamespace = "::narrow::fxp";
  let genSpecializedAttr = 0;
}

def Fxp_CombineKind : I32EnumAttr<"CombineKind",
    "how two rescaled operands become one", [
  I32EnumAttrCase<"Add", 0, "add">,
  I32EnumAttrCase<"Sub", 1, "sub">,
  I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Min", 3, "min">,
  I32EnumAttrCase<"Max", 4, "max">
]> {
  let cppNamespace = "::narrow::fxp";
  let genSpecializedAttr = 0;
}
def Fxp_CombineKindAttr : EnumAttr<Fxp_Dialect, Fxp_CombineKind, "combine_kind">;

def Fxp_RequantAttr : AttrDef<Fxp_Dialect, "Requant"> {
  let mnemonic = "requant";
  let summary = "integer parameters of a requantisation";
  let description = [{
    How the exact accumulator `a` of output channel `c` becomes the stored
    output `y`. `multiplier` and `shift` hold one element, or one per output
    channel. `z` is the result's zero point, `>>` floors, `sat16` clamps to
    [-32768, 32767], and `clamp` clamps to [lo, hi]: the result's storage range,
    narrowed by `min` and `max` where they are given (one element, or one per
    channel).

    | mode | rule | formula |
    |---|---|---|
    | `q15`  | N20 | `y = clamp((sat16((a + offset[c]) >> shift[c]) * multiplier[c] + 2^14) >> 15)` |
    | `q31`  | N21 | `y = clamp(((i64(a) * multiplier[c] + 2^(shift[c]-1)) >> shift[c]) + z)` |
    | `f32`  | N22 | `y = clamp(rne(f32(a) * f32_bits(multiplier[c])) + z)` |
    | `pow2` | N23 | `y = clamp(((a + 2^(shift[c]-1)) >> shift[c]) + z)`; a shift of 0 adds nothing |
    | `q31_double` | N27 | as `q31`, with 2^30 more where `a >= 0` and 2^30 less where not, in channels of shifts above 31 |

    `offset` exists in q15 only: it holds the zero point divided by the scale
    ratio and the shift's rounding constant, so that both cost nothing.
    The formulas are those of unbounded integers, so `a` may be i32 or i64.
    Limits: q15 1 <= multiplier <= 32767, 0 <= shift <= 31; q31 2^30 <=
    multiplier < 2^31, 1 <= shift <= 62 (31 and more where the scale ratio is
    below 1, as it is after every contraction); f32 a normal positive number;
    pow2 0 <= shift <= 31.

    With `given` (rule N28) multipliers and shifts are a model's own: the types'
    scales need not agree with them (N25 is not asked for), multipliers of q31
    and q31_double are 0 <= multiplier < 2^31, and no pass merges them with
    others.
  }];
  let parameters = (ins
    EnumParameter<Fxp_RequantMode>:$mode,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$multiplier,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$shift,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$offset,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$min,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$max,
    DefaultValuedParameter<"bool", "false">:$given
  );
  let builders = [AttrBuilder<(ins "RequantMode":$mode,
      "::mlir::DenseI32ArrayAttr":$multiplier, "::mlir::DenseI32ArrayAttr":$shift,
      "::mlir::DenseI32ArrayAttr":$offset, "::mlir::DenseI32ArrayAttr":$min,
      "::mlir::DenseI32ArrayAttr":$max), [{
    return $_get($_ctxt, mode, multiplier, shift, offset, min, max, /*given=*/false);
  }]>];
  let assemblyFormat = "`<` struct(params) `>`";
}

def Fxp_WeightStorage : I32EnumAttr<"WeightStorage",
    "how the stored integers of weights lie in memory", [
  I32EnumAttrCase<"I8", 0, "i8">,
  I32EnumAttrCase<"I4", 1, "i4">,
  I32EnumAttrCase<"I2", 2, "i2">,
  I32EnumAttrCase<"Lut4", 3, "lut4">,
  I32EnumAttrCase<"Lut2", 4, "lut2">,
  I32EnumAttrCase<"I16", 5, "i16">
]> {
  let cppNamespace = "::narrow::fxp";
  let genSpecializedAttr = 0;
}

def Fxp_WeightGranularity : I32EnumAttr<"WeightGranularity",
    "what weights share a scale", [
  I32EnumAttrCase<"Channel", 0, "channel">,
  I32EnumAttrCase<"Tensor", 1, "tensor">
]> {
  let cppNamespace = "::narrow::fxp";
  let genSpecializedAttr = 0;
}

def Fxp_WeightRounding : I32EnumAttr<"WeightRounding",
    "how weights become stored integers", [
  I32EnumAttrCase<"Nearest", 0, "nearest">,
  I32EnumAttrCase<"PairSafe", 1, "pair_safe">,
  I32EnumAttrCase<"Exact", 2, "exact">
]> {
  let cppNamespace = "::narrow::fxp";
  let genSpecializedAttr = 0;
}

/// An enum that is not printed where it has this value.
class Fxp_DefaultEnum<EnumInfo info, string value> : EnumParameter<info> {
  let defaultValue = info.cppType # "::" # value;
}

def Fxp_WeightsAttr : AttrDef<Fxp_Dialect, "Weights"> {
  let mnemonic = "weights";
  let summary = "what is planned for the weights of a layer";
  let description = [{
    Stands as `narrow.weights` on a float op with constant weights; `plan-weights`
    writes it and `quantize` obeys. Weights are symmetric integers of `bits` bits,
    and `storage` is the code in which these lie in memory: it changes no value.

    | storage | bits | an integer is |
    |---|---|---|
    | `i8` | 2 to 8 | a byte |
    | `i4` | 2 to 4 | half a byte |
    | `i2` | 2 | a quarter of a byte |
    | `lut4` | 2 to 8 | half a byte: one of 16 values of the tensor |
    | `lut2` | 2 to 8 | a quarter of a byte: one of 4 values of the tensor |
    | `i16` | 9 to 16 | two bytes |

    Scales are one for each output channel or one for the tensor
    (`granularity`). Where `block` is not 0, each 32, 64 or 128 weights along the
    input channels have a small integer multiplier beside it, which needs `i4`.
    Integers lie in [-(2^(bits-1)-1), 2^(bits-1)-1], from one lower on with
    `full_range`; scales are powers of two with `pow2`. `rounding` is to the
    nearest, so that the products of pairs fit 16 bits (`pair_safe`), or not at
    all (`exact`): weights that are whole multiples of a scale of their output
    channel, by at most 255 of them, are these integers, with a zero point where
    they need one. Where they are not, `exact` is to the nearest.
    `requant` is how accumulators become 8-bit results.

    ```mlir
    nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = i4, bits = 4>}
    ```
  }];
  let parameters = (ins
    EnumParameter<Fxp_WeightStorage>:$storage,
    "unsigned":$bits,
    Fxp_DefaultEnum<Fxp_WeightGranularity, "Channel">:$granularity,
    DefaultValuedParameter<"unsigned", "0">:$block,
    Fxp_DefaultEnum<Fxp_WeightRounding, "Nearest">:$rounding,
    DefaultValuedParameter<"bool", "false">:$full_range,
    DefaultValuedParameter<"bool", "false">:$pow2,
    Fxp_DefaultEnum<Fxp_RequantMode, "Q15">:$requant
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Fxp_WeightStorageAttr : EnumAttr<Fxp_Dialect, Fxp_WeightStorage, "storage"> {
  let summary = "a lossless code of i8 weights";
  let description = [{
    How weights lie in an artefact (rule N4); what they are, and what is computed
    with them, is the same.

    | code | bits of a weight | weights |
    |---|---|---|
    | `i8` | 8 | -128 to 127 |
    | `i4` | 4 | -8 to 7 |
    | `i2` | 2 | -2 to 1 |
    | `lut4` | 4 | 0 and any 15 from -128 to 127, in a table |
    | `lut2` | 2 | 0 and any 3 from -128 to 127, in a table |

    `i16` is of plans alone.
  }];
  let assemblyFormat = "`<` $value `>`";
}

#endif // NARROW_DIALECT_FXP_IR_FXPATTRIBUTES_TD
