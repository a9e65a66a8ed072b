//===- TurnJudge.cpp - every sample judges once ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TurnJudge.h"
#include "narrow/Calibration/Calibrator.h"
#include <cmath>

using namespace narrow;

double narrow::getMargin(ArrayRef<PartVerdict> parts,
                         const AccuracyFloors &floors) {
  double margin = kEqualDecibels;
  for (const PartVerdict &part : parts)
    if (!part.areClasses() && !part.areDecisions())
      margin = std::min(margin, part.sqnr - floors.sqnr);
  return margin;
}

llvm::Expected<std::unique_ptr<TurnJudge>>
TurnJudge::create(ModuleOp observed, const QuantizationOptions &options,
                  const ModelSamples &samples, GetExecutor getExecutor,
                  StringRef path, const JudgedModel &judged) {
  llvm::Expected<const FloatExecutor *> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  std::unique_ptr<TurnJudge> judge(
      new TurnJudge(observed, options, getExecutor, path));
  std::vector<HostTensor> outputs;
  for (int64_t turn = 0; turn < kTurns; ++turn) {
    int64_t begin = turn * samples.getCount() / kTurns,
            end = (turn + 1) * samples.getCount() / kTurns;
    judge->turns.push_back(std::make_unique<Turn>(samples.startAt(end),
                                                  end - begin, judged));
    llvm::Expected<Statistics> own = collectStatistics(
        observed, end - begin,
        [&](int64_t sample, ObserveCallback observe) {
          return (*executor)->run(samples.get(begin + sample), outputs,
                                  observe);
        },
        [&](int64_t sample) { return samples.hash(begin + sample); });
    if (!own)
      return own.takeError();
    judge->turns.back()->own = std::move(*own);
  }
  for (const auto &turn : judge->turns)
    for (const auto &other : judge->turns)
      if (turn != other)
        if (llvm::Error error = turn->others.merge(other->own))
          return std::move(error);
  return std::move(judge);
}

llvm::Expected<TurnTrial> TurnJudge::run(const HoldRecipe &recipe) {
  TurnTrial trial{recipe, {}, {}, 0, 0};
  PartMeters pooled;
  for (const std::unique_ptr<Turn> &turn : turns) {
    QuantizationOptions own = options;
    setRecipe(recipe, own);
    own.heldBack = turn->judge.getCount();
    llvm::Expected<QuantizedModel> model = quantizeModel(
        observed, turn->others, own, &turn->samples, getExecutor, path);
    if (!model)
      return model.takeError();
    trial.longValues = std::max(
        trial.longValues,
        llvm::count_if(model->plan.values, [](const ValuePlan &value) {
          return StringRef(value.storage).ends_with("16");
        }));
    llvm::Expected<PartJudge::Verdicts> verdicts =
        turn->judge.weighPooled(*model->module, options.floors, pooled);
    if (!verdicts)
      return verdicts.takeError();
    trial.turns.push_back(std::move(*verdicts));
  }
  trial.pooled = PartJudge::read(pooled, options.floors);
  for (const PartVerdict &part : trial.pooled.parts)
    trial.lack += part.getLack(options.floors);
  return std::move(trial);
}

std::vector<TurnJudge::LeftValue> TurnJudge::findLeft() const {
  std::vector<LeftValue> left;
  for (const TensorStatistics &tensor : turns.front()->own.getTensors()) {
    double most = 0;
    for (const std::unique_ptr<Turn> &turn : turns) {
      const TensorStatistics *own = turn->own.lookup(tensor.name),
                             *others = turn->others.lookup(tensor.name);
      if (!own || !others || own->histogram.empty() ||
          others->histogram.empty())
        continue;
      double low = std::min(others->histogram.getLowest(), 0.0),
             high = std::max(others->histogram.getHighest(), 0.0);
      double beyond = std::max(own->histogram.getHighest() - high,
                               low - own->histogram.getLowest());
      if (beyond > 0 && high > low)
        most = std::max(most, beyond / std::max(-low, high));
    }
    if (most > 0)
      left.push_back({tensor.name, most});
  }
  return left;
}
