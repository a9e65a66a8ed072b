//===- Passes.td - choosing types --------------------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PASSES_TD
#define NARROW_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def PlanTypes : Pass<"plan-types", "::mlir::ModuleOp"> {
  let summary = "choose the fixed-point type of every observed value";
  let description = [{
    Reads the `range` of each `fxp.observe` and writes its `type`. Values that
    data movement ties together (reshape, transpose, slice, pad, concat, max
    pool, ...) get one type, from the union of their ranges, so that nothing is
    rescaled between them. Every range is extended to hold zero. Softmax results
    are u8 at scale 1/256 where rows are short; of long rows, whose elements are
    smaller, they get a scale that holds twice what was calibrated, and 16 bits
    where 8 leave less than 26 dB (N43). Concatenations that nothing computes
    with on the way to the function's results are marked `narrow.parts` where
    one type would be four times coarser than a part's own: the parts keep their
    types, and the casts to float join them. Steep functions (reciprocals near
    zero, logarithms over decades: more than an eighth of the result's range
    within one step) and what they are computed from have i16. Results of the last contraction (logits, possibly
    read by a softmax) are symmetric i16, so that they are not rounded to 8
    bits, unless `wide-results` is off; so are results of contractions that only
    additions read, unless `residual-bits` is 8: both sides of a residual sum are
    rounded once instead of twice, which is worth 1 to 1.5 dB on residual
    networks and costs a few percent of time. With `residual-stream-bits` 16, sums
    (and results of contractions) that additions and layers read are i16 as well,
    with `narrow.layer_type` for the layers, which read them in 8 bits as ever: the
    two scales are a power of two apart, so that the cast is a shift. The 16-bit types of last results
    hold twice the calibrated extremes (`extremes`): data outside the
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
    it. Constants that are no layer's weights get the type of their values as
    `narrow.type`. An observer that calibration gave no range gets no type, which leaves its
    value in float; so do one marked `not_finite`, whose value was infinite
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
    Option<"residualStreamBits", "residual-stream-bits", "unsigned", "8",
           "storage bits of what additions and layers read: 8, or 16, of which layers read 8">,
    ListOption<"keepFloat", "keep-float", "std::string", "names of ops (or of their results) that stay in float">,
    ListOption<"ranges", "range", "std::string", "NAME=LOW:HIGH replaces the calibrated range of a value">,
    ListOption<"types", "type", "std::string", "NAME=u2|...|u8|i2|...|i8|i16 sets the storage of a value; i16/u8: of 16 bits, of which layers read 8">
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

def PlanWeights : Pass<"plan-weights", "::mlir::ModuleOp"> {
  let summary = "choose how the weights of every layer are stored";
  let description = [{
    Writes `narrow.weights` on each float op with constant weights that has none:
    convolutions, linear layers and recurrent layers. Storage is the smallest that
    holds the bits. With `edge-bits`, layers that no other layer is in front of,
    or behind, have these bits: they are few, and lose most. With `block`, so many
    weights of 4 bits share a multiplier, in layers whose channels have more of
    them: linear ones, and convolutions that sum over several input channels.

    ```mlir
    %0 = nn.linear %x, %w, %b : ...
    ```
    becomes, with `bits=4`,
    ```mlir
    %0 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = i4, bits = 4>} : ...
    ```

    Scales are not chosen here: they follow from the weights, what is planned for
    them, and the types of the input and the result.
  }];
  let options = [
    Option<"bits", "bits", "unsigned", "8", "bits of weights, 2 to 16">,
    Option<"edgeBits", "edge-bits", "unsigned", "0", "bits of the weights of first and last layers; 0 for `bits`">,
    Option<"block", "block", "unsigned", "0",
      "weights of 4 bits that share a multiplier: 32, 64 or 128; 0 for none">,
    Option<"perTensor", "per-tensor", "bool", "false", "one weight scale per tensor">,
    Option<"fullRange", "full-range", "bool", "false", "weights in [-128, 127] instead of [-127, 127]">,
    Option<"pow2", "pow2", "bool", "false", "power-of-two weight scales">,
    Option<"pairSafe", "pair-safe", "bool", "false",
      "weights whose pairs of products fit 16 bits, for AVX2 without VNNI">,
    Option<"requant", "requant", "::narrow::fxp::RequantMode", "::narrow::fxp::RequantMode::Q15",
      "requantisation of 8-bit results", [{::llvm::cl::values(
        clEnumValN(::narrow::fxp::RequantMode::Q15, "q15", "16-bit product (default)"),
        clEnumValN(::narrow::fxp::RequantMode::Q31, "q31", "32-bit product, exact to one rounding"),
        clEnumValN(::narrow::fxp::RequantMode::F32, "f32", "float product, as ONNX runtimes do"),
        clEnumValN(::narrow::fxp::RequantMode::Pow2, "pow2", "shift alone; needs pow2 scales"))}]>
  ];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

#endif // NARROW_PLAN_PASSES_TD
