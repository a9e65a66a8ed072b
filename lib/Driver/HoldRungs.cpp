//===- HoldRungs.cpp - what is tried, and in which order ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Holder.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;

/// What costs nothing at run time has to gain this, and what costs something
/// this, in dB, to be kept where the floor is not reached.
static constexpr double kFreeGain = 0.2, kGain = 1;
/// Samples on which both models' values are compared.
static constexpr int64_t kCompared = 4;
/// Whole trials of one measure where quick ones promise more than they hold.
static constexpr int kRepeats = 3;
/// 16 bits that lack no more than this in quick trials are run as a whole
/// before float is looked for, in dB.
static constexpr double kNear = 2;
/// What fitted weights of 8 bits give back at most between values of 8 bits, in
/// dB: 2.5 were measured.
static constexpr double kMostFitted = 3;
/// And where weights make at least this share of the noise: 9.8 were measured,
/// as they are fitted to what values lost as well.
static constexpr double kMostFittedAlone = 10, kLeastShare = 0.5;

/// Whether the module, a user's plan and flags leave a value to us.
bool Holder::isOpen(StringRef name) const {
  auto names = [&](ArrayRef<std::string> flags) {
    return llvm::any_of(flags, [&](StringRef flag) {
      return flag == name || flag.rsplit('=').first == name;
    });
  };
  const ValuePlan *value = best->model.plan.findValue(name);
  return !(value && value->reason == "given") &&
         !options.plan.findValue(name) && !names(options.types) &&
         !names(options.ranges) && !names(options.keepFloat);
}

bool Holder::isNear(double lack) const {
  return lack <= kNear || 2 * lack <= ground->lack;
}

HoldRecipe Holder::treat(const HoldRecipe &base, size_t count,
                         Measure measure) const {
  llvm::SetVector<StringRef> added;
  for (const Suspect &suspect : ArrayRef(suspects).take_front(count)) {
    added.insert(suspect.name);
    if (measure != Measure::Widen)
      added.insert(suspect.between.begin(), suspect.between.end());
    if (measure != Measure::KeepFloat)
      added.insert(suspect.sources.begin(), suspect.sources.end());
  }
  HoldRecipe recipe = base;
  std::vector<std::string> &names =
      measure == Measure::Widen ? recipe.wide : recipe.keptFloat;
  for (StringRef name : added)
    if (isOpen(name) && !llvm::is_contained(names, name))
      names.push_back(name.str());
  llvm::erase_if(recipe.wide, [&](const std::string &name) {
    return llvm::is_contained(recipe.keptFloat, name);
  });
  return recipe;
}

llvm::Expected<std::optional<Trial>>
Holder::runQuick(const HoldRecipe &recipe) {
  llvm::Expected<Trial> trial = trials.runQuick(recipe, quickRepair);
  if (trial)
    return std::optional(std::move(*trial));
  // No integer form of some operation takes such values.
  llvm::consumeError(trial.takeError());
  return std::nullopt;
}

llvm::Error Holder::attempt(const HoldRecipe &recipe, double gain,
                            double Trial::*measure) {
  llvm::Expected<Trial> trial = trials.runWhole(recipe);
  if (!trial) {
    llvm::consumeError(trial.takeError());
    return llvm::Error::success();
  }
  if (trial->isHeld() || (*trial).*measure + gain <= (*best).*measure) {
    best = std::move(*trial);
    return llvm::Error::success();
  }
  std::vector<std::string> measures = describe(recipe);
  undone.push_back(llvm::formatv("{0}: undone, parts lack {1:f1} dB with and "
                                 "{2:f1} without",
                                 llvm::join(measures, "; "), trial->lack,
                                 best->lack));
  return llvm::Error::success();
}

llvm::Error Holder::layGround() {
  bool mayCorrect = options.repair != "none" && options.biasSamples != 0;
  quickRepair = QuickRepair::None;
  llvm::Expected<std::optional<Trial>> plain = runQuick(best->recipe);
  if (!plain)
    return plain.takeError();
  ground = std::move(*plain);
  if (mayCorrect) {
    quickRepair = QuickRepair::Biases;
    llvm::Expected<std::optional<Trial>> corrected = runQuick(best->recipe);
    if (!corrected)
      return corrected.takeError();
    // Where means hurt, as those of few peaks do, nothing is corrected.
    if (*corrected && (!ground || (*corrected)->lack <= ground->lack))
      ground = std::move(*corrected);
    else
      quickRepair = QuickRepair::None;
  }
  if (ground)
    trials.matchFloors(best->verdicts, *ground);
  return llvm::Error::success();
}

llvm::Error Holder::tryFreeMeasures() {
  if (options.isEstimatorOpen)
    for (Estimator estimator :
         {Estimator::MinMax, Estimator::Percentile, Estimator::Average}) {
      HoldRecipe other = best->recipe;
      other.estimator = estimator;
      llvm::Expected<std::optional<Trial>> trial = runQuick(other);
      if (!trial)
        return trial.takeError();
      if (*trial && (*trial)->lack + kGain <= ground->lack)
        ground = std::move(*trial);
    }
  if (ground->isHeld() && ground->recipe.estimator != best->recipe.estimator)
    if (llvm::Error error = attempt(ground->recipe, kGain))
      return error;
  if (best->isHeld())
    return llvm::Error::success();
  return tryFittedWeights(ground->recipe, ground->mostLack);
}

bool Holder::mayFit(const HoldRecipe &recipe) {
  if (!options.isRepairOpen || options.biasSamples == 0 ||
      recipe.repair == "all" || llvm::is_contained(fitted, recipe))
    return false;
  if (trials.isSpent())
    untried.push_back("repair 'all'");
  return !trials.isSpent();
}

llvm::Error Holder::attemptFitted(HoldRecipe recipe) {
  fitted.push_back(recipe);
  recipe.repair = "all";
  return attempt(recipe, kFreeGain);
}

llvm::Error Holder::tryFittedWeights(const HoldRecipe &recipe, double lack) {
  if (!mayFit(recipe))
    return llvm::Error::success();
  if (lack > kMostFitted && !areWeightsSmall()) {
    // Channels of unlike ranges may have lost more than weights give back.
    llvm::Expected<Trial> scaled = trials.runQuick(recipe, QuickRepair::Scales);
    if (scaled)
      lack = std::min(lack, scaled->mostLack);
    else
      llvm::consumeError(scaled.takeError());
  }
  if (lack > kMostFitted && !areWeightsSmall()) {
    untried.push_back(llvm::formatv(
        "repair 'all': a part lacks {0:f1} dB, and more than {1} are not to be "
        "expected of it",
        lack, kMostFitted));
    return llvm::Error::success();
  }
  return attemptFitted(recipe);
}

llvm::Error Holder::tryLeftToWeights(const Found &found, const Trial *whole) {
  if (areWeightsSmall() || !mayFit(found.recipe))
    return llvm::Error::success();
  llvm::Expected<WeightNoise> noise =
      trials.measureWeights(found.recipe, quickRepair, found.parts, whole);
  if (!noise) {
    // No integer form of some operation takes such weights.
    llvm::consumeError(noise.takeError());
    return llvm::Error::success();
  }
  if (noise->lack > kMostFittedAlone || noise->share < kLeastShare) {
    untried.push_back(llvm::formatv(
        "repair 'all' with 16 bits: a part lacks {0:f1} dB, and weights make "
        "{1:f0} % of the noise",
        noise->lack, 100 * noise->share));
    return llvm::Error::success();
  }
  // What is promised is not looked for, and must not end the looking.
  double begin = LayerWalk::getWork();
  llvm::Error error = attemptFitted(found.recipe);
  trials.excuse(begin);
  return error;
}

llvm::Error Holder::tryWideStreams() {
  bool areThere = false;
  best->model.module->walk([&](fxp::AddOp) { areThere = true; });
  if (!areThere || !options.areStreamsOpen || options.bits != 8)
    return llvm::Error::success();
  if (trials.isSpent()) {
    untried.push_back("16 bits for residual streams");
    return llvm::Error::success();
  }
  HoldRecipe recipe = ground->recipe;
  recipe.hasWideStreams = true;
  llvm::Expected<std::optional<Trial>> trial = runQuick(recipe);
  if (!trial)
    return trial.takeError();
  if (!*trial || (!(*trial)->isHeld() && (*trial)->lack + kGain > ground->lack))
    return llvm::Error::success();
  // Then it is a ground to measure by.
  bool isGround = isNear((*trial)->lack);
  ground = std::move(*trial);
  return isGround ? attempt(ground->recipe, kGain) : llvm::Error::success();
}

llvm::Expected<std::vector<Suspect>> Holder::findOwnSuspects(ModuleOp judged) {
  const PartJudge &judge = trials.getQuickJudge();
  SmallVector<Value> missed = best->verdicts.missed;
  // Those of the whole network are not this one's.
  if (hasWhole)
    missed = SmallVector<Value>(
        getMainFunction(observed).front().getTerminator()->getOperands());
  llvm::Expected<std::vector<Suspect>> found = findSuspects(
      observed, judged, missed, std::min(judge.getCount(), kCompared),
      judge.getFetch(), getExecutor);
  if (!found)
    return found.takeError();
  llvm::erase_if(*found,
                 [&](const Suspect &suspect) { return !isOpen(suspect.name); });
  std::stable_partition(found->begin(), found->end(),
                        std::mem_fn(&Suspect::isLosing));
  return found;
}

llvm::Expected<Holder::Found> Holder::search(const Found &base,
                                             const Step &step) {
  Found found = base;
  size_t held = 0, failed = step.failed;
  auto attempt = [&](size_t count) -> llvm::Error {
    HoldRecipe recipe = treat(base.recipe, count, step.measure);
    llvm::Expected<std::optional<Trial>> trial = runQuick(recipe);
    if (!trial)
      return trial.takeError();
    bool isHeld = *trial && (*trial)->isHeld();
    (isHeld ? held : failed) = count;
    if (*trial && (isHeld || (*trial)->lack + kGain <= found.lack))
      found = {std::move(recipe), (*trial)->lack,
               std::move((*trial)->verdicts.parts), count};
    return llvm::Error::success();
  };
  // What does not hold it when it is done to all does not when done to some.
  if (llvm::Error error = attempt(step.most))
    return std::move(error);
  for (size_t count = std::max<size_t>(1, 2 * step.failed);
       held == step.most && count < step.most && !trials.isSpent(); count *= 4)
    if (llvm::Error error = attempt(count))
      return std::move(error);
  // To an eighth, which is less than what is saved by more trials.
  auto isRough = [&] {
    return held && failed + std::max<size_t>(1, held / 8) < held;
  };
  while (isRough() && !trials.isSpent())
    if (llvm::Error error = attempt((failed + held) / 2))
      return std::move(error);
  if (isRough())
    untried.push_back(llvm::formatv("fewer than {0} of {1} operations that "
                                    "lose most",
                                    held, step.most));
  return found;
}

llvm::Error Holder::settle(Found found, const HoldRecipe &base,
                           const Step &step) {
  // A slow network that is not held all the same has to be far better, and not
  // by its decisions alone: a few judges' few show no half of the way.
  bool isWidening = step.measure == Measure::Widen;
  double Trial::*measure = isWidening ? &Trial::lack : &Trial::lackOfNumbers;
  double gain = isWidening ? kGain : std::max(kGain, best->lackOfNumbers / 2);
  for (int i = 0; i < kRepeats && !best->isHeld(); ++i) {
    if (llvm::Error error = attempt(found.recipe, gain, measure))
      return error;
    if (best->isHeld() || found.lack > 0)
      break;
    // What widths do not hold though quick trials promised it, weights may.
    if (isWidening && best->recipe == found.recipe)
      if (llvm::Error error = tryLeftToWeights(found, &*best))
        return error;
    if (best->isHeld() || found.count >= step.most)
      break;
    if (trials.isSpent()) {
      untried.push_back("more of what loses most");
      break;
    }
    found.count = std::min(2 * found.count, step.most);
    found.recipe = treat(base, found.count, step.measure);
    found.parts.clear();
  }
  return llvm::Error::success();
}

/// Whether the narrower of two recipes does as well: what is in float may have
/// made 16 bits elsewhere superfluous.
llvm::Error Holder::narrow(HoldRecipe &recipe) {
  HoldRecipe narrower = recipe;
  narrower.wide.clear();
  llvm::Expected<std::optional<Trial>> trial = runQuick(narrower);
  if (!trial)
    return trial.takeError();
  if (*trial && (*trial)->isHeld())
    recipe = std::move(narrower);
  return llvm::Error::success();
}

/// 16 bits, then float; each for what loses most, then for all that is in front
/// of the missed parts: what none of them loses alone they may lose together.
std::vector<Holder::Step> Holder::getCostlySteps(size_t losing) const {
  std::vector<Step> steps{{Measure::Widen, 0, losing},
                          {Measure::Widen, losing, suspects.size()}};
  // Who asks for weights of fewer bits wants them small.
  if (!options.isIntegerOnly && !areWeightsSmall())
    llvm::append_range(
        steps,
        ArrayRef<Step>{{Measure::KeepFloat, 0, losing},
                       {Measure::KeepSourcesFloat, 0, losing},
                       {Measure::KeepSourcesFloat, losing, suspects.size()}});
  llvm::erase_if(steps,
                 [](const Step &step) { return step.failed == step.most; });
  return steps;
}

llvm::Error Holder::tryCostlyMeasures() {
  if (llvm::Error error =
          findOwnSuspects(ground->getJudged()).moveInto(suspects))
    return error;
  std::vector<Step> steps =
      getCostlySteps(llvm::count_if(suspects, std::mem_fn(&Suspect::isLosing)));
  Found found{ground->recipe, ground->lack, ground->verdicts.parts};
  for (auto [index, step] : llvm::enumerate(steps)) {
    HoldRecipe base = found.recipe;
    llvm::Expected<Found> next = search(found, step);
    if (!next)
      return next.takeError();
    bool isWidening = step.measure == Measure::Widen;
    if (!isWidening && next->count && next->lack == 0 &&
        !next->recipe.wide.empty() && !trials.isSpent())
      if (llvm::Error error = narrow(next->recipe))
        return error;
    // A step that does not get there is the next one's ground, as long as there
    // is time for it.
    if (isWidening && next->count && next->lack > 0)
      if (llvm::Error error = tryLeftToWeights(*next, nullptr))
        return error;
    if (best->isHeld())
      return llvm::Error::success();
    bool isEnd = index + 1 == steps.size(), isLast = isEnd || trials.isSpent();
    if (isLast && !isEnd)
      untried.push_back("more of what loses most");
    bool hasFound = next->count || next->recipe.wide != best->recipe.wide ||
                    next->recipe.keptFloat != best->recipe.keptFloat ||
                    next->recipe.hasWideStreams != best->recipe.hasWideStreams;
    // 16 bits near the floor are a ground to measure float by: it has to get
    // half of the rest.
    bool isGround = isWidening && !isEnd && next->count && isNear(next->lack) &&
                    steps[index + 1].measure != Measure::Widen;
    if (hasFound && (next->lack == 0 || isLast || isGround))
      if (llvm::Error error = settle(*next, base, step))
        return error;
    if (best->isHeld() || isLast)
      return llvm::Error::success();
    if (trials.isSpent()) {
      untried.push_back("more of what loses most");
      return llvm::Error::success();
    }
    found = {next->recipe, next->lack, next->parts};
  }
  return llvm::Error::success();
}

llvm::Error Holder::hold() {
  if (llvm::Error error = layGround())
    return error;
  if (!ground)
    return llvm::Error::success();
  if (llvm::Error error = tryFreeMeasures())
    return error;
  if (best->isHeld())
    return llvm::Error::success();
  if (llvm::Error error = tryWideStreams())
    return error;
  if (best->isHeld())
    return llvm::Error::success();
  if (llvm::Error error = tryCostlyMeasures())
    return error;
  bool isNew = !best->recipe.wide.empty() || !best->recipe.keptFloat.empty() ||
               (best->recipe.hasWideStreams && options.residualStreamBits == 8);
  if (best->isHeld() || !isNew)
    return llvm::Error::success();
  return tryFittedWeights(best->recipe, best->mostLack);
}
