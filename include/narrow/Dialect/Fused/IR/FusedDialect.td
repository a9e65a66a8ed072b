//===- FusedDialect.td - contractions of float execution ---*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FUSED_IR_FUSEDDIALECT_TD
#define NARROW_DIALECT_FUSED_IR_FUSEDDIALECT_TD

include "mlir/IR/OpBase.td"

def Fused_Dialect : Dialect {
  let name = "fused";
  let cppNamespace = "::narrow::fused";
  let summary = "float contractions with what is computed along with them";
  let description = [{
    Float execution inside the compiler runs a convolution or a product with
    constant weights, its pads, its bias and the elementwise operations behind
    it as one loop nest over register tiles. The op of this dialect holds all of
    that, first on tensors and then on buffers, until the loops are made.
  }];
}

#endif // NARROW_DIALECT_FUSED_IR_FUSEDDIALECT_TD
