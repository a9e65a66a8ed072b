//===- AnswerBudget.cpp - a budget answered from a file -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FormCosts.h"
#include "KnownNetwork.h"
#include "SchemeForms.h"
#include "ValueForms.h"

#include "narrow/Plan/PlanFile.h"
#include "narrow/Support/Error.h"
#include <chrono>
#include <cmath>

using namespace narrow;
using namespace narrow::search;
using Clock = std::chrono::steady_clock;

/// Plans that lie no further apart, in dB, say something of each other.
static constexpr double kNear = 6;

namespace {
class Answer {
public:
  Answer(const KnownNetwork &known, ArrayRef<Scores::Plan> measured,
         const QuantizationOptions &options, const BudgetOptions &limits)
      : known(known), measured(measured), options(options), limits(limits),
        refined(getRefined(known.table, measured)) {}

  llvm::Expected<std::optional<BudgetAnswer>> run();

private:
  Budget makeBudget() const;
  /// Whether plans about as loud as this one were measured, and the table says
  /// of each what it gave.
  bool isTrusted(const Selection &selection) const;
  /// Adds the point of a plan, and puts it in the place of the best so far
  /// where it is better.
  void offer(StringRef name, const Selection &selection, bool isPredicted,
             const Budget &budget);
  /// Returns the plan of these choices, made of those of whole networks.
  llvm::Expected<Plan> compose(const Selection &selection) const;
  llvm::Error setForm(StringRef form, size_t layer, Plan &plan) const;
  llvm::Error widen(StringRef entry, Plan &plan) const;

  const KnownNetwork &known;
  ArrayRef<Scores::Plan> measured;
  const QuantizationOptions &options;
  const BudgetOptions &limits;
  ChoiceTable refined;
  std::optional<Selection> best;
  BudgetReport report;
};
} // namespace

static llvm::Expected<Plan> parseKnown(const KnownNetwork::TimedPlan &plan) {
  return parsePlan(plan.text, "a plan among scores");
}

Budget Answer::makeBudget() const {
  Budget budget;
  budget.bytes = limits.maxBytes;
  budget.us = limits.maxUs;
  if (limits.maxDrop)
    setDrop(budget, known.trials.front().noise, *limits.maxDrop, options);
  return budget;
}

bool Answer::isTrusted(const Selection &selection) const {
  int near = 0;
  for (const Scores::Plan &plan : measured) {
    auto choices = getChoices(refined, plan.forms);
    if (!choices)
      continue;
    Selection predicted = evaluate(refined, *choices), found = predicted;
    found.noise = toAddable(plan.noise);
    double decibels = getDecibels(found);
    if (std::abs(decibels - getDecibels(selection)) > kNear)
      continue;
    ++near;
    if (std::abs(decibels - getDecibels(predicted)) > kAgree)
      return false;
  }
  return near > 0;
}

void Answer::offer(StringRef name, const Selection &selection, bool isPredicted,
                   const Budget &budget) {
  double predicted = isPredicted ? getDecibels(selection) : NAN;
  BudgetReport::Point point =
      describePlan(known.table, name, selection, predicted);
  if (isPredicted)
    point.measured = NAN;
  report.points.push_back(std::move(point));
  if (best && !isBetter(selection, *best, budget))
    return;
  best = selection;
  report.chosen = report.points.size() - 1;
  report.isPredicted = isPredicted;
}

llvm::Error Answer::setForm(StringRef form, size_t layer, Plan &plan) const {
  if (const LayerPlan *plain = plan.findLayer(known.names[layer]))
    if (auto line = makeSchemeLine(*plain, form)) {
      plan.set(std::move(*line));
      return llvm::Error::success();
    }
  auto other = known.plans.find(form.str());
  if (other == known.plans.end())
    return makeError("expected the plan of '" + form + "'");
  llvm::Expected<Plan> whole = parseKnown(other->second);
  if (!whole)
    return whole.takeError();
  const LayerPlan *found = whole->findLayer(known.names[layer]);
  if (!found)
    return makeError("expected layer '" + known.names[layer] + "' in '" + form +
                     "'");
  LayerPlan own = *found;
  own.reason = "budget";
  plan.set(std::move(own));
  return llvm::Error::success();
}

llvm::Error Answer::widen(StringRef entry, Plan &plan) const {
  auto other = known.plans.find(entry.str());
  if (other == known.plans.end())
    return makeError("expected the plan of '" + entry + "'");
  llvm::Expected<Plan> whole = parseKnown(other->second);
  llvm::Expected<Plan> plain = parseKnown(known.trials.front().plan);
  if (!whole || !plain)
    return llvm::joinErrors(whole.takeError(), plain.takeError());
  for (const ValuePlan &value : whole->values) {
    const ValuePlan *before = plain->findValue(value.name);
    if (before && before->storage != value.storage)
      plan.set(value);
  }
  return llvm::Error::success();
}

llvm::Expected<Plan> Answer::compose(const Selection &selection) const {
  LayerForms forms = getForms(known.table, selection.choices);
  if (const KnownNetwork::Trial *trial = known.findTrial(forms))
    return parseKnown(trial->plan);
  llvm::Expected<Plan> plan = parseKnown(known.trials.front().plan);
  if (!plan)
    return plan.takeError();
  for (auto [index, layer] : llvm::enumerate(known.table.layers)) {
    auto form = forms.find(layer.name);
    if (form == forms.end())
      continue;
    if (llvm::Error error = index < known.names.size()
                                ? setForm(form->second, index, *plan)
                                : widen(layer.name, *plan))
      return std::move(error);
  }
  return plan;
}

llvm::Expected<std::optional<BudgetAnswer>> Answer::run() {
  Clock::time_point start = Clock::now();
  report.maxBytes = limits.maxBytes;
  report.maxUs = limits.maxUs;
  report.maxDrop = limits.maxDrop;
  report.level = getBestLevel(limits.targets).qualifiedName();
  report.knownScores = known.scores;
  report.layersWithoutChoice = known.layersWithoutChoice;
  report.estimatedKernels = known.estimatedKernels;
  Budget budget = makeBudget();
  auto addMeasured = [&](const LayerForms &forms, const Noise &noise,
                         const KnownNetwork::Trial *trial) {
    auto choices = getChoices(known.table, forms);
    if (!choices)
      return;
    Selection selection = evaluate(known.table, *choices);
    if (trial) {
      selection.bytes = trial->bytes;
      selection.us = trial->us;
    }
    selection.noise = toAddable(noise);
    offer(nameKnown(known.table, forms), selection,
          /*isPredicted=*/false, budget);
  };
  const KnownNetwork::Trial &plain = known.trials.front();
  addMeasured(plain.forms, plain.noise, &plain);
  for (const Scores::Plan &plan : measured)
    addMeasured(plan.forms, plan.noise, known.findTrial(plan.forms));
  llvm::Expected<Selection> solved = solve(refined, budget);
  if (!solved)
    return solved.takeError();
  report.solveSeconds =
      std::chrono::duration<double>(Clock::now() - start).count();
  LayerForms forms = getForms(known.table, solved->choices);
  if (!forms.empty() && llvm::none_of(measured, [&](const Scores::Plan &plan) {
        return plan.forms == forms;
      })) {
    // The table may be off by more than its best plan gains.
    if (!isTrusted(*solved))
      return std::nullopt;
    offer("predicted", *solved, /*isPredicted=*/true, budget);
  }
  report.isHeld = isWithin(*best, budget);
  if (!report.isHeld)
    return std::nullopt;
  report.layers = describeLayers(refined, known.weights, best->choices);
  llvm::Expected<Plan> plan = compose(*best);
  if (!plan)
    return plan.takeError();
  BudgetAnswer answer;
  answer.plan = std::move(*plan);
  const KnownNetwork::Trial *trial =
      known.findTrial(getForms(known.table, best->choices));
  answer.predictedUs =
      trial ? trial->plan.us : plain.plan.us + best->us - plain.us;
  for (StringRef warning : known.warnings)
    answer.warnings.push_back(
        {mlir::DiagnosticSeverity::Warning, "", warning.str()});
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  answer.report = std::move(report);
  return std::optional<BudgetAnswer>(std::move(answer));
}

llvm::Expected<std::optional<BudgetAnswer>>
narrow::answerBudget(uint64_t key, const QuantizationOptions &options,
                     const BudgetOptions &limits) {
  auto scores = Scores::load(limits.scoresPath);
  if (!scores)
    return scores.takeError();
  if (!*scores || !(*scores)->network)
    return std::nullopt;
  llvm::Expected<KnownNetwork> known =
      KnownNetwork::fromJson(*(*scores)->network);
  if (!known)
    return makeError("'" + limits.scoresPath +
                     "': " + llvm::toString(known.takeError()));
  if (known->key != key)
    return std::nullopt;
  auto answer = Answer(*known, (*scores)->plans, options, limits).run();
  if (!answer)
    return makeError("'" + limits.scoresPath +
                     "': " + llvm::toString(answer.takeError()));
  return answer;
}
