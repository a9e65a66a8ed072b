//===- Front.cpp - the best selections for many limits --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/ChoiceTable.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace narrow;
using namespace narrow::search;

/// What a selection has of the axis.
static double getSum(const Selection &selection, FrontAxis axis) {
  return axis == FrontAxis::Time ? selection.us
                                 : static_cast<double>(selection.bytes);
}

llvm::Expected<std::vector<Selection>>
narrow::search::findFront(const ChoiceTable &table, unsigned count,
                          FrontAxis axis) {
  auto getChoice = [&](const Choice &choice) {
    return axis == FrontAxis::Time ? choice.us
                                   : static_cast<double>(choice.bytes);
  };
  double least =
      axis == FrontAxis::Time ? table.us : static_cast<double>(table.bytes);
  double most = least;
  for (const Layer &layer : table.layers) {
    auto [low, high] =
        std::minmax_element(layer.choices.begin(), layer.choices.end(),
                            [&](const Choice &a, const Choice &b) {
                              return getChoice(a) < getChoice(b);
                            });
    least += getChoice(*low);
    most += getChoice(*high);
  }
  std::vector<Selection> front;
  count = std::max(count, 2u);
  for (unsigned i = 0; i < count; ++i) {
    double limit = most - (most - least) * i / (count - 1);
    // What the last one left over needs no second search.
    if (!front.empty() && getSum(front.back(), axis) <= limit)
      continue;
    Budget budget;
    if (axis == FrontAxis::Time)
      budget.us = limit * (1 + 1e-9);
    else
      budget.bytes = static_cast<int64_t>(limit + 0.5);
    llvm::Expected<Selection> found = solve(table, budget);
    if (!found)
      return found.takeError();
    while (!front.empty() &&
           front.back().getWorstNoise() >= found->getWorstNoise())
      front.pop_back();
    front.push_back(std::move(*found));
  }
  return front;
}

/// What a choice saves of the sums that are above their limits, relative to
/// these.
static double getSaving(const Choice &from, const Choice &to,
                        const Selection &now, const Budget &budget) {
  double saving = 0;
  if (budget.bytes && now.bytes > *budget.bytes)
    saving += static_cast<double>(from.bytes - to.bytes) /
              std::max(1.0, static_cast<double>(*budget.bytes));
  if (budget.us && now.us > *budget.us)
    saving += (from.us - to.us) / std::max(1e-12, *budget.us);
  return saving;
}

std::optional<Selection> narrow::search::solveGreedily(const ChoiceTable &table,
                                                       const Budget &budget) {
  if (!budget.bytes && !budget.us)
    return std::nullopt;
  SmallVector<unsigned> choices(table.layers.size(), 0);
  Selection now = evaluate(table, choices);
  auto isFree = [&](unsigned layer, unsigned choice) {
    return llvm::none_of(table.conflicts, [&](const Conflict &conflict) {
      return (conflict.layer == layer && conflict.choice == choice &&
              choices[conflict.otherLayer] == conflict.otherChoice) ||
             (conflict.otherLayer == layer && conflict.otherChoice == choice &&
              choices[conflict.layer] == conflict.choice);
    });
  };
  // Bytes and time may work against each other: that ends.
  size_t steps = 0;
  for (const Layer &layer : table.layers)
    steps += layer.choices.size();
  while (!isWithin(now, budget)) {
    if (steps-- == 0)
      return std::nullopt;
    double best = std::numeric_limits<double>::infinity();
    std::optional<std::pair<unsigned, unsigned>> taken;
    for (auto [layer, entry] : llvm::enumerate(table.layers)) {
      const Choice &from = entry.choices[choices[layer]];
      for (auto [choice, to] : llvm::enumerate(entry.choices)) {
        double saving = getSaving(from, to, now, budget), noise = 0;
        if (saving <= 0 || !isFree(layer, choice))
          continue;
        for (auto [before, after] : llvm::zip_equal(from.noise, to.noise))
          noise = std::max(noise, after - before);
        if (noise / saving < best) {
          best = noise / saving;
          taken = {layer, choice};
        }
      }
    }
    if (!taken)
      return std::nullopt;
    choices[taken->first] = taken->second;
    now = evaluate(table, choices);
  }
  return now;
}
