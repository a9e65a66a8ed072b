//===- FxpMovementOps.td - same-scale data movement --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPMOVEMENTOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPMOVEMENTOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

def Fxp_ReshapeOp : Fxp_MovementOp<"reshape", ["isView"]> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{ Rule N50. }];
  let arguments = (ins Fxp_MovedTensor:$input);
  let results = (outs Fxp_MovedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Fxp_TransposeOp : Fxp_MovementOp<"transpose", ["readsExactly", "writesExactly"]> {
  let summary = "permuted axes";
  let description = [{ Result axis `i` is input axis `perms[i]` (rule N50). }];
  let arguments = (ins Fxp_MovedTensor:$input, DenseI64ArrayAttr:$perms);
  let results = (outs Fxp_MovedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Fxp_SliceOp : Fxp_MovementOp<"slice", ["worksByRows"]> {
  let summary = "a strided box of the input";
  let description = [{ Result element `i` is input element `starts + i * steps` on each axis; steps may be negative (rule N50). }];
  let arguments = (ins Fxp_MovedTensor:$input, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$steps);
  let results = (outs Fxp_MovedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_PadOp : Fxp_Op<"pad"> {
  let summary = "the input with a border of one stored value";
  let description = [{
    `low` elements before and the rest after, on each axis, hold `value`, a
    stored integer: the zero point for zeros (rule N51).
  }];
  let arguments = (ins Fxp_QuantTensor:$input, DenseI64ArrayAttr:$low, I32Attr:$value);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_ConcatOp : Fxp_MovementOp<"concat", ["worksByRows"]> {
  let summary = "inputs side by side along one axis";
  let description = [{ Rule N50. Inputs of other scales are requantised first, by an op of their own. }];
  let arguments = (ins Variadic<Fxp_MovedTensor>:$inputs, I64Attr:$axis);
  let results = (outs Fxp_MovedTensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_GatherOp : Fxp_MovementOp<"gather"> {
  let summary = "slices of one axis chosen by constant indices";
  let description = [{ Result position `i` on `axis` is input position `indices[i]` (rule N50). }];
  let arguments = (ins Fxp_QuantTensor:$input, DenseI64ArrayAttr:$indices, I64Attr:$axis);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fxp_ResizeOp : Fxp_Op<"resize"> {
  let summary = "nearest or linear interpolation with constant taps";
  let description = [{
    Along each of the two image axes, result position `i` reads input positions
    `index0[i]` and `index1[i]` with weights `256 - fraction[i]` and
    `fraction[i]` (in 1/256; all zero for nearest). Both axes are combined
    exactly and rounded once, half up: `y = (sum of w_y * w_x * q + 2^15) >> 16`
    (rule N52). NHWC. `h_taps` and `w_taps` hold the triples, flattened.
  }];
  let arguments = (ins Fxp_QuantTensor:$input, DenseI32ArrayAttr:$h_taps, DenseI32ArrayAttr:$w_taps);
  let results = (outs Fxp_QuantTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

#endif // NARROW_DIALECT_FXP_IR_FXPMOVEMENTOPS_TD
