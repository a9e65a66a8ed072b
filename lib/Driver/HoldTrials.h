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
  /// Of the part that lacks most.
  double mostLack = 0;
  /// As `lack`, without what decisions lack.
  double lackOfNumbers = 0;

  bool isHeld() const { return lack == 0; }
  /// Brings what is lacking up to date.
  void weigh(const AccuracyFloors &floors);
  /// The module that was judged.
  ModuleOp getJudged() const {
    return verdicts.corrected ? *verdicts.corrected : *model.module;
  }
};

/// What quick trials repair: nothing; biases on the way; or also values by a
/// scale for each channel, which takes walks of its own.
enum class QuickRepair { None, Biases, Scales };

/// What weights lose of the missed parts.
struct WeightNoise {
  /// What a part lacks at most, in dB.
  double lack = 0;
  /// The least share of a part's noise that is the weights'.
  double share = 1;
};

/// Quantises and judges. What is looked for is looked for by quick trials: one
/// walk over a few samples that were calibrated with corrects biases and
/// judges. The samples held back judge whole trials alone, of which there are
/// few, so that what they say stays true.
class HoldTrials {
public:
  HoldTrials(ModuleOp observed, const Statistics &statistics,
             const QuantizationOptions &options, const ModelSamples &samples,
             GetExecutor getExecutor, StringRef path, ProgressCallback progress,
             const JudgedModel &judged);

  llvm::Expected<Trial> runWhole(const HoldRecipe &recipe);
  llvm::Expected<Trial> runQuick(const HoldRecipe &recipe, QuickRepair repair);
  /// Returns how much of the noise is that of weights, measured by quick trials
  /// with weights of 8 bits, which is run where it has not said `fine` yet, and
  /// of one less, at the parts that are missed: by `whole`, a whole trial of
  /// `recipe`, or where it is null by quick trials.
  llvm::Expected<WeightNoise> measureWeights(const HoldRecipe &recipe,
                                             QuickRepair repair,
                                             std::vector<PartVerdict> fine,
                                             const Trial *whole);
  /// Whether the work behind the first whole trial is as much as may be spent.
  bool isSpent() const;
  /// Does not count what has been done since `getWork` was `begin`.
  void excuse(double begin) { firstEnd += LayerWalk::getWork() - begin; }
  /// Asks as much more of all trials as `seen`, of the judges, promises more
  /// than `found` at the parts that are missed there.
  void raiseFloors(const PartJudge::Verdicts &seen,
                   const PartJudge::Verdicts &found);
  /// What whole trials have to reach.
  const AccuracyFloors &getFloors() const { return floors; }
  double getFirstWork() const { return firstWork; }
  /// Asks as much more of quick trials as `quick` promises more than `whole`,
  /// of the same recipe, holds at the parts that it misses; `quick` is weighed
  /// anew.
  void matchFloors(const PartJudge::Verdicts &whole, Trial &quick);

  const PartJudge &getJudge() const { return judge; }
  const PartJudge &getQuickJudge() const { return quickJudge; }
  int64_t countWhole() const { return whole; }
  int64_t countQuick() const { return quick; }

private:
  llvm::Expected<Trial> runQuick(const HoldRecipe &recipe, QuickRepair repair,
                                 QuantizationOptions own);
  llvm::Expected<Trial> run(const HoldRecipe &recipe,
                            const QuantizationOptions &own, PartJudge &by,
                            const BiasWalk *biases);

  ModuleOp observed;
  const Statistics &statistics;
  const QuantizationOptions &options;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  StringRef path;
  ProgressCallback progress;
  PartJudge judge, quickJudge;
  /// On the samples of quick trials; made when the first corrects.
  std::unique_ptr<BiasWalk> biases;
  /// Of the first whole trial, and of all when it ended (`LayerWalk::getWork`).
  double firstWork = 0, firstEnd = 0;
  /// Of whole and of quick trials.
  AccuracyFloors floors, quickFloors;
  int64_t whole = 0, quick = 0;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_HOLDTRIALS_H
