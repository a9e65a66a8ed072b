//===- HoldAccuracy.cpp - what a result needs, and costs least ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/HoldAccuracy.h"
#include "Holder.h"
#include "narrow/Plan/PlanFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;

int64_t narrow::countJudges(int64_t count) {
  return count < kLeastToHoldBack ? 0 : std::clamp<int64_t>(count / 4, 8, 32);
}

void narrow::setRecipe(const HoldRecipe &recipe, QuantizationOptions &options) {
  options.estimator = recipe.estimator;
  options.repair = recipe.repair;
  if (recipe.hasWideStreams)
    options.residualStreamBits = 16;
  options.roomy = recipe.roomy;
  options.headroom = recipe.headroom;
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

std::vector<Message> narrow::describeSearch(const AccuracyReport &accuracy) {
  std::vector<Message> remarks;
  for (const std::string &text : accuracy.undone)
    remarks.push_back(
        {mlir::DiagnosticSeverity::Remark, "", text + " [not-held]"});
  for (const std::string &text : accuracy.untried)
    remarks.push_back({mlir::DiagnosticSeverity::Remark, "",
                       "not tried to hold accuracy: " + text + " [not-tried]"});
  return remarks;
}

std::string Holder::explain() {
  llvm::Expected<std::vector<Suspect>> left =
      findOwnSuspects(*best->model.module);
  if (!left) {
    llvm::consumeError(left.takeError());
    return "";
  }
  if (left->empty() || !left->front().isLosing())
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
  if (options.holdsAccuracy && takesTurns && best->isHeld() &&
      mayJudgeInTurns())
    if (llvm::Error error = judgeInTurns(before))
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
  if (!recipe.roomy.empty())
    measures.push_back(llvm::formatv("room for {0} times what was seen of {1} "
                                     "values",
                                     printShortest(recipe.headroom),
                                     recipe.roomy.size()));
  if (!recipe.keptFloat.empty())
    measures.push_back(llvm::formatv("{0} in float", recipe.keptFloat.size()));
  return measures;
}

void Holder::report(ArrayRef<PartVerdict> before) {
  AccuracyReport &accuracy = best->model.accuracy;
  const PartJudge &judge = trials.getJudge();
  accuracy.floors = options.floors;
  accuracy.judges = best->verdicts.judges;
  accuracy.beyond = beyond;
  accuracy.turns = turn ? static_cast<int64_t>(turn->turns.size()) : 0;
  ArrayRef<uint64_t> known = statistics.getSampleHashes();
  accuracy.areHeldBack = true;
  for (int64_t i = 0; !turn && i < accuracy.judges; ++i)
    accuracy.areHeldBack &= !std::binary_search(
        known.begin(), known.end(), samples.hash(judge.getBegin() + i));
  for (const PartVerdict &part : best->verdicts.parts) {
    auto old = llvm::find_if(before, [&](const PartVerdict &other) {
      return other.name == part.name;
    });
    accuracy.parts.push_back(
        {part, old == before.end() ? part.sqnr : old->sqnr});
    for (int64_t i = 0; i < accuracy.turns; ++i)
      for (const PartVerdict &own : turn->turns[i].parts)
        if (own.name == part.name)
          accuracy.parts.back().inTurns.push_back(own.sqnr);
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
  llvm::append_range(best->model.messages, describeSearch(accuracy));
  if (!best->isHeld())
    accuracy.reason = explain();
  // Compiling by the plan has to repair alike.
  if (recipe.repair != options.repair)
    best->model.plan.repair = recipe.repair;
}

llvm::Expected<QuantizedModel> narrow::holdAccuracy(
    ModuleOp observed, const Statistics &statistics,
    const QuantizationOptions &options, const ModelSamples &samples,
    GetExecutor getExecutor, StringRef path, const HoldRecipe *start,
    ProgressCallback progress, const JudgedModel *whole, bool takesTurns) {
  return Holder(observed, statistics, options, samples, getExecutor, path,
                progress, whole, takesTurns)
      .run(start);
}
