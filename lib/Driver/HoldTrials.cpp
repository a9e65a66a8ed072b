//===- HoldTrials.cpp - ways to quantise, and how they do -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HoldTrials.h"
#include <cmath>

using namespace narrow;

/// Samples that a quick trial learns scales from.
static constexpr int64_t kScaleSamples = 4;
/// Samples that judge are harder than those that were calibrated with: by that
/// much in dB where nothing else is known.
static constexpr double kHarder = 0.5;
/// A quick trial that promises more than this beyond what the whole one holds
/// is of other samples, not of another measure, in dB.
static constexpr double kMostPromised = 6;
/// Looking for what to do takes no more work than this many first trials, which
/// are the most of what quantising without looking takes; or than so many
/// products, some seconds of one core.
static constexpr double kMostTimes = 2.5, kFreeWork = 1e10;
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
                       StringRef path, ProgressCallback progress,
                       const JudgedModel &judged)
    : observed(observed), statistics(statistics), options(options),
      samples(samples), getExecutor(getExecutor), path(path),
      progress(progress),
      judge(judged.module, samples, options.heldBack, judged.getExecutor),
      quickJudge(makeQuickJudge(judged.module, samples, options.heldBack,
                                judged.getExecutor)),
      floors(options.floors), quickFloors(options.floors) {}

void Trial::weigh(const AccuracyFloors &floors) {
  lack = mostLack = lackOfNumbers = 0;
  for (const PartVerdict &part : verdicts.parts) {
    double own = std::min(part.getLack(floors), kMostLack);
    lack += own;
    mostLack = std::max(mostLack, own);
    lackOfNumbers += std::min(own, part.getLackOfNumbers(floors));
  }
}

llvm::Expected<Trial> HoldTrials::run(const HoldRecipe &recipe,
                                      const QuantizationOptions &own,
                                      PartJudge &by, const BiasWalk *biases) {
  llvm::Expected<QuantizedModel> model =
      quantizeModel(observed, statistics, own, &samples, getExecutor, path);
  if (!model)
    return model.takeError();
  Trial trial{recipe, std::move(*model), {}, 0};
  ModuleOp module = *trial.model.module;
  const AccuracyFloors &asked = &by == &quickJudge ? quickFloors : floors;
  llvm::Expected<PartJudge::Verdicts> verdicts =
      biases ? by.weighCorrected(module, asked, *biases)
             : by.weigh(module, asked);
  if (!verdicts)
    return verdicts.takeError();
  trial.verdicts = std::move(*verdicts);
  trial.weigh(asked);
  if (int64_t done = whole + quick; progress && done > 1)
    progress(std::min(done, kUsualTrials), kUsualTrials, 0);
  return std::move(trial);
}

llvm::Expected<Trial> HoldTrials::runWhole(const HoldRecipe &recipe) {
  QuantizationOptions own = options;
  setRecipe(recipe, own);
  double begin = LayerWalk::getWork();
  llvm::Expected<Trial> trial = run(recipe, own, judge, nullptr);
  if (++whole == 1) {
    firstEnd = LayerWalk::getWork();
    firstWork = firstEnd - begin;
  }
  return trial;
}

llvm::Expected<Trial> HoldTrials::runQuick(const HoldRecipe &recipe,
                                           QuickRepair repair) {
  return runQuick(recipe, repair, options);
}

llvm::Expected<Trial> HoldTrials::runQuick(const HoldRecipe &recipe,
                                           QuickRepair repair,
                                           QuantizationOptions own) {
  ++quick;
  setRecipe(recipe, own);
  own.repair = repair == QuickRepair::Scales ? "bias,scales" : "none";
  // One of those that scales are learned from judges them, in walks of its own.
  int64_t learned = std::min(quickJudge.getCount(), kScaleSamples);
  own.biasSamples = learned;
  own.heldBack = samples.getCount() - learned;
  bool corrects = repair == QuickRepair::Biases;
  if (corrects && !biases) {
    auto made = BiasWalk::create(observed, quickJudge.getCount(),
                                 quickJudge.getFetch(), getExecutor);
    if (!made)
      return made.takeError();
    biases = std::move(*made);
  }
  return run(recipe, own, quickJudge, corrects ? biases.get() : nullptr);
}

static const PartVerdict *findPart(ArrayRef<PartVerdict> parts,
                                   StringRef name) {
  auto found = llvm::find_if(
      parts, [&](const PartVerdict &part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

/// Proportional to the power of the noise.
static double getNoise(const PartVerdict &part) {
  return part.divergence ? *part.divergence : std::pow(10, -part.sqnr / 10);
}

llvm::Expected<WeightNoise>
HoldTrials::measureWeights(const HoldRecipe &recipe, QuickRepair repair,
                           std::vector<PartVerdict> fine, const Trial *whole) {
  if (fine.empty()) {
    llvm::Expected<Trial> trial = runQuick(recipe, repair);
    if (!trial)
      return trial.takeError();
    fine = std::move(trial->verdicts.parts);
  }
  QuantizationOptions own = options;
  --own.weightBits;
  llvm::Expected<Trial> coarse = runQuick(recipe, repair, std::move(own));
  if (!coarse)
    return coarse.takeError();
  const AccuracyFloors &asked = whole ? floors : quickFloors;
  WeightNoise measured;
  for (const PartVerdict &part : whole ? whole->verdicts.parts : fine) {
    double lack = part.getLack(asked);
    if (lack == 0)
      continue;
    const PartVerdict *less = findPart(fine, part.name),
                      *more = findPart(coarse->verdicts.parts, part.name);
    // Steps of twice the size make four times the noise, so that a third of
    // what they add was there.
    double share =
        less && more ? (getNoise(*more) / getNoise(*less) - 1) / 3 : 0;
    measured.lack = std::max(measured.lack, lack);
    measured.share = std::min(measured.share, std::max(share, 0.0));
  }
  return measured;
}

void HoldTrials::raiseFloors(const PartJudge::Verdicts &seen,
                             const PartJudge::Verdicts &found) {
  double decibels = 0, percent = 0;
  for (const PartVerdict &part : found.parts) {
    const PartVerdict *same = findPart(seen.parts, part.name);
    if (!same || part.isHeld(floors))
      continue;
    decibels = std::max(decibels, same->sqnr - part.sqnr);
    percent = std::max(percent, same->agreement - part.agreement);
  }
  floors.sqnr += decibels;
  floors.agreement += std::min(percent, (100 - floors.agreement) / 2);
  quickFloors = floors;
}

void HoldTrials::matchFloors(const PartJudge::Verdicts &whole, Trial &quick) {
  double decibels = kHarder, percent = 0;
  for (const PartVerdict &part : whole.parts) {
    const PartVerdict *found = findPart(quick.verdicts.parts, part.name);
    if (!found)
      continue;
    // What is a decision in few samples is too seldom to be counted.
    double lack = part.getDecisionLack(floors);
    if (part.areDecisions() && (lack || part.isHeld(floors)))
      quickFloors.inPlaceOfDecisions[part.name] =
          lack ? std::max(quickFloors.sqnr,
                          found->sqnr + std::min(lack, kMostLack))
               : std::min(quickFloors.sqnr, found->sqnr);
    if (lack || part.isHeld(floors))
      continue;
    decibels = std::max(decibels, found->sqnr - part.sqnr);
    percent = std::max(percent, found->agreement - part.agreement);
  }
  quickFloors.sqnr += std::min(decibels, kMostPromised);
  // Half of what is left to all rows at most: few rows are not that exact.
  quickFloors.agreement += std::min(percent, (100 - floors.agreement) / 2);
  quick.weigh(quickFloors);
}

bool HoldTrials::isSpent() const {
  double work = LayerWalk::getWork() - firstEnd;
  return work > std::max(kFreeWork, kMostTimes * firstWork);
}
