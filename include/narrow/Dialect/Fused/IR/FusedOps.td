//===- FusedOps.td - contractions of float execution -------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FUSED_IR_FUSEDOPS_TD
#define NARROW_DIALECT_FUSED_IR_FUSEDOPS_TD

include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "narrow/Dialect/Fused/IR/FusedDialect.td"

def Fused_Floats : TensorOrMemRef<[F32]>;

def Fused_ContractionOp : Op<Fused_Dialect, "contraction", [
    DestinationStyleOpInterface, SingleBlock,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a contraction with constant weights and an elementwise end";
  let description = [{
    For an input `[N, H, W, C]` and a result `[N, Y, X, O]`
    ```
    sum = bias[o], and then, ky, kx, i ascending:
    sum = fma(in[n, y*sy + ky*dy - top, x*sx + kx*dx - left, i], w[o,ky,kx,i], sum)
    out[n,y,x,o] = body(sum, others[..][n,y,x,o])
    ```
    where positions outside the input are left out and `fma` rounds once. With
    `depthwise` there is one product a tap, of channel `i = o`. Inputs of another
    rank than 4 are products `[..., C]` to `[..., O]` with a window of one.

    An operand of `others` has the result's rank; axes of size 1 are repeated.
    `tile` is the number of positions along a row and of channels that are summed
    at a time, and of channels in a vector. The weights lie as the loops read them: for each `tile[1]` channels
    (the last may be fewer) all taps in the order of the sum, the channels of a
    tap side by side; `[ky, kx, o]` if depthwise.

    On tensors the result is written over `init`; on buffers there is no result.
  }];
  let arguments = (ins Fused_Floats:$input, Fused_Floats:$weights, Fused_Floats:$bias,
      Variadic<Fused_Floats>:$others, Fused_Floats:$init, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$tile, UnitAttr:$depthwise);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights `,` $bias (`,` $others^)? `:` type($input) `,` type($weights) `,` type($bias) (`,` type($others)^)? `)`
    `outs` `(` $init `:` type($init) `)` attr-dict-with-keyword $body (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    ::mlir::ShapedType getInputType() { return ::llvm::cast<::mlir::ShapedType>(getInput().getType()); }
    ::mlir::ShapedType getOutputType() { return ::llvm::cast<::mlir::ShapedType>(getInit().getType()); }
    /// Channels of the result.
    int64_t getOutputs() { return getOutputType().getShape().back(); }
    /// Products for each result.
    int64_t getTaps();
    /// Whether a result position reads one input position.
    bool isPointwise() { return getKernel()[0] == 1 && getKernel()[1] == 1; }
  }];
}

def Fused_YieldOp : Op<Fused_Dialect, "yield", [Pure, Terminator, HasParent<"ContractionOp">]> {
  let summary = "the value that a contraction stores";
  let arguments = (ins F32:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // NARROW_DIALECT_FUSED_IR_FUSEDOPS_TD
