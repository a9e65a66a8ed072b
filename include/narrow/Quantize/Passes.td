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

def PlanTypes : Pass<"plan-types", "::mlir::ModuleOp"> {
  let summary = "choose the fixed-point type of every observed value";
  let description = [{
    Reads the `range` of each `fxp.observe` and writes its `type`. Values that
    data movement ties together (reshape, transpose, slice, pad, concat, max
    pool, ...) get one type, from the union of their ranges, so that nothing is
    rescaled between them. Every range is extended to hold zero. Softmax results
    are u8 at scale 1/256. Results of the last contraction (logits, possibly
    read by a softmax) are symmetric i16, so that they are not rounded to 8
    bits, unless `wide-results` is off; so are results of contractions that only
    additions read, unless `residual-bits` is 8: both sides of a residual sum are
    rounded once instead of twice, which is worth 1 to 1.5 dB on residual
    networks and costs a few percent of time. The 16-bit types of last results
    hold twice the calibrated extremes (`narrow.extremes`): data outside the
    samples exceeds them, and of sixteen bits one can be spared. A range that is
    given is taken as it is.

    ```mlir
    fxp.observe %x "a" {range = array<f64: 0.0, 2.55>} : tensor<4xf32>
    ```
    becomes
    ```mlir
    fxp.observe %x "a" {range = array<f64: 0.0, 2.55>, type = !quant.uniform<u8:f32, 0.01>} : tensor<4xf32>
    ```

    An observer that has a type already keeps it, and so do the values tied to
    it. An observer that calibration gave no range gets no type, which leaves its
    value in float; so do one marked `narrow.not_finite`, whose value was infinite
    or NaN in calibration, and all that share its group, unless a range is given
    for it. A range that is not finite is an error. What is computed is
    not changed: `quantize` obeys the types.
  }];
  let options = [
    Option<"symmetric", "symmetric", "bool", "false", "zero point 0 for activations">,
    Option<"bits", "bits", "unsigned", "8", "storage bits of activations, 2 to 16">,
    Option<"pow2", "pow2", "bool", "false", "power-of-two scales">,
    Option<"wideResults", "wide-results", "bool", "true", "16-bit results of the last contraction">,
    Option<"residualBits", "residual-bits", "unsigned", "16",
           "storage bits of contraction results that only an addition reads: 8 or 16">,
    ListOption<"keepFloat", "keep-float", "std::string", "names of ops (or of their results) that stay in float">,
    ListOption<"ranges", "range", "std::string", "NAME=LOW:HIGH replaces the calibrated range of a value">,
    ListOption<"types", "type", "std::string", "NAME=u8|i8|i16 sets the storage of a value">
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

def Quantize : Pass<"quantize", "::mlir::ModuleOp"> {
  let summary = "replace float ops by fixed-point ops of the planned types";
  let description = [{
    Turns TOSA and `nn` ops into `fxp` ops, using the types that `plan-types`
    wrote on observers, and removes the observers. Weights become symmetric
    integers with one scale per output channel, biases i32 at the accumulator's
    scale; clamps and scalings that only one op's result feeds are folded into
    its requantisation; elementwise functions of one value become tables, and
    several in a chain, or a graph, of which nothing else reads what lies
    between, one table (8-bit and 16-bit values; 8-bit ones where constants
    differ from channel to channel). A chain does not take a clamp away from a
    layer that has it in its requantisation.

    Function arguments are quantised where they are first used and results are
    dequantised, so that the function's type stays as it is; with
    `io=quantized` the function's type is that of the integers.

    Ops without a fixed-point form stay in float between casts, each with a
    remark that names the node and the reason; with `integer-only` the remark is
    an error.
  }];
  let options = [
    Option<"perTensor", "per-tensor", "bool", "false", "one weight scale per tensor">,
    Option<"fullRange", "full-range", "bool", "false", "weights in [-128, 127] instead of [-127, 127]">,
    Option<"pow2", "pow2", "bool", "false", "power-of-two weight scales">,
    Option<"pairSafe", "pair-safe", "bool", "false",
      "weights whose pairs of products fit 16 bits, for AVX2 without VNNI">,
    Option<"weightBits", "weight-bits", "unsigned", "8", "storage bits of weights, 2 to 8">,
    Option<"requant", "requant", "::narrow::fxp::RequantMode", "::narrow::fxp::RequantMode::Q15",
      "requantisation of 8-bit results", [{::llvm::cl::values(
        clEnumValN(::narrow::fxp::RequantMode::Q15, "q15", "16-bit product (default)"),
        clEnumValN(::narrow::fxp::RequantMode::Q31, "q31", "32-bit product, exact to one rounding"),
        clEnumValN(::narrow::fxp::RequantMode::F32, "f32", "float product, as ONNX runtimes do"),
        clEnumValN(::narrow::fxp::RequantMode::Pow2, "pow2", "shift alone; needs pow2 scales"))}]>,
    Option<"io", "io", "::narrow::quantize::Interface", "::narrow::quantize::Interface::Float",
      "the function's argument and result types", [{::llvm::cl::values(
        clEnumValN(::narrow::quantize::Interface::Float, "float", "f32 (default)"),
        clEnumValN(::narrow::quantize::Interface::Quantized, "quantized", "fixed point"))}]>,
    Option<"integerOnly", "integer-only", "bool", "false", "an op that stays in float is an error">,
    ListOption<"keepFloat", "keep-float", "std::string", "names of ops (or of their results) that stay in float">
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

#endif // NARROW_QUANTIZE_PASSES_TD
