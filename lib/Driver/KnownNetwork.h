//===- KnownNetwork.h - a scored network in a file --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search under one budget leaves in the file of scores, so that another
// budget is answered without calibrating and quantising again.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_KNOWNNETWORK_H
#define NARROW_LIB_DRIVER_KNOWNNETWORK_H

#include "PlanChoices.h"
#include "narrow/Driver/BudgetAnswer.h"
#include "narrow/Driver/Calibrate.h"

namespace narrow {

/// Returns a hash of all that a table of choices depends on: the compiler, the
/// prepared model with its constants, the samples, `statistics` as their file
/// has them, the kernel times, and every option but the budget's limits.
llvm::Expected<uint64_t> hashSearch(ModuleOp observed,
                                    const CalibrationOptions &calibration,
                                    StringRef statistics,
                                    const QuantizationOptions &quantization,
                                    const BudgetOptions &budget);

struct KnownNetwork {
  /// A plan as its file, with predicted times, and their sum.
  struct TimedPlan {
    std::string text;
    double us = 0;
  };
  /// A plan that was quantised and judged.
  struct Trial {
    LayerForms forms;
    int64_t bytes = 0;
    double us = 0;
    search::Noise noise;
    TimedPlan plan;
  };

  /// `hashSearch`; of another one nothing here is true.
  uint64_t key = 0;
  search::ChoiceTable table;
  /// Of the table's first entries, which are layers: how many weights each has,
  /// and what plans call it.
  std::vector<int64_t> weights;
  std::vector<std::string> names;
  /// As in `BudgetReport`; scores however they were found.
  int64_t scores = 0, layersWithoutChoice = 0, estimatedKernels = 0;
  /// What was said of the data.
  std::vector<std::string> warnings;
  /// With all weights in one form, by its name, and with one value wider, by
  /// its entry.
  std::map<std::string, TimedPlan> plans;
  /// The first is that of 8 bits.
  std::vector<Trial> trials;

  static llvm::Expected<KnownNetwork> fromJson(const llvm::json::Value &json);
  llvm::json::Value toJson() const;

  const Trial *findTrial(const LayerForms &forms) const;
};

/// Answers from the network that `limits` names the scores of, where these were
/// left by a search of the same `key`. Nothing is returned where no plan keeps
/// the limits, or where whole plans were not what the scores predict, so that
/// the best one has to be measured.
llvm::Expected<std::optional<BudgetAnswer>>
answerBudget(uint64_t key, const QuantizationOptions &options,
             const BudgetOptions &limits);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_KNOWNNETWORK_H
