//===- Holder.h - what is tried for the results -----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_HOLDER_H
#define NARROW_LIB_DRIVER_HOLDER_H

#include "HoldTrials.h"
#include "Suspects.h"
#include "TurnJudge.h"

namespace narrow {

/// What is done to a suspect: 16 bits for its values; it stays in float; what
/// makes its operands does as well.
enum class Measure { Widen, KeepFloat, KeepSourcesFloat };

/// Looks for what brings each part of the results to its floor and costs least
/// when it runs.
class Holder {
public:
  Holder(ModuleOp observed, const Statistics &statistics,
         const QuantizationOptions &options, const ModelSamples &samples,
         GetExecutor getExecutor, StringRef path, ProgressCallback progress,
         const JudgedModel *whole, bool takesTurns)
      : observed(observed), statistics(statistics), options(options),
        samples(samples), getExecutor(getExecutor), path(path),
        hasWhole(whole != nullptr), takesTurns(takesTurns),
        judged(whole ? *whole : JudgedModel{observed, getExecutor}),
        trials(observed, statistics, options, samples, getExecutor, path,
               progress, judged) {}

  llvm::Expected<QuantizedModel> run(const HoldRecipe *start);

private:
  /// What a search by quick trials came to: a recipe, how many suspects it
  /// treats, and what was said of its parts, where it was run.
  struct Found {
    HoldRecipe recipe;
    double lack;
    std::vector<PartVerdict> parts;
    size_t count = 0;
  };

  llvm::Error hold();
  /// Runs what was judged as a whole once more by quick trials, which are
  /// measured by that.
  llvm::Error layGround();
  /// Other estimators of ranges, and fitted weights.
  llvm::Error tryFreeMeasures();
  /// Fits weights where a part lacks no more than that may give.
  llvm::Error tryFittedWeights(const HoldRecipe &recipe, double lack);
  /// Fits weights where those of 8 bits are measured to be what a part lacks:
  /// in `whole`, or where it is null in quick trials.
  llvm::Error tryLeftToWeights(const Found &found, const Trial *whole);
  /// Whether weights may be fitted, and have not been by this recipe.
  bool mayFit(const HoldRecipe &recipe);
  llvm::Error attemptFitted(HoldRecipe recipe);
  /// 16 bits for residual streams, of which layers read 8 as before.
  llvm::Error tryWideStreams();
  llvm::Error tryCostlyMeasures();
  /// Whether letting all samples judge in turns takes little time.
  bool mayJudgeInTurns() const;
  /// What judging in turns once takes, in products.
  double getTurnWork() const;
  /// Lets all samples judge in turns what a few hold, where these may not have
  /// seen what is rare; does more where that is not held.
  llvm::Error judgeInTurns(std::vector<PartVerdict> &before);
  /// Room beyond what was seen of the values that are `left`.
  llvm::Error makeRoom(TurnJudge &judge, ArrayRef<std::string> left,
                       double beyond);
  /// Looks further for what turns do not hold.
  llvm::Error goOn(TurnJudge &judge);
  /// Keeps a recipe as `turn` where it is better by `gain`.
  llvm::Error tryTurn(TurnJudge &judge, const HoldRecipe &recipe, double gain);
  /// What is done to how many suspects at most, of which so few do not hold.
  struct Step {
    Measure measure;
    size_t failed, most;
  };
  std::vector<Step> getCostlySteps(size_t losing) const;
  /// Treats as few suspects, the worst first, as hold the floor in quick
  /// trials; or those that help most.
  llvm::Expected<Found> search(const Found &base, const Step &step);
  llvm::Error narrow(HoldRecipe &recipe);
  /// Runs what was found as a whole, and with more suspects where that does not
  /// hold; keeps what is better.
  llvm::Error settle(Found found, const HoldRecipe &base, const Step &step);
  /// Runs a recipe as a whole and keeps it if it holds, or gains `gain` of what
  /// is lacking by `measure`.
  llvm::Error attempt(const HoldRecipe &recipe, double gain,
                      double Trial::*measure = &Trial::lack);
  llvm::Expected<std::optional<Trial>> runQuick(const HoldRecipe &recipe);
  HoldRecipe treat(const HoldRecipe &base, size_t count, Measure measure) const;
  /// Returns the operations that are ours to treat, the worst first; those that
  /// lose little behind all others.
  llvm::Expected<std::vector<Suspect>> findOwnSuspects(ModuleOp judged);
  bool areWeightsSmall() const {
    return options.weightBits < 8 || options.edgeWeightBits;
  }
  bool isOpen(StringRef name) const;
  /// Whether a quick trial that lacks this nearly gets there, or half of the
  /// way.
  bool isNear(double lack) const;
  /// Says what a recipe does beyond the options.
  std::vector<std::string> describe(const HoldRecipe &recipe) const;
  std::string explain();
  void report(ArrayRef<PartVerdict> before);

  ModuleOp observed;
  const Statistics &statistics;
  const QuantizationOptions &options;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  StringRef path;
  /// Results are held against another model than the one that is quantised.
  bool hasWhole;
  /// Whether samples may judge in turns.
  bool takesTurns;
  JudgedModel judged;
  HoldTrials trials;
  std::optional<Trial> best;
  /// The best of those that were judged in turns; none where none was.
  std::optional<TurnTrial> turn;
  /// By how much samples go beyond what the others have, where that is far.
  double beyond = 0;
  /// The quick trial that what costs something is added to.
  std::optional<Trial> ground;
  QuickRepair quickRepair = QuickRepair::None;
  std::vector<Suspect> suspects;
  /// Recipes whose weights were fitted as well.
  std::vector<HoldRecipe> fitted;
  std::vector<std::string> undone, untried;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_HOLDER_H
