//===- SchemeForms.h - layers in float, or by another scheme ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_SCHEMEFORMS_H
#define NARROW_LIB_DRIVER_SCHEMEFORMS_H

#include "narrow/Driver/SearchPlan.h"
#include "narrow/Search/Sensitivity.h"

namespace narrow {

/// One layer of the network by a scheme that is not static, or in float; the
/// biases of all others are corrected as they are in the 8-bit network.
struct SchemeForm {
  std::string layer; ///< As `search::WeightedLayer::name`.
  std::string form;  ///< `float`, `dynamic`, `weight-only.w4`, ...
  OwningOpRef<ModuleOp> module;
};

/// Returns the line of a layer in one of these forms, made of the one that it
/// has with 8 bits; nothing where `form` is none of them.
std::optional<LayerPlan> makeSchemeLine(const LayerPlan &plain, StringRef form);

/// Returns what a plan says of a layer, null for nothing.
const LayerPlan *findLayerPlan(const Plan &plan,
                               const search::WeightedLayer &layer);

/// Quantises the network with each of `layers` in each form that `limits`
/// names, one at a time, without repairs. Layers that a plan decides, and forms
/// that a layer cannot have, are left out; a form that no layer can have is an
/// error. Adds the number of networks that were quantised to `quantizations`.
llvm::Expected<std::vector<SchemeForm>>
findSchemeForms(const SearchInputs &inputs, const QuantizationOptions &options,
                const QuantizedModel &base,
                ArrayRef<search::WeightedLayer> layers,
                const BudgetOptions &limits, int64_t &quantizations);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_SCHEMEFORMS_H
