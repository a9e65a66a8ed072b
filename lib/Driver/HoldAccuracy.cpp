//===- HoldAccuracy.cpp - what a result needs, and costs least ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/HoldAccuracy.h"
#include "HoldTrials.h"
#include "Suspects.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;

/// What costs nothing at run time has to gain this, and what costs something
/// this, in dB, to be kept where the floor is not reached.
static constexpr double kFreeGain = 0.2, kGain = 1;
/// An operation that loses less than this is nobody's cause alone, in dB.
static constexpr double kLeastLoss = 0.25;
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

int64_t narrow::countJudges(int64_t count) {
  return count < kLeastToHoldBack ? 0 : std::clamp<int64_t>(count / 4, 8, 32);
}

void narrow::setRecipe(const HoldRecipe &recipe, QuantizationOptions &options) {
  options.estimator = recipe.estimator;
  options.repair = recipe.repair;
  if (recipe.hasWideStreams)
    options.residualStreamBits = 16;
  for (const std::string &name : recipe.wide) {
    ValuePlan value;
    value.name = name;
    value.storage = "i16";
    value.reason = "held";
    options.plan.set(std::move(value));
  }
  for (const std::string &name : recipe.keptFloat)
    options.plan.set(FloatPlan{name, "held"});
}

namespace {
/// What is done to a suspect: 16 bits for its values; it stays in float; what
/// makes its operands does as well.
enum class Measure { Widen, KeepFloat, KeepSourcesFloat };

class Holder {
public:
  Holder(ModuleOp observed, const Statistics &statistics,
         const QuantizationOptions &options, const ModelSamples &samples,
         GetExecutor getExecutor, StringRef path, ProgressCallback progress,
         const JudgedModel *whole)
      : observed(observed), statistics(statistics), options(options),
        samples(samples), getExecutor(getExecutor), hasWhole(whole != nullptr),
        trials(observed, statistics, options, samples, getExecutor, path,
               progress, whole ? *whole : JudgedModel{observed, getExecutor}) {}

  llvm::Expected<QuantizedModel> run(const HoldRecipe *start);

private:
  /// What a search by quick trials came to: a recipe, and how many suspects it
  /// treats.
  struct Found {
    HoldRecipe recipe;
    double lack;
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
  llvm::Error tryLeftToWeights(const HoldRecipe &recipe, const Trial *whole);
  /// Whether weights may be fitted, and have not been by this recipe.
  bool mayFit(const HoldRecipe &recipe);
  llvm::Error attemptFitted(HoldRecipe recipe);
  /// 16 bits for residual streams, of which layers read 8 as before.
  llvm::Error tryWideStreams();
  llvm::Error tryCostlyMeasures();
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
  /// Runs a recipe as a whole and keeps it if it gains `gain`.
  llvm::Error attempt(const HoldRecipe &recipe, double gain);
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
  bool isNear(double lack) const {
    return lack <= kNear || 2 * lack <= ground->lack;
  }
  /// Says what a recipe does beyond the options.
  std::vector<std::string> describe(const HoldRecipe &recipe) const;
  std::string explain();
  void report(ArrayRef<PartVerdict> before);

  ModuleOp observed;
  const Statistics &statistics;
  const QuantizationOptions &options;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  /// Results are held against another model than the one that is quantised.
  bool hasWhole;
  HoldTrials trials;
  std::optional<Trial> best;
  /// The quick trial that what costs something is added to.
  std::optional<Trial> ground;
  QuickRepair quickRepair = QuickRepair::None;
  std::vector<Suspect> suspects;
  /// Recipes whose weights were fitted as well.
  std::vector<HoldRecipe> fitted;
  std::vector<std::string> undone, untried;
};
} // namespace

/// Whether an operation is a cause by itself.
static bool isLosing(const Suspect &suspect) {
  return suspect.loss >= kLeastLoss;
}

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

llvm::Error Holder::attempt(const HoldRecipe &recipe, double gain) {
  double before = best->lack;
  llvm::Expected<Trial> trial = trials.runWhole(recipe);
  if (!trial) {
    llvm::consumeError(trial.takeError());
    return llvm::Error::success();
  }
  if (trial->isHeld() || trial->lack + gain <= before) {
    best = std::move(*trial);
    return llvm::Error::success();
  }
  std::vector<std::string> measures = describe(recipe);
  undone.push_back(llvm::formatv("{0}: undone, parts lack {1:f1} dB with and "
                                 "{2:f1} without",
                                 llvm::join(measures, "; "), trial->lack,
                                 before));
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

llvm::Error Holder::tryLeftToWeights(const HoldRecipe &recipe,
                                     const Trial *whole) {
  if (areWeightsSmall() || !mayFit(recipe))
    return llvm::Error::success();
  llvm::Expected<WeightNoise> noise =
      trials.measureWeights(recipe, quickRepair, whole);
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
  llvm::Error error = attemptFitted(recipe);
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
  std::stable_partition(found->begin(), found->end(), isLosing);
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
      found = {std::move(recipe), (*trial)->lack, count};
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
  // A slow network that is not held all the same has to be far better.
  double gain =
      step.measure == Measure::Widen ? kGain : std::max(kGain, best->lack / 2);
  for (int i = 0; i < kRepeats && !best->isHeld(); ++i) {
    if (llvm::Error error = attempt(found.recipe, gain))
      return error;
    if (best->isHeld() || found.lack > 0)
      break;
    // What widths do not hold though quick trials promised it, weights may.
    if (step.measure == Measure::Widen && best->recipe == found.recipe)
      if (llvm::Error error = tryLeftToWeights(found.recipe, &*best))
        return error;
    if (best->isHeld() || found.count >= step.most)
      break;
    if (trials.isSpent()) {
      untried.push_back("more of what loses most");
      break;
    }
    found.count = std::min(2 * found.count, step.most);
    found.recipe = treat(base, found.count, step.measure);
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
  std::vector<Step> steps = getCostlySteps(llvm::count_if(suspects, isLosing));
  Found found{ground->recipe, ground->lack, 0};
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
      if (llvm::Error error = tryLeftToWeights(next->recipe, nullptr))
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
    found = {next->recipe, next->lack, 0};
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

std::string Holder::explain() {
  llvm::Expected<std::vector<Suspect>> left =
      findOwnSuspects(*best->model.module);
  if (!left) {
    llvm::consumeError(left.takeError());
    return "";
  }
  if (left->empty() || !isLosing(left->front()))
    return "no operation alone loses much: what lacks is the sum of all";
  const Suspect &worst = left->front();
  std::string text =
      llvm::formatv("most is lost at '{0}': from {1:f1} dB to {2:f1}",
                    worst.name, worst.sqnr + worst.loss, worst.sqnr);
  if (options.isIntegerOnly)
    text += "; --integer-only leaves no float to hold it";
  else if (options.weightBits == 8 && !options.edgeWeightBits &&
           best->recipe.keptFloat.empty() && !trials.isSpent())
    text += "; neither 16 bits nor float there brings the floor";
  return text;
}

llvm::Expected<QuantizedModel> Holder::run(const HoldRecipe *start) {
  // Repairs and judges of all trials run the same values of the float model.
  KeptExecutors executors;
  HoldRecipe recipe{options.estimator,
                    options.repair,
                    {},
                    {},
                    options.residualStreamBits == 16};
  llvm::Expected<Trial> first = trials.runWhole(start ? *start : recipe);
  if (!first)
    return first.takeError();
  best = std::move(*first);
  if (best->verdicts.parts.empty()) {
    best->model.messages.push_back(
        {options.holdsAccuracy ? mlir::DiagnosticSeverity::Warning
                               : mlir::DiagnosticSeverity::Remark,
         "",
         "accuracy is not judged: that needs results in f32 that are not 0 "
         "throughout [not-judged]"});
    return std::move(best->model);
  }
  std::vector<PartVerdict> before = best->verdicts.parts;
  if (options.holdsAccuracy && !best->isHeld())
    if (llvm::Error error = hold())
      return std::move(error);
  report(before);
  return std::move(best->model);
}

std::vector<std::string> Holder::describe(const HoldRecipe &recipe) const {
  std::vector<std::string> measures;
  if (recipe.estimator != options.estimator)
    measures.push_back(
        ("ranges by " + getEstimatorName(recipe.estimator)).str());
  if (recipe.repair != options.repair)
    measures.push_back("repair '" + recipe.repair + "'");
  if (recipe.hasWideStreams && options.residualStreamBits == 8)
    measures.push_back("16 bits for residual streams, 8 for layers");
  if (!recipe.wide.empty())
    measures.push_back(
        llvm::formatv("16 bits for {0} values", recipe.wide.size()));
  if (!recipe.keptFloat.empty())
    measures.push_back(llvm::formatv("{0} in float", recipe.keptFloat.size()));
  return measures;
}

void Holder::report(ArrayRef<PartVerdict> before) {
  AccuracyReport &accuracy = best->model.accuracy;
  const PartJudge &judge = trials.getJudge();
  accuracy.floors = options.floors;
  accuracy.judges = best->verdicts.judges;
  ArrayRef<uint64_t> known = statistics.getSampleHashes();
  accuracy.areHeldBack = true;
  for (int64_t i = 0; i < accuracy.judges; ++i)
    accuracy.areHeldBack &= !std::binary_search(
        known.begin(), known.end(), samples.hash(judge.getBegin() + i));
  for (const PartVerdict &part : best->verdicts.parts) {
    auto old = llvm::find_if(before, [&](const PartVerdict &other) {
      return other.name == part.name;
    });
    accuracy.parts.push_back(
        {part, old == before.end() ? part.sqnr : old->sqnr});
  }
  accuracy.recipe = best->recipe;
  accuracy.isHeldBy = options.holdsAccuracy;
  accuracy.undone = undone;
  // What was not tried early may have been tried later, or not again.
  for (const std::string &text : untried)
    if (!llvm::is_contained(accuracy.untried, text) &&
        !(StringRef(text).starts_with("repair") &&
          best->recipe.repair != options.repair))
      accuracy.untried.push_back(text);
  accuracy.trials = trials.countWhole();
  accuracy.quickTrials = trials.countQuick();
  if (!options.holdsAccuracy)
    return;
  const HoldRecipe &recipe = best->recipe;
  accuracy.measures = describe(recipe);
  for (const std::string &text : undone)
    best->model.messages.push_back(
        {mlir::DiagnosticSeverity::Remark, "", text + " [not-held]"});
  for (const std::string &text : accuracy.untried)
    best->model.messages.push_back(
        {mlir::DiagnosticSeverity::Remark, "",
         "not tried to hold accuracy: " + text + " [not-tried]"});
  if (!best->isHeld())
    accuracy.reason = explain();
  // Compiling by the plan has to repair alike.
  if (recipe.repair != options.repair)
    best->model.plan.repair = recipe.repair;
}

llvm::Expected<QuantizedModel>
narrow::holdAccuracy(ModuleOp observed, const Statistics &statistics,
                     const QuantizationOptions &options,
                     const ModelSamples &samples, GetExecutor getExecutor,
                     StringRef path, const HoldRecipe *start,
                     ProgressCallback progress, const JudgedModel *whole) {
  return Holder(observed, statistics, options, samples, getExecutor, path,
                progress, whole)
      .run(start);
}
