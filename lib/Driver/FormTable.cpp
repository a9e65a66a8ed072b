//===- FormTable.cpp - what a network's forms cost and lose ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FormTable.h"

#include "narrow/Driver/KernelTimes.h"
#include "llvm/ADT/StringSet.h"

using namespace narrow;
using namespace narrow::search;

llvm::Expected<ModuleCost> FormTable::measure(ModuleOp module,
                                              BudgetReport &report) {
  llvm::Expected<ModuleCost> cost = measureCost(module, limits.targets, times);
  if (cost)
    report.estimatedKernels =
        std::max(report.estimatedKernels, cost->estimated);
  return cost;
}

/// Stores the weights of a module in another code.
static OwningOpRef<ModuleOp> storeWeights(ModuleOp module,
                                          fxp::WeightStorage code) {
  OwningOpRef<ModuleOp> copy = module.clone();
  for (const WeightedLayer &layer : findWeightedLayers(*copy))
    layer.op->getOperand(1).getDefiningOp<fxp::ConstantOp>().setStorage(code);
  return copy;
}

llvm::Error FormTable::fill(BudgetReport &report) {
  std::string path =
      limits.timesPath.empty() ? getDefaultKernelTimesPath() : limits.timesPath;
  if (llvm::Error error = cost::CostModel::load(path).moveInto(times))
    return error;
  if (llvm::Error error =
          measure(*network.base.module, report).moveInto(baseCost))
    return error;
  for (const NetworkScores::Uniform &other : network.uniform)
    for (fxp::WeightStorage code : getStorages(other.bits)) {
      // As it is, layers that are given other weights among them.
      bool isOwn = code == fxp::getDefaultStorage(other.bits);
      OwningOpRef<ModuleOp> copy;
      if (!isOwn)
        copy = storeWeights(*other.model.module, code);
      llvm::Expected<ModuleCost> cost =
          measure(isOwn ? *other.model.module : *copy, report);
      if (!cost)
        return cost.takeError();
      forms.push_back({getFormName(other.bits, code),
                       code != fxp::WeightStorage::I8, std::move(*cost),
                       &other});
    }
  fillLayers(report);
  return fillValues(report);
}

void FormTable::fillLayers(BudgetReport &report) {
  for (double noise : network.scores.noise)
    table.noise.push_back(toAddable(noise));
  table.bytes = baseCost.bytes;
  table.us = baseCost.us;
  for (const WeightedLayer &layer : network.layers) {
    search::Layer &entry = table.layers.emplace_back();
    entry.name = layer.name;
    auto add = [&](StringRef form, const ModuleCost &cost, const Noise &noise) {
      Choice &choice = entry.choices.emplace_back();
      choice.name = form.str();
      choice.bytes = cost.bytesByNode.lookup(layer.node);
      choice.us = cost.usByNode.lookup(layer.node);
      // Fewer bits do no good: what looks like it is luck on these samples.
      for (auto [found, plain] : llvm::zip_equal(noise, table.noise))
        choice.noise.push_back(std::max(toAddable(found) - plain, 0.0));
    };
    add("w8", baseCost, network.scores.noise);
    table.bytes -= entry.choices.front().bytes;
    table.us -= entry.choices.front().us;
    for (const WeightForm &form : forms) {
      auto score = network.scores.layers.find(
          {layer.name, getFormName(form.from->bits)});
      if (score == network.scores.layers.end())
        continue;
      add(form.name, form.cost, score->second);
      // The same weights in more bytes are for those that are read faster.
      const Choice &made = entry.choices.back();
      bool isUseless =
          llvm::any_of(llvm::drop_end(entry.choices), [&](const Choice &other) {
            return other.noise == made.noise && other.bytes <= made.bytes &&
                   other.us <= made.us;
          });
      if (isUseless && form.name != getFormName(form.from->bits))
        entry.choices.pop_back();
    }
    report.layersWithoutChoice += entry.choices.size() == 1;
  }
}

llvm::Error FormTable::fillValues(BudgetReport &report) {
  for (const ValueForm &value : network.values) {
    std::string name = getValueEntry(value.name);
    auto score = network.scores.layers.find({name, kWideForm.str()});
    if (score == network.scores.layers.end())
      continue;
    llvm::Expected<ModuleCost> cost = measure(*value.module, report);
    if (!cost)
      return cost.takeError();
    search::Layer &entry = table.layers.emplace_back();
    entry.name = std::move(name);
    entry.choices.resize(2);
    Choice &plain = entry.choices[0], &wide = entry.choices[1];
    plain.name = kPlainForm.str();
    plain.noise.assign(table.noise.size(), 0);
    wide.name = kWideForm.str();
    wide.bytes = cost->bytes - baseCost.bytes;
    wide.us = cost->us - baseCost.us;
    // More bits do no harm, on other samples.
    for (auto [found, own] : llvm::zip_equal(score->second, table.noise))
      wide.noise.push_back(std::min(toAddable(found) - own, 0.0));
    addConflicts(*value.module, table.layers.size() - 1);
  }
  return llvm::Error::success();
}

void FormTable::addConflicts(ModuleOp widened, unsigned entry) {
  llvm::StringSet<> wide;
  for (const WeightedLayer &layer : findWeightedLayers(widened))
    if (fxp::QuantView(layer.op->getOperand(0).getType()).getContainerBits() >
        8)
      wide.insert(layer.name);
  for (auto [index, layer] : llvm::enumerate(network.layers)) {
    if (!wide.contains(layer.name))
      continue;
    for (auto [choice, form] : llvm::enumerate(table.layers[index].choices))
      if (llvm::any_of(forms, [&, name = StringRef(form.name)](
                                  const WeightForm &weights) {
            return weights.isPacked && weights.name == name;
          }))
        table.conflicts.push_back({static_cast<unsigned>(index),
                                   static_cast<unsigned>(choice), entry, 1});
  }
}

std::optional<SmallVector<unsigned>>
FormTable::getChoices(const LayerForms &forms) const {
  SmallVector<unsigned> choices;
  size_t used = 0;
  for (const search::Layer &layer : table.layers) {
    auto form = forms.find(layer.name);
    auto choice = form == forms.end()
                      ? layer.choices.begin()
                      : llvm::find_if(layer.choices, [&](const Choice &c) {
                          return c.name == form->second;
                        });
    if (choice == layer.choices.end())
      return std::nullopt;
    used += form != forms.end();
    choices.push_back(static_cast<unsigned>(choice - layer.choices.begin()));
  }
  if (used != forms.size())
    return std::nullopt;
  return choices;
}

LayerForms FormTable::getForms(ArrayRef<unsigned> choices) const {
  LayerForms forms;
  for (auto [layer, choice] : llvm::zip_equal(table.layers, choices))
    if (choice)
      forms[layer.name] = layer.choices[choice].name;
  return forms;
}

ChoiceTable FormTable::getRefined() const {
  ChoiceTable refined = table;
  std::vector<Observation> observations;
  for (const Scores::Plan &plan : network.scores.plans)
    if (auto choices = getChoices(plan.forms))
      observations.push_back({*choices, toAddable(plan.noise)});
  refine(refined, observations);
  return refined;
}

llvm::Error FormTable::compile(ModuleOp quantized, Selection &selection,
                               bool isExact) {
  llvm::Expected<ModuleCost> cost =
      measureCost(quantized, limits.targets, times, isExact);
  if (!cost)
    return cost.takeError();
  // Padding and tables do not add up by layers: the next plan is likely to be
  // off by as much.
  table.bytes += cost->bytes - selection.bytes;
  table.us += cost->us - selection.us;
  selection.bytes = cost->bytes;
  selection.us = cost->us;
  return llvm::Error::success();
}
