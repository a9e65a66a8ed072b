//===- Passes.td - from float to fixed point ---------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_QUANTIZE_PASSES_TD
#define NARROW_QUANTIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldInputNormalization : Pass<"fold-input-normalization", "::mlir::ModuleOp"> {
  let summary = "let a model take pixels instead of normalised values";
  let description = [{
    A model that wants `(pixel - mean[c]) * scale[c]` for channel c gets the
    pixels themselves, 0 to 255: scale and mean go into the weights and the bias
    of the convolution that alone reads the input (through transposes at most),
    and the input's observer is given the type `u8` with scale 1 and zero point
    0, so that a quantised interface takes the bytes of an image as they are.
    Padding of the convolution becomes an op of its own, with the rounded mean of
    `mean` as its value: exact where the means are one integer, else off by their
    distance from it at the rim alone.

    ```mlir
    %0 = nn.conv2d %x, %w, %b ...
    ```
    becomes, with w'[o,ky,kx,c] = w[o,ky,kx,c] * scale[c] and b'[o] = b[o] - sum
    of w'[o,ky,kx,c] * mean[c],
    ```mlir
    %0 = nn.conv2d %x, %w', %b' ...
    ```

    Runs on a prepared model (NHWC) before calibration, whose samples are then
    pixels too. Fails where the input has other readers or channels.
  }];
  let options = [
    ListOption<"mean", "mean", "double", "one number, or one per channel">,
    ListOption<"scale", "scale", "double", "one number, or one per channel">,
    Option<"input", "input", "unsigned", "0", "the function's argument">
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect", "::mlir::tosa::TosaDialect"];
}

def Quantize : Pass<"quantize", "::mlir::ModuleOp"> {
  let summary = "replace float ops by fixed-point ops of the planned types";
  let description = [{
    Turns TOSA and `nn` ops into `fxp` ops, using the types that `plan-types`
    wrote on observers, and removes the observers. Weights become symmetric
    integers as `narrow.weights` says, which `plan-weights` wrote (without it of 8
    bits with one scale per output channel), biases i32 at the accumulator's
    scale; clamps and scalings that only one op's result feeds are folded into
    its requantisation; elementwise functions of one value become tables, and
    several in a chain, or a graph, of which nothing else reads what lies
    between, one table (8-bit and 16-bit values; 8-bit ones where constants
    differ from channel to channel). A chain does not take a clamp away from a
    layer that has it in its requantisation. The table of a 16-bit value has
    segments (`fxp.interpolate`) where 2 KiB of them come close enough to the
    function; where they do not, it has 65536 entries, and a remark says so.

    Function arguments are quantised where they are first used and results are
    dequantised, so that the function's type stays as it is; with
    `io=quantized` the function's type is that of the integers. Sums and products
    with constants, one number or one a channel, that lie between an argument and
    the rest are part of its cast (N12). A result that planning marks
    `narrow.parts` is joined behind the casts of its parts.

    With `onnx-runtime`, a model that came quantised is computed as ONNX Runtime
    does it (`narrow.stored_weights` on the module notes the integers of its
    file): layers in their own integers, requantised by f32 ratios of its own
    order of products and quotients, tables rounded to even, and nothing merged
    that the model rounds apart. A remark `[inexact]` names each operation that
    ONNX Runtime itself computes in float, whose result may be a step away.

    Ops without a fixed-point form stay in float between casts, each with a
    remark that names the node and the reason; with `integer-only` the remark is
    an error.
  }];
  let options = [
    Option<"requant", "requant", "::narrow::fxp::RequantMode", "::narrow::fxp::RequantMode::Q15",
      "requantisation of 8-bit results, but of layers whose weights are planned", [{::llvm::cl::values(
        clEnumValN(::narrow::fxp::RequantMode::Q15, "q15", "16-bit product (default)"),
        clEnumValN(::narrow::fxp::RequantMode::Q31, "q31", "32-bit product, exact to one rounding"),
        clEnumValN(::narrow::fxp::RequantMode::F32, "f32", "float product, as ONNX runtimes do"),
        clEnumValN(::narrow::fxp::RequantMode::Pow2, "pow2", "shift alone; needs pow2 scales"))}]>,
    Option<"io", "io", "::narrow::quantize::Interface", "::narrow::quantize::Interface::Float",
      "the function's argument and result types", [{::llvm::cl::values(
        clEnumValN(::narrow::quantize::Interface::Float, "float", "f32 (default)"),
        clEnumValN(::narrow::quantize::Interface::Quantized, "quantized", "fixed point"))}]>,
    Option<"plainCasts", "plain-casts", "bool", "false",
      "no normalisation in an argument's cast, no result of several types: for an interface that is quantised later">,
    Option<"onnxRuntime", "onnx-runtime", "bool", "false", "the bits of ONNX Runtime, for models that came quantised; needs requant=f32">,
    Option<"integerOnly", "integer-only", "bool", "false", "an op that stays in float is an error">,
    Option<"fullTables", "full-tables", "bool", "false", "functions of 16-bit values with an entry for each input (N42), never interpolated (N46)">,
    ListOption<"keepFloat", "keep-float", "std::string", "names of ops (or of their results) that stay in float">
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect", "::mlir::tosa::TosaDialect"];
}

#endif // NARROW_QUANTIZE_PASSES_TD
