//===- HoldTrials.h - ways to quantise, and how they do ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_HOLDTRIALS_H
#define NARROW_LIB_DRIVER_HOLDTRIALS_H

#include "narrow/Driver/HoldAccuracy.h"
#include "narrow/Driver/PartJudge.h"

namespace narrow {

/// A model quantised by a recipe, and what samples say of it.
struct Trial {
  HoldRecipe recipe;
  QuantizedModel model;
  PartJudge::Verdicts verdicts;
  /// What the parts lack, summed up, in dB; 0 where all are held.
  double lack = 0;

  bool isHeld() const { return lack == 0; }
};

/// Quantises and judges. What is looked for is looked for by quick trials:
/// biases corrected on a few samples, others of those that were calibrated with
/// judge. The samples held back judge whole trials alone, of which there are
/// few, so that what they say stays true.
class HoldTrials {
public:
  HoldTrials(ModuleOp observed, const Statistics &statistics,
             const QuantizationOptions &options, const ModelSamples &samples,
             GetExecutor getExecutor, StringRef path,
             ProgressCallback progress);

  llvm::Expected<Trial> runWhole(const HoldRecipe &recipe);
  llvm::Expected<Trial> runQuick(const HoldRecipe &recipe);

  const PartJudge &getJudge() const { return judge; }
  const PartJudge &getQuickJudge() const { return quickJudge; }
  int64_t countWhole() const { return whole; }
  int64_t countQuick() const { return quick; }

private:
  llvm::Expected<Trial> run(const HoldRecipe &recipe,
                            const QuantizationOptions &own, PartJudge &by);

  ModuleOp observed;
  const Statistics &statistics;
  const QuantizationOptions &options;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  StringRef path;
  ProgressCallback progress;
  PartJudge judge, quickJudge;
  int64_t whole = 0, quick = 0;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_HOLDTRIALS_H
