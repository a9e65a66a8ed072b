//===- HoldTrials.cpp - ways to quantise, and how they do -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HoldTrials.h"

using namespace narrow;

/// Samples on which biases are corrected in a quick trial.
static constexpr int64_t kQuickRepairs = 8;
/// Trials that the progress is measured by; most searches end before.
static constexpr int64_t kUsualTrials = 24;
/// A part counts as no more than this: one that nothing saves must not hide
/// what others gain. In dB.
static constexpr double kMostLack = 40;

static PartJudge makeQuickJudge(ModuleOp observed, const ModelSamples &samples,
                                int64_t heldBack, GetExecutor getExecutor) {
  int64_t calibrated = samples.getCount() - heldBack;
  int64_t count = std::min(calibrated, PartJudge::kFew);
  return {observed, samples, calibrated - count, count, getExecutor};
}

HoldTrials::HoldTrials(ModuleOp observed, const Statistics &statistics,
                       const QuantizationOptions &options,
                       const ModelSamples &samples, GetExecutor getExecutor,
                       StringRef path, ProgressCallback progress)
    : observed(observed), statistics(statistics), options(options),
      samples(samples), getExecutor(getExecutor), path(path),
      progress(progress),
      judge(observed, samples, options.heldBack, getExecutor),
      quickJudge(
          makeQuickJudge(observed, samples, options.heldBack, getExecutor)) {}

llvm::Expected<Trial> HoldTrials::run(const HoldRecipe &recipe,
                                      const QuantizationOptions &own,
                                      PartJudge &by) {
  llvm::Expected<QuantizedModel> model =
      quantizeModel(observed, statistics, own, &samples, getExecutor, path);
  if (!model)
    return model.takeError();
  Trial trial{recipe, std::move(*model), {}, 0};
  if (llvm::Error error = by.weigh(*trial.model.module, options.floors)
                              .moveInto(trial.verdicts))
    return std::move(error);
  for (const PartVerdict &part : trial.verdicts.parts)
    trial.lack += std::min(part.getLack(options.floors), kMostLack);
  if (int64_t done = whole + quick; progress && done > 1)
    progress(std::min(done, kUsualTrials), kUsualTrials, 0);
  return std::move(trial);
}

llvm::Expected<Trial> HoldTrials::runWhole(const HoldRecipe &recipe) {
  ++whole;
  QuantizationOptions own = options;
  setRecipe(recipe, own);
  return run(recipe, own, judge);
}

llvm::Expected<Trial> HoldTrials::runQuick(const HoldRecipe &recipe) {
  ++quick;
  QuantizationOptions own = options;
  setRecipe(recipe, own);
  own.biasSamples =
      std::min(own.biasSamples.value_or(kQuickRepairs), kQuickRepairs);
  if (own.repair != "none")
    own.repair = "bias";
  return run(recipe, own, quickJudge);
}
