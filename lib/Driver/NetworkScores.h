//===- NetworkScores.h - a network's forms, judged --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_NETWORKSCORES_H
#define NARROW_LIB_DRIVER_NETWORKSCORES_H

#include "narrow/Driver/PartJudge.h"
#include "narrow/Driver/SearchPlan.h"
#include "narrow/Search/Sensitivity.h"

namespace narrow {

/// The form of each layer that has not 8 bits.
using LayerForms = std::map<std::string, std::string>;

/// Returns the name of weights of so many bits.
std::string getFormName(unsigned bits);

/// What is known of a network whatever the budget: itself with 8 bits, with all
/// weights of other widths, and what each layer's forms cost the results.
class NetworkScores {
public:
  /// The network with all weights of one width.
  struct Uniform {
    unsigned bits;
    QuantizedModel model;
  };

  NetworkScores(const SearchInputs &inputs, const QuantizationOptions &options,
                const BudgetOptions &limits);

  /// Quantises and judges; takes what the file of scores has, and keeps it up
  /// to date.
  llvm::Error run(ProgressCallback progress, BudgetReport &report);

  /// Quantises the network with these forms, and all that `base` has wider.
  llvm::Expected<QuantizedModel> quantize(const LayerForms &forms) const;
  /// Returns the noise of the parts that can be judged.
  llvm::Expected<search::Noise> measure(ModuleOp quantized);
  /// Notes what a plan gave.
  llvm::Error record(const LayerForms &forms, const search::Noise &noise);

  QuantizedModel base;
  std::vector<search::WeightedLayer> layers; ///< Of `base`.
  std::vector<Uniform> uniform;
  search::Scores scores;

private:
  /// Returns how a layer is planned in another width; null where that is the
  /// width it has anyway.
  const LayerPlan *findForm(const search::WeightedLayer &layer,
                            const Uniform &other) const;
  llvm::Error makeModels();
  llvm::Error openScores();
  llvm::Error measureLayers(ProgressCallback progress, BudgetReport &report);
  llvm::Error measureUniform();
  llvm::Error save() const;

  const SearchInputs &inputs;
  QuantizationOptions options;
  const BudgetOptions &limits;
  PartJudge judge;
  SmallVector<bool> isJudged; ///< Of each part.
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_NETWORKSCORES_H
