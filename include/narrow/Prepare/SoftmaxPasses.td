//===- SoftmaxPasses.td - softmax on the float level ------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_SOFTMAXPASSES_TD
#define NARROW_PREPARE_SOFTMAXPASSES_TD

include "mlir/Pass/PassBase.td"

def FuseSoftmax : Pass<"fuse-softmax", "::mlir::func::FuncOp"> {
  let summary = "recognise softmax and log-softmax in TOSA";
  let description = [{
    TOSA has no softmax; its front ends write exponentials (usually of the
    distance to the maximum) divided by their sum. As one `nn` op it has an
    integer form of its own.

    ```mlir
    %m = tosa.reduce_max %x {axis = 1 : i32} : ...
    %d = tosa.sub %x, %m : ...
    %e = tosa.exp %d : ...
    %s = tosa.reduce_sum %e {axis = 1 : i32} : ...
    %r = tosa.reciprocal %s : ...
    %y = tosa.mul %e, %r, %shift : ...
    // becomes
    %y = nn.softmax %x {axis = 1 : i64} : tensor<2x4xf32>
    ```

    Sums over several axes are not recognised.
  }];
  let dependentDialects = ["::narrow::nn::NnDialect"];
}

def FuseSoftmaxMask : Pass<"fuse-softmax-mask", "::mlir::func::FuncOp"> {
  let summary = "make what masks scores an operand of their softmax";
  let description = [{
    Addends of at most -10^4 (-10^9, the lowest float, minus infinity), and a
    choice between scores and such a number, mean that a place takes no part.
    As booleans they leave the range of the scores alone. The addends may be
    constant or computed: products of such a number with casts of booleans or of
    integers (which are 0 or 1) or with 1 less those, choices between 0 and such
    a number, sums, minima and moved ones of all these. Biases beside masks in
    one constant stay a sum. Weaker addends are values like any other. A row
    that is masked throughout keeps its scores where f32 would have kept them
    (numbers above -10^6), else its elements are alike.

    ```mlir
    %s = tosa.add %x, %mask : ... // 0 and -10000
    %y = nn.softmax %s {axis = 3 : i64} : tensor<1x2x4x4xf32>
    // becomes
    %y = nn.softmax %x mask %m {axis = 3 : i64} : tensor<1x2x4x4xf32>, tensor<1x1x4x4xi1>
    ```
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

#endif // NARROW_PREPARE_SOFTMAXPASSES_TD
