//===- Sensitivity.h - what each layer's forms cost the results *- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One layer at a time takes another form, and samples judge the whole network:
// a layer's error says little about what reaches the results. The passes share
// what lies in front of the layer, so that all of them together take half the
// time of as many runs.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SEARCH_SENSITIVITY_H
#define NARROW_SEARCH_SENSITIVITY_H

#include "narrow/Search/Scores.h"
#include "narrow/Simulate/PartErrors.h"

namespace narrow::search {

/// A contraction whose weights may take other forms.
struct WeightedLayer {
  std::string name; ///< Of the value that it makes.
  std::string node; ///< That it computes, the first of several.
  Operation *op = nullptr;
  int64_t weights = 0; ///< How many.
};

/// Returns the contractions of a fixed-point module with constant weights and a
/// name, in their order; of several with one name, the first.
std::vector<WeightedLayer> findWeightedLayers(ModuleOp quantized);

/// The network with every layer in one other form: with weights of 4 bits, say.
struct Form {
  std::string name;
  ModuleOp module;
};

/// Whether the layer of a form can stand in the place of `op`: it reads and
/// makes the same types and differs in weights, bias and requantisation alone.
bool canReplace(Operation *op, Operation *other);

/// Samples that judge, and others for what is fitted to a layer's inputs.
struct SensitivitySamples {
  GetSample judge;
  GetSample train;
  int64_t training = 0;
};

/// Returns the noise of each part; NaN for what judges nothing.
llvm::Expected<Noise> measureNoise(mlir::func::FuncOp function,
                                   const PartElements &wanted, GetSample judge);

/// Measures the noise of each part with each layer of `quantized` in each of
/// `forms`, one at a time, where `isWanted` says so. The layer's bias is
/// corrected first: its mean over the training samples, with the inputs that it
/// has in `quantized`, becomes what it is there. `use` is told of each result;
/// what it fails with ends the measurement. `quantized` returns the parts, of
/// which `wanted` has the float model's elements; it is as before at the end.
llvm::Error measureForms(
    ModuleOp quantized, ArrayRef<Form> forms, const PartElements &wanted,
    const SensitivitySamples &samples,
    function_ref<bool(StringRef layer, StringRef form)> isWanted,
    function_ref<llvm::Error(StringRef layer, StringRef form, Noise noise)>
        use);

} // namespace narrow::search

#endif // NARROW_SEARCH_SENSITIVITY_H
