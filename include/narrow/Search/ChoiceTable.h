//===- ChoiceTable.h - layers, their choices and a budget ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of its forms each layer takes is an integer program: costs and losses
// of the layers add up, a budget limits some of the sums, and the first sum
// that it leaves free is made least. No IR: who searches fills in the table.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SEARCH_CHOICETABLE_H
#define NARROW_SEARCH_CHOICETABLE_H

#include "narrow/Support/LLVM.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace narrow::search {

/// One form of a layer.
struct Choice {
  std::string name;  ///< `w8`, `w4`, ...
  int64_t bytes = 0; ///< Of its weights as they are stored.
  double us = 0;     ///< Of one run, predicted; 0 where nobody asks.
  /// What the form adds to the noise of each part of the results (see
  /// `ChoiceTable::noise`) in the place of the first choice.
  SmallVector<double, 2> noise;
};

struct Layer {
  std::string name;
  /// At least one; the first is what the table's own figures are of.
  SmallVector<Choice, 3> choices;
};

/// Two choices of two layers that no selection takes both; neither is the
/// first of its layer.
struct Conflict {
  unsigned layer, choice, otherLayer, otherChoice;
};

struct ChoiceTable {
  /// Of each part of the results with every layer's first choice: the mean
  /// square error relative to the mean square, 10^(-dB / 10) of its signal to
  /// noise.
  SmallVector<double, 2> noise;
  /// Of what no choice changes.
  int64_t bytes = 0;
  double us = 0;
  std::vector<Layer> layers;
  std::vector<Conflict> conflicts;
};

/// Limits on sums; what has none is free.
struct Budget {
  std::optional<int64_t> bytes;
  std::optional<double> us;
  /// Of each part; empty where there is no limit.
  SmallVector<double, 2> noise;
};

/// A choice for each layer, and what the table says of them.
struct Selection {
  SmallVector<unsigned> choices;
  int64_t bytes = 0;
  double us = 0;
  SmallVector<double, 2> noise; ///< Never below 0.
  /// Whether the budget holds; else this is the point nearest to it.
  bool holds = true;

  double getWorstNoise() const;
};

/// Adds up what the table says of these choices.
Selection evaluate(const ChoiceTable &table, ArrayRef<unsigned> choices);

/// Whether the sums keep within the budget.
bool isWithin(const Selection &selection, const Budget &budget);

/// Returns the largest excess of a sum over its limit, relative to the limit; 0
/// within the budget.
double getExcess(const Selection &selection, const Budget &budget);

/// Returns the first quantity that the budget leaves free (see `solve`).
double getAim(const Selection &selection, const Budget &budget);

/// Whether `one` is to be taken rather than `other`: it has less excess, or as
/// much and less of the first free quantity, or as much of both and less time,
/// or is as fast and smaller.
bool isBetter(const Selection &one, const Selection &other,
              const Budget &budget);

/// Returns the selection within the budget that has the least of the first
/// quantity that it leaves free: the noise of the worst part, bytes,
/// microseconds (the noise too where none is free). Of as good ones it is the
/// fastest, and then the smallest. Where nothing is within the budget, returns
/// the selection whose largest excess over a limit, relative to the limit, is
/// least.
llvm::Expected<Selection> solve(const ChoiceTable &table, const Budget &budget);

/// Takes the choices one by one, each time the one with the least more noise
/// for what it saves of a limited sum that is above its limit, until the budget
/// holds or nothing saves: what a search has to be better than. Nothing where
/// it ends above a limit, or where there is none on bytes and time.
std::optional<Selection> solveGreedily(const ChoiceTable &table,
                                       const Budget &budget);

/// What a front limits: its points have the least noise for it.
enum class FrontAxis { Bytes, Time };

/// Returns selections by falling bytes (or microseconds), each with less noise
/// in its worst part than all that are as small: the best for up to `count`
/// limits between the smallest and the largest plan.
llvm::Expected<std::vector<Selection>>
findFront(const ChoiceTable &table, unsigned count,
          FrontAxis axis = FrontAxis::Bytes);

} // namespace narrow::search

#endif // NARROW_SEARCH_CHOICETABLE_H
