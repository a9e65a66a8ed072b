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

#endif // NARROW_PLAN_PASSES_TD
