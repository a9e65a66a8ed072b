//===- NetworkScores.cpp - a network's forms, judged ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkScores.h"

#include "narrow/Driver/HoldAccuracy.h"
#include "narrow/Support/Error.h"
#include <cmath>
#include <set>

using namespace narrow;
using namespace narrow::search;

/// Samples over whose means a layer's bias is corrected before it is scored.
static constexpr int64_t kTraining = 16;

std::string narrow::getFormName(unsigned bits) {
  return "w" + std::to_string(bits);
}

NetworkScores::NetworkScores(const SearchInputs &inputs,
                             const QuantizationOptions &options,
                             const BudgetOptions &limits)
    : inputs(inputs), options(options), limits(limits),
      judge(inputs.observed, inputs.samples, options.heldBack,
            inputs.getExecutor) {}

const LayerPlan *NetworkScores::findForm(const WeightedLayer &layer,
                                         const Uniform &other) const {
  const Plan &plan = other.model.plan;
  const LayerPlan *found = plan.findLayer(layer.node);
  if (!found)
    found = plan.findLayer(layer.name);
  // What is given has no other width.
  return found && found->bits == other.bits ? found : nullptr;
}

llvm::Expected<QuantizedModel>
NetworkScores::quantize(const LayerForms &forms) const {
  QuantizationOptions own = options;
  for (const WeightedLayer &layer : layers) {
    auto form = forms.find(layer.name);
    if (form == forms.end())
      continue;
    for (const Uniform &other : uniform)
      if (getFormName(other.bits) == form->second) {
        LayerPlan plan = *findForm(layer, other);
        plan.reason = "budget";
        own.plan.set(std::move(plan));
      }
  }
  return quantizeModel(inputs.observed, inputs.statistics, own, &inputs.samples,
                       inputs.getExecutor, inputs.path);
}

llvm::Expected<Noise> NetworkScores::measure(ModuleOp quantized) {
  llvm::Expected<PartErrors> errors = judge.judge(quantized);
  if (!errors)
    return errors.takeError();
  if (isJudged.empty())
    for (double error : *errors)
      isJudged.push_back(std::isfinite(error));
  if (errors->size() != isJudged.size())
    return makeError("'" + inputs.path + "': expected results of " +
                     Twine(isJudged.size()) +
                     " parts whatever the widths, "
                     "found " +
                     Twine(errors->size()));
  Noise noise;
  for (auto [error, counts] : llvm::zip_equal(*errors, isJudged))
    if (counts)
      noise.push_back(error * error);
  return noise;
}

llvm::Error NetworkScores::makeModels() {
  llvm::Expected<QuantizedModel> held =
      holdAccuracy(inputs.observed, inputs.statistics, options, inputs.samples,
                   inputs.getExecutor, inputs.path);
  if (!held)
    return held.takeError();
  base = std::move(*held);
  setHeld(base.accuracy.wide, base.accuracy.keptFloat, options.plan);
  layers = findWeightedLayers(*base.module);
  for (unsigned bits : limits.weightBits) {
    QuantizationOptions own = options;
    own.weightBits = bits;
    llvm::Expected<QuantizedModel> model =
        quantizeModel(inputs.observed, inputs.statistics, own, &inputs.samples,
                      inputs.getExecutor, inputs.path);
    if (!model)
      return model.takeError();
    uniform.push_back({bits, std::move(*model)});
  }
  return llvm::Error::success();
}

llvm::Error NetworkScores::save() const {
  return limits.scoresPath.empty() ? llvm::Error::success()
                                   : scores.save(limits.scoresPath);
}

llvm::Error NetworkScores::openScores() {
  llvm::Expected<Noise> noise = measure(*base.module);
  if (!noise)
    return noise.takeError();
  if (noise->empty())
    return makeError("'" + inputs.path +
                     "': expected inputs and results in f32 that are not 0 "
                     "throughout: without them no plan can be judged");
  scores.model = inputs.modelHash;
  scores.noise = *noise;
  for (auto [name, counts] : llvm::zip_equal(judge.getNames(), isJudged))
    if (counts)
      scores.parts.push_back(name);
  if (limits.scoresPath.empty())
    return llvm::Error::success();
  auto known = Scores::load(limits.scoresPath);
  if (!known)
    return known.takeError();
  if (!*known)
    return llvm::Error::success();
  if (llvm::Error error = (*known)->checkFits(scores))
    return makeError("'" + limits.scoresPath +
                     "': " + llvm::toString(std::move(error)));
  scores = std::move(**known);
  return llvm::Error::success();
}

llvm::Error NetworkScores::measureLayers(ProgressCallback progress,
                                         BudgetReport &report) {
  llvm::Expected<OwningOpRef<ModuleOp>> judged = judge.makeJudged(*base.module);
  if (!judged)
    return judged.takeError();
  SmallVector<Form> forms;
  std::set<std::pair<std::string, std::string>> missing;
  for (const Uniform &other : uniform) {
    std::string form = getFormName(other.bits);
    forms.push_back({form, *other.model.module});
    for (const WeightedLayer &layer : layers) {
      if (!findForm(layer, other))
        continue;
      if (scores.layers.count({layer.name, form}))
        ++report.knownScores;
      else
        missing.insert({layer.name, form});
    }
  }
  auto isWanted = [&](StringRef layer, StringRef form) {
    return missing.count({layer.str(), form.str()}) != 0;
  };
  ProgressMeter meter(static_cast<int64_t>(missing.size()),
                      std::move(progress));
  auto fetch = [&](int64_t index, std::vector<HostTensor> &sample) {
    sample = inputs.samples.get(index);
    return llvm::Error::success();
  };
  int64_t training =
      std::min(kTraining, inputs.samples.getCount() - options.heldBack);
  return measureForms(
      **judged, forms, judge.getWanted(), {judge.getFetch(), fetch, training},
      isWanted,
      [&](StringRef layer, StringRef form, Noise found) -> llvm::Error {
        Noise &own = scores.layers[{layer.str(), form.str()}];
        for (auto [value, counts] : llvm::zip_equal(found, isJudged))
          if (counts)
            own.push_back(value);
        ++report.measuredScores;
        meter.advance();
        // A run that is killed has lost one layer.
        return save();
      });
}

llvm::Error NetworkScores::record(const LayerForms &forms, const Noise &noise) {
  scores.plans.push_back({forms, noise});
  return save();
}

/// Whole networks of one width say how much layers add to each other's noise.
llvm::Error NetworkScores::measureUniform() {
  for (const Uniform &other : uniform) {
    LayerForms all;
    for (const WeightedLayer &layer : layers)
      if (scores.layers.count({layer.name, getFormName(other.bits)}))
        all[layer.name] = getFormName(other.bits);
    if (all.empty() || scores.findPlan(all))
      continue;
    llvm::Expected<Noise> found = measure(*other.model.module);
    if (!found)
      return found.takeError();
    if (llvm::Error error = record(all, *found))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error NetworkScores::run(ProgressCallback progress,
                               BudgetReport &report) {
  if (llvm::Error error = makeModels())
    return error;
  if (llvm::Error error = openScores())
    return error;
  if (llvm::Error error = measureLayers(std::move(progress), report))
    return error;
  return measureUniform();
}
