//===- PlanChoices.cpp - plans as choices of a table ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanChoices.h"

#include <cmath>

using namespace narrow;
using namespace narrow::search;

double narrow::getDecibels(const Selection &selection) {
  return toDecibels(fromAddable(selection.getWorstNoise()));
}

LayerForms narrow::getForms(const ChoiceTable &table,
                            ArrayRef<unsigned> choices) {
  LayerForms forms;
  for (auto [layer, choice] : llvm::zip_equal(table.layers, choices))
    if (choice)
      forms[layer.name] = layer.choices[choice].name;
  return forms;
}

std::optional<SmallVector<unsigned>>
narrow::getChoices(const ChoiceTable &table, const LayerForms &forms) {
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

ChoiceTable narrow::getRefined(const ChoiceTable &table,
                               ArrayRef<Scores::Plan> plans) {
  ChoiceTable refined = table;
  std::vector<Observation> observations;
  for (const Scores::Plan &plan : plans)
    if (auto choices = getChoices(table, plan.forms))
      observations.push_back({*choices, toAddable(plan.noise)});
  refine(refined, observations);
  return refined;
}

std::string narrow::nameKnown(const ChoiceTable &table,
                              const LayerForms &forms) {
  if (forms.empty())
    return "8 bits";
  const std::string &form = forms.begin()->second;
  for (const search::Layer &layer : table.layers) {
    auto found = forms.find(layer.name);
    bool isPlain = llvm::none_of(layer.choices, [&](const Choice &choice) {
      return choice.name == form;
    });
    if (isPlain ? found != forms.end()
                : found == forms.end() || found->second != form)
      return "known";
  }
  return "all " + form;
}

void narrow::setDrop(Budget &budget, const Noise &noise, double decibels,
                     const QuantizationOptions &options) {
  budget.noise.clear();
  for (double own : noise) {
    double most = own * std::pow(10, decibels / 10);
    // A floor is held whatever the drop.
    if (options.holdsAccuracy)
      most = std::min(most, std::max(own, toNoise(options.floors.sqnr)));
    budget.noise.push_back(toAddable(most));
  }
}

BudgetReport::Point narrow::describePlan(const ChoiceTable &table,
                                         StringRef name,
                                         const Selection &selection,
                                         double predicted) {
  BudgetReport::Point point;
  point.name = name.str();
  point.bytes = selection.bytes;
  point.us = selection.us;
  point.predicted = predicted;
  point.measured = getDecibels(selection);
  std::map<std::string, int64_t> counts;
  for (auto [layer, choice] : llvm::zip_equal(table.layers, selection.choices))
    ++counts[layer.choices[choice].name];
  // The widest first.
  for (const auto &[width, count] : llvm::reverse(counts))
    point.widths.emplace_back(width, count);
  return point;
}

std::vector<BudgetReport::Layer>
narrow::describeLayers(const ChoiceTable &refined, ArrayRef<int64_t> weights,
                       ArrayRef<unsigned> choices) {
  std::vector<BudgetReport::Layer> layers;
  double own = std::max(*llvm::max_element(refined.noise), 1e-20);
  for (auto [index, entry] : llvm::enumerate(refined.layers)) {
    const Choice &chosen = entry.choices[choices[index]];
    // Values have none.
    layers.push_back({entry.name, chosen.name,
                      index < weights.size() ? weights[index] : 0, chosen.bytes,
                      chosen.us, *llvm::max_element(chosen.noise) / own});
  }
  return layers;
}
