//===- ChoiceTable.cpp - layers, their choices and a budget ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/ChoiceTable.h"

#include "MixedProgram.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <functional>
#include <limits>
#include <tuple>

using namespace narrow;
using namespace narrow::search;

/// What quantities weigh that are not the one to be made least: time decides
/// first what that leaves open.
static constexpr double kTie = 1e-5, kLastTie = 1e-7;
/// The solver keeps limits to about 10^-7 of them; sums are exact.
static constexpr double kTighter = 1e-6;

double Selection::getWorstNoise() const {
  return noise.empty() ? 0 : *llvm::max_element(noise);
}

Selection narrow::search::evaluate(const ChoiceTable &table,
                                   ArrayRef<unsigned> choices) {
  Selection result;
  result.choices.assign(choices.begin(), choices.end());
  result.bytes = table.bytes;
  result.us = table.us;
  result.noise = table.noise;
  for (auto [layer, index] : llvm::zip_equal(table.layers, choices)) {
    const Choice &choice = layer.choices[index];
    result.bytes += choice.bytes;
    result.us += choice.us;
    for (auto [sum, added] : llvm::zip_equal(result.noise, choice.noise))
      sum += added;
  }
  for (double &sum : result.noise)
    sum = std::max(sum, 0.0);
  return result;
}

/// Limits may be 0: what an excess is relative to then.
static double getUnit(int64_t bytes) {
  return std::max(1.0, std::abs(static_cast<double>(bytes)));
}
static double getUnit(double limit) { return std::max(1e-12, std::abs(limit)); }

bool narrow::search::isWithin(const Selection &selection,
                              const Budget &budget) {
  if (budget.bytes && selection.bytes > *budget.bytes)
    return false;
  if (budget.us && selection.us > *budget.us)
    return false;
  return budget.noise.empty() ||
         llvm::all_of(
             llvm::zip_equal(selection.noise, budget.noise),
             [](auto pair) { return std::get<0>(pair) <= std::get<1>(pair); });
}

double narrow::search::getExcess(const Selection &selection,
                                 const Budget &budget) {
  double excess = 0;
  if (budget.bytes)
    excess =
        std::max(excess, static_cast<double>(selection.bytes - *budget.bytes) /
                             getUnit(*budget.bytes));
  if (budget.us)
    excess =
        std::max(excess, (selection.us - *budget.us) / getUnit(*budget.us));
  if (!budget.noise.empty())
    for (auto [sum, most] : llvm::zip_equal(selection.noise, budget.noise))
      excess = std::max(excess, (sum - most) / getUnit(most));
  return excess;
}

double narrow::search::getAim(const Selection &selection,
                              const Budget &budget) {
  if (budget.noise.empty() || (budget.bytes && budget.us))
    return selection.getWorstNoise();
  return budget.bytes ? selection.us : static_cast<double>(selection.bytes);
}

bool narrow::search::isBetter(const Selection &one, const Selection &other,
                              const Budget &budget) {
  auto order = [&](const Selection &selection) {
    return std::make_tuple(getExcess(selection, budget),
                           getAim(selection, budget), selection.us,
                           selection.bytes);
  };
  return order(one) < order(other);
}

namespace {
/// The program of one table: a variable for each choice, and the noise of the
/// worst part.
class Formulation {
public:
  explicit Formulation(const ChoiceTable &table);

  /// Finds the selection that `solve` documents, nothing where there is none.
  llvm::Expected<std::optional<Selection>> minimise(const Budget &budget);
  /// Finds how far beyond its limits the budget has to go, relative to them.
  llvm::Expected<double> findExcess(const Budget &budget);

private:
  using Quantity = std::function<double(const Choice &)>;

  /// Adds the variables with the costs of `weights`.
  MixedProgram start(double noise, double bytes, double us);
  /// Limits a sum that starts at `base` to `limit`, and where `slack` is a
  /// column to that and `unit` times the slack.
  void limit(MixedProgram &program, double base, const Quantity &quantity,
             double limit, double unit, std::optional<unsigned> slack);
  void addLimits(MixedProgram &program, const Budget &budget,
                 std::optional<unsigned> slack);
  Selection read(ArrayRef<double> values) const;

  const ChoiceTable &table;
  std::vector<std::vector<unsigned>> columns; ///< Of each layer's choices.
  /// Each quantity's unit, so that all sums are about 1.
  double noiseUnit, bytesUnit = 1, usUnit = 0;
};
} // namespace

Formulation::Formulation(const ChoiceTable &table) : table(table) {
  bytesUnit += static_cast<double>(table.bytes);
  usUnit = table.us;
  noiseUnit = 0;
  for (double noise : table.noise)
    noiseUnit = std::max(noiseUnit, noise);
  double most = 0;
  for (const Layer &layer : table.layers) {
    double bytes = 0, us = 0;
    for (const Choice &choice : layer.choices) {
      bytes = std::max(bytes, static_cast<double>(choice.bytes));
      us = std::max(us, choice.us);
      for (double noise : choice.noise)
        most = std::max(most, std::abs(noise));
    }
    bytesUnit += bytes;
    usUnit += us;
  }
  // Choices may be a million times as loud as the network is.
  noiseUnit = std::max({noiseUnit, most * 1e-6, 1e-30});
  usUnit = std::max(usUnit, 1e-30);
}

MixedProgram Formulation::start(double noise, double bytes, double us) {
  MixedProgram program;
  columns.clear();
  for (const Layer &layer : table.layers) {
    std::vector<MixedProgram::Entry> one;
    std::vector<unsigned> &own = columns.emplace_back();
    for (const Choice &choice : layer.choices) {
      double cost = bytes * static_cast<double>(choice.bytes) / bytesUnit +
                    us * choice.us / usUnit;
      // One part alone needs no variable for the worst.
      if (table.noise.size() == 1)
        cost += noise * choice.noise.front() / noiseUnit;
      own.push_back(program.addBinary(cost));
      one.emplace_back(own.back(), 1);
    }
    program.addRow(1, 1, std::move(one));
  }
  for (const Conflict &conflict : table.conflicts)
    program.addRow(0, 1,
                   {{columns[conflict.layer][conflict.choice], 1},
                    {columns[conflict.otherLayer][conflict.otherChoice], 1}});
  if (table.noise.size() < 2 || noise == 0)
    return program;
  unsigned worst = program.addPositive(noise);
  for (size_t part = 0; part < table.noise.size(); ++part) {
    std::vector<MixedProgram::Entry> row{{worst, -1}};
    for (auto [layer, own] : llvm::zip_equal(table.layers, columns))
      for (auto [choice, column] : llvm::zip_equal(layer.choices, own))
        row.emplace_back(column, choice.noise[part] / noiseUnit);
    program.addRow(-std::numeric_limits<double>::max(),
                   -table.noise[part] / noiseUnit, std::move(row));
  }
  return program;
}

void Formulation::limit(MixedProgram &program, double base,
                        const Quantity &quantity, double limit, double unit,
                        std::optional<unsigned> slack) {
  std::vector<MixedProgram::Entry> row;
  for (auto [layer, own] : llvm::zip_equal(table.layers, columns))
    for (auto [choice, column] : llvm::zip_equal(layer.choices, own))
      row.emplace_back(column, quantity(choice) / unit);
  if (slack)
    row.emplace_back(*slack, -1);
  program.addRow(-std::numeric_limits<double>::max(), (limit - base) / unit,
                 std::move(row));
}

void Formulation::addLimits(MixedProgram &program, const Budget &budget,
                            std::optional<unsigned> slack) {
  if (budget.bytes)
    limit(
        program, static_cast<double>(table.bytes),
        [](const Choice &choice) { return static_cast<double>(choice.bytes); },
        static_cast<double>(*budget.bytes), getUnit(*budget.bytes), slack);
  if (budget.us)
    limit(
        program, table.us, [](const Choice &choice) { return choice.us; },
        *budget.us, getUnit(*budget.us), slack);
  for (auto [part, most] : llvm::enumerate(budget.noise))
    limit(
        program, table.noise[part],
        [part = part](const Choice &choice) { return choice.noise[part]; },
        most, getUnit(most), slack);
}

Selection Formulation::read(ArrayRef<double> values) const {
  SmallVector<unsigned> choices;
  for (const std::vector<unsigned> &own : columns) {
    auto best = llvm::max_element(
        own, [&](unsigned a, unsigned b) { return values[a] < values[b]; });
    choices.push_back(static_cast<unsigned>(best - own.begin()));
  }
  return evaluate(table, choices);
}

llvm::Expected<std::optional<Selection>>
Formulation::minimise(const Budget &budget) {
  double noise = kLastTie, bytes = kLastTie, us = kTie;
  if (budget.noise.empty())
    noise = 1;
  else if (!budget.bytes)
    bytes = 1;
  else if (!budget.us)
    us = 1;
  else
    noise = 1;
  // Once more with tighter limits where rounding in the solver broke them.
  Budget tighter = budget;
  for (int attempt = 0; attempt < 3; ++attempt) {
    MixedProgram program = start(noise, bytes, us);
    addLimits(program, tighter, std::nullopt);
    auto values = program.solve();
    if (!values)
      return values.takeError();
    if (!*values)
      return std::nullopt;
    Selection found = read(**values);
    if (isWithin(found, budget))
      return found;
    double by = kTighter * std::pow(10, attempt);
    if (tighter.bytes)
      tighter.bytes =
          *budget.bytes - 1 - static_cast<int64_t>(by * getUnit(*budget.bytes));
    if (tighter.us)
      tighter.us = *budget.us - by * getUnit(*budget.us);
    for (auto [own, given] : llvm::zip_equal(tighter.noise, budget.noise))
      own = given - by * getUnit(given);
  }
  return std::nullopt;
}

llvm::Expected<double> Formulation::findExcess(const Budget &budget) {
  MixedProgram program = start(0, 0, 0);
  addLimits(program, budget, program.addPositive(1));
  auto values = program.solve();
  if (!values)
    return values.takeError();
  // Some excess is always enough.
  assert(*values && "expected a program that can be solved");
  return (*values)->back();
}

llvm::Expected<Selection> narrow::search::solve(const ChoiceTable &table,
                                                const Budget &budget) {
  if (table.layers.empty()) {
    Selection only = evaluate(table, {});
    only.holds = isWithin(only, budget);
    return only;
  }
  Formulation formulation(table);
  auto found = formulation.minimise(budget);
  if (!found)
    return found.takeError();
  if (*found)
    return std::move(**found);
  llvm::Expected<double> excess = formulation.findExcess(budget);
  if (!excess)
    return excess.takeError();
  // A little more than the solver's rounding.
  double by = *excess + 2 * kTighter;
  Budget wider = budget;
  if (wider.bytes)
    *wider.bytes +=
        static_cast<int64_t>(std::ceil(by * getUnit(*budget.bytes)));
  if (wider.us)
    *wider.us += by * getUnit(*budget.us);
  for (double &most : wider.noise)
    most += by * getUnit(most);
  auto nearest = formulation.minimise(wider);
  if (!nearest)
    return nearest.takeError();
  assert(*nearest && "expected a selection within the excess");
  (*nearest)->holds = false;
  return std::move(**nearest);
}
