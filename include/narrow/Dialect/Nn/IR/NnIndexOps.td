//===- NnIndexOps.td - places of values --------------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNINDEXOPS_TD
#define NARROW_DIALECT_NN_IR_NNINDEXOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"

/// Rows of what can be ordered: f32 or integers.
def Nn_Rows : Type<And<[Nn_IsStaticTensor, Nn_HasRank<2>, Or<[Nn_IsF32Tensor, CPred<
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger()">]>]>,
    "static tensor of f32 or integers with rank 2", "::mlir::RankedTensorType">;
def Nn_Positions : Type<And<[Nn_IsStaticTensor, Nn_HasRank<2>, CPred<
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger(32)">]>,
    "static tensor of i32 with rank 2", "::mlir::RankedTensorType">;

def Nn_TopKOp : Nn_Op<"top_k"> {
  let summary = "places of the largest elements of each row";
  let description = [{
    `out[r, i]` is where in row `r` the `i`-th largest element stands, or the
    `i`-th smallest with `smallest`; of equal elements the first one comes first.
    Integers are signed. A NaN is above all numbers, zeros of both signs are
    equal (rule N73).

    ```mlir
    %i = nn.top_k %x : tensor<1x1000xf32> -> tensor<1x5xi32>
    ```
  }];
  let arguments = (ins Nn_Rows:$input, UnitAttr:$smallest);
  let results = (outs Nn_Positions:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

#endif // NARROW_DIALECT_NN_IR_NNINDEXOPS_TD
