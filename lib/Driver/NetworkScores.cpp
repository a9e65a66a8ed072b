//===- NetworkScores.cpp - a network's forms, judged ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkScores.h"

#include "narrow/Driver/HoldAccuracy.h"
#include "narrow/Repair/RepairStep.h"
#include "narrow/Support/Error.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;

/// Samples over whose means a layer's bias is corrected before it is scored.
static constexpr int64_t kTraining = 16;

SmallVector<fxp::WeightStorage> narrow::getStorages(const WeightWidth &width) {
  using Storage = fxp::WeightStorage;
  // Blocks have one code.
  if (width.block)
    return {fxp::getDefaultStorage(width.bits)};
  SmallVector<Storage> codes;
  for (Storage code : {Storage::I2, Storage::I4, Storage::I8})
    if (width.bits <= fxp::getWeightBits(code).second)
      codes.push_back(code);
  return codes;
}

std::string narrow::getFormName(const WeightWidth &width,
                                fxp::WeightStorage storage) {
  std::string name = "w" + std::to_string(width.bits);
  if (width.block)
    name += "b" + std::to_string(width.block);
  if (storage != fxp::getDefaultStorage(width.bits))
    name += "." + fxp::stringifyWeightStorage(storage).str();
  return name;
}

NetworkScores::NetworkScores(const SearchInputs &inputs,
                             const QuantizationOptions &options,
                             const BudgetOptions &limits)
    : inputs(inputs), options(options), limits(limits),
      judge(inputs.observed, inputs.samples, options.heldBack,
            inputs.getExecutor) {}

const LayerPlan *NetworkScores::findForm(const WeightedLayer &layer,
                                         const Uniform &other) const {
  const LayerPlan *found = findLayerPlan(other.model.plan, layer);
  // What is given has no other width.
  return found && other.hasOwnWidth(*found) ? found : nullptr;
}

llvm::Expected<QuantizedModel>
NetworkScores::quantize(const LayerForms &forms) const {
  QuantizationOptions own = options;
  for (const WeightedLayer &layer : layers) {
    auto form = forms.find(layer.name);
    if (form == forms.end())
      continue;
    if (auto line =
            makeSchemeLine(*findLayerPlan(base.plan, layer), form->second)) {
      own.plan.set(std::move(*line));
      continue;
    }
    for (const Uniform &other : uniform)
      for (fxp::WeightStorage storage : getStorages(other.width))
        if (getFormName(other.width, storage) == form->second) {
          LayerPlan plan = *findForm(layer, other);
          plan.storage = storage;
          plan.reason = "budget";
          own.plan.set(std::move(plan));
        }
  }
  for (const ValueForm &value : values)
    if (forms.count(getValueEntry(value.name)))
      setWide(value.name, own.plan);
  ++quantizations;
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

/// Layers of one network stand in another for their scores; one of other widths
/// that is chosen is repaired in full.
QuantizationOptions NetworkScores::getCommonOptions() const {
  QuantizationOptions common = options;
  common.repair = withoutTypeChanges(options.repair);
  common.isRepairOpen = false;
  return common;
}

llvm::Error NetworkScores::makeBase() {
  QuantizationOptions common = getCommonOptions();
  llvm::Expected<QuantizedModel> held =
      holdAccuracy(inputs.observed, inputs.statistics, common, inputs.samples,
                   inputs.getExecutor, inputs.path);
  if (!held)
    return held.takeError();
  base = std::move(*held);
  quantizations += std::max<int64_t>(base.accuracy.trials, 1);
  if (base.accuracy.judges) {
    std::string asked = options.repair;
    setRecipe(base.accuracy.recipe, options);
    options.repair = asked;
  }
  layers = findWeightedLayers(*base.module);
  return llvm::Error::success();
}

llvm::Error NetworkScores::makeForms() {
  QuantizationOptions common = getCommonOptions();
  for (const WeightWidth &width : limits.weightWidths) {
    QuantizationOptions own = common;
    own.weightBits = width.bits;
    own.weightBlock = width.block;
    // What was scored before is wanted for its plan and its kernels alone.
    LayerForms all;
    for (const WeightedLayer &layer : layers)
      all[layer.name] = getFormName(width);
    if (scores.findPlan(all) && llvm::all_of(all, [&](const auto &form) {
          return scores.layers.count(form) != 0;
        }))
      own.biasSamples = 0;
    llvm::Expected<QuantizedModel> model =
        quantizeModel(inputs.observed, inputs.statistics, own, &inputs.samples,
                      inputs.getExecutor, inputs.path);
    ++quantizations;
    if (!model)
      return model.takeError();
    uniform.push_back({width, std::move(*model)});
  }
  if (llvm::Error error =
          findSchemeForms(inputs, common, base, layers, limits, quantizations)
              .moveInto(schemes))
    return error;
  if (!limits.widensValues)
    return llvm::Error::success();
  return findValueForms(inputs, common, base, quantizations).moveInto(values);
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

void NetworkScores::findMissing(BudgetReport &report) {
  auto add = [&](std::string entry, std::string form) {
    if (scores.layers.count({entry, form}))
      ++report.knownScores;
    else
      missing.insert({std::move(entry), std::move(form)});
  };
  for (const Uniform &other : uniform)
    for (const WeightedLayer &layer : layers)
      if (findForm(layer, other))
        add(layer.name, getFormName(other.width));
  for (const SchemeForm &form : schemes)
    add(form.layer, form.form);
  for (const ValueForm &value : values)
    add(getValueEntry(value.name), kWideForm.str());
}

llvm::Error NetworkScores::note(StringRef entry, StringRef form,
                                const Noise &noise, ProgressMeter &meter) {
  scores.layers[{entry.str(), form.str()}] = noise;
  ++measured;
  meter.advance();
  return save();
}

llvm::Error NetworkScores::measureLayers(ProgressMeter &meter) {
  llvm::Expected<OwningOpRef<ModuleOp>> judged = judge.makeJudged(*base.module);
  if (!judged)
    return judged.takeError();
  SmallVector<Form> forms;
  for (const Uniform &other : uniform)
    forms.push_back({getFormName(other.width), *other.model.module});
  auto isWanted = [&](StringRef layer, StringRef form) {
    return missing.count({layer.str(), form.str()}) != 0;
  };
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
        Noise own;
        for (auto [value, counts] : llvm::zip_equal(found, isJudged))
          if (counts)
            own.push_back(value);
        return note(layer, form, own, meter);
      });
}

llvm::Error NetworkScores::measureEntry(StringRef entry, StringRef form,
                                        ModuleOp module, ProgressMeter &meter) {
  if (!missing.count({entry.str(), form.str()}))
    return llvm::Error::success();
  llvm::Expected<Noise> noise = measure(module);
  if (!noise)
    return noise.takeError();
  return note(entry, form, *noise, meter);
}

llvm::Error NetworkScores::measureSchemes(ProgressMeter &meter) {
  for (const SchemeForm &form : schemes)
    if (llvm::Error error =
            measureEntry(form.layer, form.form, *form.module, meter))
      return error;
  return llvm::Error::success();
}

llvm::Error NetworkScores::measureValues(ProgressMeter &meter) {
  for (const ValueForm &value : values)
    if (llvm::Error error = measureEntry(getValueEntry(value.name), kWideForm,
                                         *value.module, meter))
      return error;
  return llvm::Error::success();
}

llvm::Error NetworkScores::record(const LayerForms &forms, const Noise &noise) {
  scores.plans.push_back({forms, noise});
  return save();
}

llvm::Error NetworkScores::measureWhole(const LayerForms &forms,
                                        ModuleOp module) {
  llvm::Expected<Noise> found = measure(module);
  if (!found)
    return found.takeError();
  return record(forms, *found);
}

/// Whole networks of one form say how much layers add to each other's noise,
/// and how little is left to be gained of it: gains do not add up either.
llvm::Error NetworkScores::measureUniform() {
  for (const Uniform &other : uniform) {
    LayerForms all;
    for (const WeightedLayer &layer : layers)
      if (scores.layers.count({layer.name, getFormName(other.width)}))
        all[layer.name] = getFormName(other.width);
    if (!all.empty() && !scores.findPlan(all))
      if (llvm::Error error = measureWhole(all, *other.model.module))
        return error;
  }
  std::map<std::string, LayerForms> whole;
  for (const SchemeForm &form : schemes)
    whole[form.form][form.layer] = form.form;
  for (const ValueForm &value : values)
    whole[kWideForm.str()][getValueEntry(value.name)] = kWideForm.str();
  for (const auto &[form, all] : whole) {
    // One alone was measured as its score.
    if (all.size() < 2 || scores.findPlan(all))
      continue;
    llvm::Expected<QuantizedModel> model = quantize(all);
    if (!model)
      return model.takeError();
    if (llvm::Error error = measureWhole(all, *model->module))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error NetworkScores::run(ProgressCallback progress,
                               BudgetReport &report) {
  if (llvm::Error error = makeBase())
    return error;
  if (llvm::Error error = openScores())
    return error;
  if (llvm::Error error = makeForms())
    return error;
  findMissing(report);
  ProgressMeter meter(static_cast<int64_t>(missing.size()),
                      std::move(progress));
  if (llvm::Error error = measureLayers(meter))
    return error;
  if (llvm::Error error = measureSchemes(meter))
    return error;
  if (llvm::Error error = measureValues(meter))
    return error;
  report.measuredScores = measured;
  return measureUniform();
}
