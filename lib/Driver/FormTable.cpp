//===- FormTable.cpp - what a network's forms cost and lose ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FormTable.h"

#include "narrow/Driver/KernelTimes.h"

using namespace narrow;
using namespace narrow::search;

llvm::Error FormTable::fill(BudgetReport &report) {
  std::string path =
      limits.timesPath.empty() ? getDefaultKernelTimesPath() : limits.timesPath;
  if (llvm::Error error = cost::CostModel::load(path).moveInto(times))
    return error;
  if (llvm::Error error =
          measureCost(*network.base.module, limits.targets, times)
              .moveInto(baseCost))
    return error;
  report.estimatedKernels = baseCost.estimated;
  for (const NetworkScores::Uniform &other : network.uniform) {
    llvm::Expected<ModuleCost> cost =
        measureCost(*other.model.module, limits.targets, times);
    if (!cost)
      return cost.takeError();
    report.estimatedKernels =
        std::max(report.estimatedKernels, cost->estimated);
    uniformCosts.push_back(std::move(*cost));
  }
  fillLayers(report);
  return llvm::Error::success();
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
    for (auto [other, cost] : llvm::zip_equal(network.uniform, uniformCosts)) {
      std::string form = getFormName(other.bits);
      auto score = network.scores.layers.find({layer.name, form});
      if (score != network.scores.layers.end())
        add(form, cost, score->second);
    }
    report.layersWithoutChoice += entry.choices.size() == 1;
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

llvm::Error FormTable::compile(ModuleOp quantized, Selection &selection) {
  llvm::Expected<ModuleCost> cost =
      measureCost(quantized, limits.targets, times);
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
