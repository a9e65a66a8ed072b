//===- SearchPlan.cpp - the fewest bits under a budget --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/SearchPlan.h"

#include "ClassJudge.h"
#include "FormTable.h"
#include "KnownNetwork.h"
#include "PlanTimes.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Plan/PlanFile.h"
#include "narrow/Repair/KeptRuns.h"
#include <chrono>
#include <cmath>

using namespace narrow;
using namespace narrow::search;
using Clock = std::chrono::steady_clock;

/// Plans that are measured at the most, the uniform ones aside.
static constexpr int kRounds = 6;
/// The drops in dB that are tried for points of right classes.
static constexpr double kFirstDrop = 2, kMostDrop = 16;
static constexpr int kHalvings = 5;
/// Points of the front, and how many of them are measured.
static constexpr unsigned kFrontPoints = 25, kMeasuredPoints = 4;

static double getSeconds(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

namespace {
class PlanSearch {
public:
  PlanSearch(const SearchInputs &inputs, const QuantizationOptions &options,
             const BudgetOptions &limits)
      : inputs(inputs), options(options), limits(limits),
        network(inputs, options, limits), costs(network, limits) {}

  llvm::Expected<QuantizedModel> run(ProgressCallback progress);

private:
  /// A plan that was quantised and judged.
  struct Trial {
    LayerForms forms;
    /// With the noise that was measured, and the plan's own costs where its
    /// kernels were chosen; these are exact where it was compiled.
    Selection selection;
    std::optional<QuantizedModel> model;
    bool isCosted = false, isCompiled = false;
    /// Percent of right classes on the samples that choose, where counted.
    std::optional<double> right;
  };

  void makeBudget();
  /// Quantises and judges a plan, or finds that it was.
  llvm::Expected<Trial *> attempt(const LayerForms &forms, double predicted);
  /// Quantises a trial that was only judged, and finds what it really costs.
  llvm::Error compile(Trial &trial, bool isExact);
  /// Adds plans that need no search: 8 bits, and those that were measured.
  void addKnown();
  /// Returns what was measured of a plan, or null.
  Trial *findTrial(const LayerForms &forms) const;
  /// Measures what others would choose by the scores alone: the program without
  /// what whole plans taught (`additive`), and greed (`greedy`); their points
  /// are called so as well. What is returned is no worse.
  llvm::Error measureRivals();
  llvm::Error iterate();
  /// Returns the best plan that was measured, compiled as it is.
  llvm::Expected<Trial *> findBest();
  /// Finds the largest drop in dB that keeps the points, by halving.
  llvm::Expected<Trial *> findByClasses();
  llvm::Error measureFront();
  /// Leaves what another budget needs in the file of scores.
  llvm::Error remember();

  const SearchInputs &inputs;
  const QuantizationOptions &options;
  const BudgetOptions &limits;
  NetworkScores network;
  std::optional<ClassJudge> classes;
  FormTable costs;
  Budget budget;
  std::vector<std::unique_ptr<Trial>> trials;
  int plans = 0; ///< Trials that the search made.
  BudgetReport report;
};
} // namespace

llvm::Error PlanSearch::compile(Trial &trial, bool isExact) {
  if (!trial.model && !trial.forms.empty()) {
    llvm::Expected<QuantizedModel> model = network.quantize(trial.forms);
    if (!model)
      return model.takeError();
    trial.model = std::move(*model);
  }
  if (llvm::Error error = costs.compile(trial.model ? *trial.model->module
                                                    : *network.base.module,
                                        trial.selection, isExact))
    return error;
  trial.isCosted = true;
  trial.isCompiled |= isExact;
  return llvm::Error::success();
}

llvm::Expected<PlanSearch::Trial *> PlanSearch::attempt(const LayerForms &forms,
                                                        double predicted) {
  auto trial = std::make_unique<Trial>();
  trial->forms = forms;
  trial->selection = evaluate(costs.table, *getChoices(costs.table, forms));
  if (llvm::Error error = compile(*trial, /*isExact=*/false))
    return std::move(error);
  llvm::Expected<Noise> noise = network.measure(*trial->model->module);
  if (!noise)
    return noise.takeError();
  trial->selection.noise = toAddable(*noise);
  if (llvm::Error error = network.record(forms, *noise))
    return std::move(error);
  report.points.push_back(describePlan(costs.table,
                                       "plan " + std::to_string(++plans),
                                       trial->selection, predicted));
  trials.push_back(std::move(trial));
  return trials.back().get();
}

void PlanSearch::addKnown() {
  auto add = [&](StringRef name, const LayerForms &forms,
                 ArrayRef<unsigned> choices, const Noise &noise) -> Trial & {
    auto trial = std::make_unique<Trial>();
    trial->forms = forms;
    trial->selection = evaluate(costs.table, choices);
    trial->selection.noise = toAddable(noise);
    report.points.push_back(
        describePlan(costs.table, name, trial->selection, NAN));
    trials.push_back(std::move(trial));
    return *trials.back();
  };
  Trial &plain =
      add("8 bits", {}, SmallVector<unsigned>(costs.table.layers.size(), 0),
          network.scores.noise);
  plain.isCosted = true;
  for (const Scores::Plan &plan : network.scores.plans)
    if (auto choices = getChoices(costs.table, plan.forms))
      add(nameKnown(costs.table, plan.forms), plan.forms, *choices, plan.noise);
}

PlanSearch::Trial *PlanSearch::findTrial(const LayerForms &forms) const {
  auto found = llvm::find_if(
      trials, [&](const auto &trial) { return trial->forms == forms; });
  return found == trials.end() ? nullptr : found->get();
}

llvm::Error PlanSearch::measureRivals() {
  std::optional<Selection> greedy = solveGreedily(costs.table, budget);
  llvm::Expected<Selection> additive = solve(costs.table, budget);
  if (!additive)
    return additive.takeError();
  std::pair<StringRef, const Selection *> rivals[] = {
      {"greedy", greedy ? &*greedy : nullptr}, {"additive", &*additive}};
  for (auto [name, rival] : rivals) {
    if (!rival || !rival->holds)
      continue;
    LayerForms forms = getForms(costs.table, rival->choices);
    if (!findTrial(forms)) {
      // Scores alone may leave no noise at all.
      double predicted =
          getDecibels(evaluate(costs.getRefined(), rival->choices));
      llvm::Expected<Trial *> trial = attempt(forms, predicted);
      if (!trial)
        return trial.takeError();
    }
    auto found = llvm::find_if(
        trials, [&](const auto &trial) { return trial->forms == forms; });
    report.points[found - trials.begin()].name += (", " + name).str();
  }
  return llvm::Error::success();
}

llvm::Error PlanSearch::iterate() {
  for (int round = 0; round < kRounds; ++round) {
    Clock::time_point start = Clock::now();
    llvm::Expected<Selection> found = solve(costs.getRefined(), budget);
    report.solveSeconds += getSeconds(start);
    if (!found)
      return found.takeError();
    LayerForms forms = getForms(costs.table, found->choices);
    // What is best was measured already.
    if (Trial *known = findTrial(forms)) {
      if (known->isCosted)
        break;
      if (llvm::Error error = compile(*known, /*isExact=*/false))
        return error;
      continue;
    }
    double predicted = getDecibels(*found);
    llvm::Expected<Trial *> trial = attempt(forms, predicted);
    if (!trial)
      return trial.takeError();
    double measured = getDecibels((*trial)->selection);
    if (std::abs(predicted - measured) <= kAgree &&
        isWithin((*trial)->selection, budget) == found->holds)
      break;
  }
  return llvm::Error::success();
}

llvm::Error PlanSearch::measureFront() {
  FrontAxis axis = limits.frontOfTime ? FrontAxis::Time : FrontAxis::Bytes;
  // What is measured changes the front for the next one.
  for (unsigned round = 0; round < kMeasuredPoints; ++round) {
    llvm::Expected<std::vector<Selection>> front =
        findFront(costs.getRefined(), kFrontPoints, axis);
    if (!front)
      return front.takeError();
    const Selection &point =
        (*front)[front->size() * (2 * round + 1) / (2 * kMeasuredPoints)];
    LayerForms forms = getForms(costs.table, point.choices);
    if (forms.empty() || network.scores.findPlan(forms))
      continue;
    llvm::Expected<Trial *> trial = attempt(forms, getDecibels(point));
    if (!trial)
      return trial.takeError();
  }
  Clock::time_point start = Clock::now();
  llvm::Expected<std::vector<Selection>> front =
      findFront(costs.getRefined(), kFrontPoints, axis);
  if (!front)
    return front.takeError();
  report.solveSeconds += getSeconds(start);
  for (const Selection &found : *front) {
    LayerForms forms = getForms(costs.table, found.choices);
    BudgetReport::Point point =
        describePlan(costs.table, "front", found, getDecibels(found));
    point.measured = NAN;
    if (const Trial *trial = findTrial(forms)) {
      point.bytes = trial->selection.bytes;
      point.us = trial->selection.us;
      point.measured = getDecibels(trial->selection);
    }
    report.front.push_back(std::move(point));
  }
  return llvm::Error::success();
}

void PlanSearch::makeBudget() {
  budget.bytes = limits.maxBytes;
  budget.us = limits.maxUs;
  report.maxBytes = limits.maxBytes;
  report.maxUs = limits.maxUs;
  report.maxDrop = limits.maxDrop;
  report.level = getBestLevel(limits.targets).qualifiedName();
  if (limits.maxDrop && !classes)
    setDrop(budget, network.scores.noise, *limits.maxDrop, options);
}

llvm::Expected<PlanSearch::Trial *> PlanSearch::findBest() {
  while (true) {
    size_t best = 0;
    for (size_t i = 1; i < trials.size(); ++i)
      if (isBetter(trials[i]->selection, trials[best]->selection, budget))
        best = i;
    report.chosen = best;
    Trial &trial = *trials[best];
    if (trial.isCompiled)
      return &trial;
    // Its real costs may put another first.
    if (llvm::Error error = compile(trial, /*isExact=*/true))
      return std::move(error);
    report.points[best].bytes = trial.selection.bytes;
    report.points[best].us = trial.selection.us;
  }
}

llvm::Expected<PlanSearch::Trial *> PlanSearch::findByClasses() {
  auto count = [&](Trial &trial) -> llvm::Error {
    if (trial.right)
      return llvm::Error::success();
    llvm::Expected<double> right = classes->measure(
        trial.model ? *trial.model->module : *network.base.module,
        ClassJudge::Part::Choosing);
    if (!right)
      return right.takeError();
    trial.right = *right;
    return llvm::Error::success();
  };
  Trial *plain = trials.front().get(), *best = plain;
  if (llvm::Error error = count(*plain))
    return std::move(error);
  double low = 0, high = kMostDrop;
  for (int step = 0; step < kHalvings; ++step) {
    double drop = step ? (low + high) / 2 : kFirstDrop;
    setDrop(budget, network.scores.noise, drop, options);
    if (llvm::Error error = iterate())
      return std::move(error);
    llvm::Expected<Trial *> trial = findBest();
    if (!trial)
      return trial.takeError();
    if (llvm::Error error = count(**trial))
      return std::move(error);
    bool holds = *plain->right - *(*trial)->right <= *limits.maxDrop;
    (holds ? low : high) = drop;
    if (holds)
      best = *trial;
  }
  // The classes limit now, not the noise.
  budget.noise.clear();
  for (size_t i = 0; i < trials.size(); ++i)
    if (trials[i].get() == best)
      report.chosen = i;
  report.classes.emplace();
  BudgetReport::Classes &shares = *report.classes;
  shares.areLabels = classes->hasLabels();
  shares.choosing = classes->countSamples(ClassJudge::Part::Choosing);
  shares.untouched = classes->countSamples(ClassJudge::Part::Untouched);
  shares.plainChoosing = *plain->right;
  shares.choosingNow = *best->right;
  for (auto [trial, share] : {std::pair(plain, &shares.plainUntouched),
                              std::pair(best, &shares.untouchedNow)})
    if (llvm::Error error = classes
                                ->measure(trial->model ? *trial->model->module
                                                       : *network.base.module,
                                          ClassJudge::Part::Untouched)
                                .moveInto(*share))
      return std::move(error);
  return best;
}

llvm::Error PlanSearch::remember() {
  if (limits.scoresPath.empty())
    return llvm::Error::success();
  const Target &level = getBestLevel(limits.targets);
  KnownNetwork known;
  auto time = [&](ModuleOp module, Plan plan) {
    KnownNetwork::TimedPlan timed;
    timed.us = predictTimes(module, costs.getTimes(), level, plan);
    plan.model = hashGraph(inputs.observed);
    timed.text = printPlan(plan);
    return timed;
  };
  known.key = inputs.key;
  known.table = costs.table;
  known.scores = report.measuredScores + report.knownScores;
  known.layersWithoutChoice = report.layersWithoutChoice;
  known.estimatedKernels = report.estimatedKernels;
  for (const Message &message : inputs.messages)
    if (message.severity == mlir::DiagnosticSeverity::Warning)
      known.warnings.push_back(message.text);
  for (const WeightedLayer &layer : network.layers) {
    known.weights.push_back(layer.weights);
    known.names.push_back(network.base.plan.findLayer(layer.node) ? layer.node
                                                                  : layer.name);
  }
  for (const NetworkScores::Uniform &other : network.uniform)
    for (fxp::WeightStorage storage : getStorages(other.width)) {
      Plan plan = other.model.plan;
      for (LayerPlan &layer : plan.layers)
        if (other.hasOwnWidth(layer))
          layer.storage = storage;
      known.plans[getFormName(other.width, storage)] =
          time(*other.model.module, std::move(plan));
    }
  for (const ValueForm &value : network.values)
    known.plans[getValueEntry(value.name)] = time(*value.module, value.plan);
  for (const std::unique_ptr<Trial> &trial : trials) {
    bool isPlain = trial->forms.empty();
    if (!isPlain && !trial->model)
      continue;
    const QuantizedModel &model = isPlain ? network.base : *trial->model;
    Noise noise = isPlain ? network.scores.noise
                          : network.scores.findPlan(trial->forms)->noise;
    known.trials.push_back({trial->forms, trial->selection.bytes,
                            trial->selection.us, std::move(noise),
                            time(*model.module, model.plan)});
  }
  // Plans that earlier budgets measured stay known.
  if (network.scores.network) {
    llvm::Expected<KnownNetwork> before =
        KnownNetwork::fromJson(*network.scores.network);
    if (!before)
      llvm::consumeError(before.takeError());
    else if (before->key == known.key)
      for (KnownNetwork::Trial &trial : before->trials)
        if (!known.findTrial(trial.forms))
          known.trials.push_back(std::move(trial));
  }
  network.scores.network = known.toJson();
  return network.save();
}

llvm::Expected<QuantizedModel> PlanSearch::run(ProgressCallback progress) {
  Clock::time_point start = Clock::now();
  // All networks of a search are made from one float model.
  KeptExecutors executors;
  KeptRuns runs;
  // Wrong files are found before the long work.
  if (!limits.evaluationPath.empty()) {
    llvm::Expected<ClassJudge> opened =
        ClassJudge::open(inputs.observed, limits.evaluationPath,
                         limits.labelsPath, inputs.getExecutor);
    if (!opened)
      return opened.takeError();
    classes.emplace(std::move(*opened));
  }
  if (llvm::Error error = network.run(std::move(progress), report))
    return std::move(error);
  report.scoreSeconds = getSeconds(start);
  if (llvm::Error error = costs.fill(report))
    return std::move(error);
  makeBudget();
  addKnown();
  if (!classes) {
    if (llvm::Error error = measureRivals())
      return std::move(error);
    if (llvm::Error error = iterate())
      return std::move(error);
  }
  if (!limits.frontPath.empty())
    if (llvm::Error error = measureFront())
      return std::move(error);
  llvm::Expected<Trial *> best = classes ? findByClasses() : findBest();
  if (!best)
    return best.takeError();
  Selection &selection = (*best)->selection;
  report.isHeld = isWithin(selection, budget);
  report.quantizations = network.quantizations;
  SmallVector<int64_t> weights;
  for (const WeightedLayer &layer : network.layers)
    weights.push_back(layer.weights);
  report.layers =
      describeLayers(costs.getRefined(), weights, selection.choices);
  if (llvm::Error error = remember())
    return std::move(error);
  QuantizedModel result =
      (*best)->model ? std::move(*(*best)->model) : std::move(network.base);
  if ((*best)->model)
    result.accuracy = network.base.accuracy;
  for (auto [part, noise] :
       llvm::zip_equal(result.accuracy.parts, selection.noise)) {
    // What was counted is another network's.
    if ((*best)->model) {
      part.rows = 0;
      part.decisions.reset();
      part.divergence.reset();
    }
    part.sqnr = toDecibels(fromAddable(noise));
  }
  report.seconds = getSeconds(start);
  result.budget = std::move(report);
  return result;
}

llvm::Expected<QuantizedModel>
narrow::searchPlan(const SearchInputs &inputs,
                   const QuantizationOptions &options,
                   const BudgetOptions &budget, ProgressCallback progress) {
  return PlanSearch(inputs, options, budget).run(std::move(progress));
}
