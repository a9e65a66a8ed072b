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
  I32EnumAttrCase<"Pow2", 3, "pow2">
]> {
  let cppNamespace = "::narrow::fxp";
  let genSpecializedAttr = 0;
}

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

    `offset` exists in q15 only: it holds the zero point divided by the scale
    ratio and the shift's rounding constant, so that both cost nothing.
    The formulas are those of unbounded integers, so `a` may be i32 or i64.
    Limits: q15 1 <= multiplier <= 32767, 0 <= shift <= 31; q31 2^30 <=
    multiplier < 2^31, 1 <= shift <= 62 (31 and more where the scale ratio is
    below 1, as it is after every contraction); f32 a normal positive number;
    pow2 0 <= shift <= 31.
  }];
  let parameters = (ins
    EnumParameter<Fxp_RequantMode>:$mode,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$multiplier,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$shift,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$offset,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$min,
    DefaultValuedParameter<"::mlir::DenseI32ArrayAttr", "::mlir::DenseI32ArrayAttr::get($_ctxt, {})">:$max
  );
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // NARROW_DIALECT_FXP_IR_FXPATTRIBUTES_TD
