//===- FxpDialect.td - the fixed-point dialect -------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPDIALECT_TD
#define NARROW_DIALECT_FXP_IR_FXPDIALECT_TD

include "mlir/IR/OpBase.td"

def Fxp_Dialect : Dialect {
  let name = "fxp";
  let cppNamespace = "::narrow::fxp";
  let summary = "fixed-point tensor operations with exact integer semantics";
  let description = [{
    Every op here is defined by integer arithmetic alone, down to the bit, by a
    labelled rule of `docs/numerics.md` (N1, N2, ...). Values are ranked, static
    tensors of upstream's `!quant.uniform` types: a real value is
    `r = scale * (q - zeroPoint)`. Images are NHWC; convolution weights are
    OHWI. All rounding, saturation and accumulator widths are explicit.

    Scales in types say what the integers *mean*. What an op *computes* is said
    by its integer parameters alone (`#fxp.requant`), chosen once when a model
    is quantised; verifiers check that the two agree.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect"];
  let useDefaultAttributePrinterParser = 1;
}

#endif // NARROW_DIALECT_FXP_IR_FXPDIALECT_TD
