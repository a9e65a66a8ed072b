//===- NetworkScores.h - a network's forms, judged --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_NETWORKSCORES_H
#define NARROW_LIB_DRIVER_NETWORKSCORES_H

#include "PlanChoices.h"
#include "SchemeForms.h"
#include "ValueForms.h"
#include "narrow/Driver/PartJudge.h"
#include "narrow/Driver/SearchPlan.h"

#include <set>

namespace narrow {

/// Returns the codes that weights of a width may lie in, the narrowest first:
/// some kernels read wider ones faster.
SmallVector<fxp::WeightStorage> getStorages(const WeightWidth &width);
/// Returns the name of weights of a width, `w4` or in blocks `w4b32`, with the
/// code behind it where that is not the narrowest: `w4.i8`.
std::string getFormName(const WeightWidth &width, fxp::WeightStorage storage);
inline std::string getFormName(const WeightWidth &width) {
  return getFormName(width, fxp::getDefaultStorage(width.bits));
}

/// What is known of a network whatever the budget: itself with 8 bits, with all
/// weights of other widths, and what each layer's forms cost the results.
class NetworkScores {
public:
  /// The network with all weights of one width.
  struct Uniform {
    WeightWidth width;
    QuantizedModel model;

    /// Whether a layer of it has that width: some cannot.
    bool hasOwnWidth(const LayerPlan &layer) const {
      return WeightWidth{layer.bits, layer.block} == width;
    }
  };

  NetworkScores(const SearchInputs &inputs, const QuantizationOptions &options,
                const BudgetOptions &limits);

  /// Quantises and judges; takes what the file of scores has, and keeps it up
  /// to date.
  llvm::Error run(ProgressCallback progress, BudgetReport &report);

  /// Quantises the network with these forms, and all that `base` has wider.
  llvm::Expected<QuantizedModel> quantize(const LayerForms &forms) const;
  /// Quantises the network with 16 bits for these values, for its kernels
  /// alone.
  llvm::Expected<QuantizedModel> widen(ArrayRef<StringRef> names) const {
    ++quantizations;
    return quantizeWidened(inputs, options, names);
  }
  /// Returns the noise of the parts that can be judged.
  llvm::Expected<search::Noise> measure(ModuleOp quantized);
  /// Notes what a plan gave.
  llvm::Error record(const LayerForms &forms, const search::Noise &noise);
  llvm::Error save() const;

  QuantizedModel base;
  std::vector<search::WeightedLayer> layers; ///< Of `base`.
  std::vector<Uniform> uniform;
  std::vector<SchemeForm> schemes;
  std::vector<ValueForm> values; ///< That may have 16 bits.
  search::Scores scores;
  /// Times that the network was quantised.
  mutable int64_t quantizations = 0;

private:
  /// Returns how a layer is planned in another width; null where that is the
  /// width it has anyway.
  const LayerPlan *findForm(const search::WeightedLayer &layer,
                            const Uniform &other) const;
  QuantizationOptions getCommonOptions() const;
  llvm::Error makeBase();
  /// Quantises the network in its other forms, repaired where they have to be
  /// scored.
  llvm::Error makeForms();
  void findMissing(BudgetReport &report);
  llvm::Error openScores();
  llvm::Error measureLayers(ProgressMeter &meter);
  /// Measures whole networks in which one layer or one value has another form.
  llvm::Error measureSchemes(ProgressMeter &meter);
  llvm::Error measureValues(ProgressMeter &meter);
  llvm::Error measureEntry(StringRef entry, StringRef form, ModuleOp module,
                           ProgressMeter &meter);
  /// Notes a score and saves all: a run that is killed has lost one.
  llvm::Error note(StringRef entry, StringRef form, const search::Noise &noise,
                   ProgressMeter &meter);
  llvm::Error measureUniform();
  llvm::Error measureWhole(const LayerForms &forms, ModuleOp module);

  const SearchInputs &inputs;
  QuantizationOptions options;
  const BudgetOptions &limits;
  PartJudge judge;
  SmallVector<bool> isJudged; ///< Of each part.
  /// What the file lacked, entry and form, and how many were measured.
  std::set<std::pair<std::string, std::string>> missing;
  int64_t measured = 0;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_NETWORKSCORES_H
