//===- Budget.h - what a network may cost and lose --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_BUDGET_H
#define NARROW_DRIVER_BUDGET_H

#include "narrow/Support/LLVM.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Support/Scheme.h"
#include "narrow/Target/Target.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>
#include <vector>

namespace narrow {

/// A form that weights may have: so many bits, and in blocks that share a
/// multiplier where `block` is not 0.
struct WeightWidth {
  unsigned bits = 8, block = 0;

  bool operator==(const WeightWidth &other) const {
    return bits == other.bits && block == other.block;
  }
};

/// Limits under which the widths of weights are chosen, and how.
struct BudgetOptions {
  /// Bytes of constants, microseconds of a run at the best of `targets`, and
  /// what may be lost against the 8-bit network: dB of any part of the results,
  /// or where there are evaluation samples, percentage points of right classes.
  std::optional<int64_t> maxBytes;
  std::optional<double> maxUs, maxDrop;
  /// Samples that `maxDrop` is about, and their classes; without these the
  /// float model's classes are right. Every other sample chooses nothing.
  std::string evaluationPath, labelsPath;
  /// Widths beside 8 that weights may have.
  SmallVector<WeightWidth> weightWidths = {{4, 0}, {2, 0}};
  /// Schemes beside the static one that a layer may have; nothing stands for
  /// float.
  SmallVector<std::optional<Scheme>> schemes;
  /// Whether values may have 16 bits in the place of 8.
  bool widensValues = false;
  /// The file of scores, read and written; may be empty.
  std::string scoresPath;
  /// The file of kernel times; empty for the user's. What it lacks is measured
  /// where the best level is one of this CPU and this is asked for.
  std::string timesPath;
  bool timesKernels = false;
  /// The levels that bytes are of; times are of the best of them.
  SmallVector<const Target *> targets;
  /// A table of the whole front, .csv or .json; may be empty. It is one of
  /// noise and bytes, or microseconds.
  std::string frontPath;
  bool frontOfTime = false;
  /// Measures the plan even where the file of scores predicts it.
  bool measuresPlans = false;

  bool isGiven() const {
    return maxBytes || maxUs || maxDrop || !frontPath.empty();
  }
};

/// What a search did, and what came out.
struct BudgetReport {
  /// A plan on the way, or a point of the front.
  struct Point {
    std::string name;
    int64_t bytes = 0;
    double us = 0;
    /// Signal to noise of the worst part in dB; NaN where nobody measured.
    double predicted = 0, measured = 0;
    /// How many layers have weights of each form, and values each width, where
    /// these are chosen.
    std::vector<std::pair<std::string, int64_t>> widths;
  };
  /// The form of a layer, or of a value, in the chosen plan.
  struct Layer {
    std::string name, form;
    int64_t weights = 0, bytes = 0;
    double us = 0;
    double addedNoise = 0; ///< Of the worst part, relative to its own.
  };

  /// Right classes of evaluation samples in percent.
  struct Classes {
    bool areLabels = false;              ///< Else those of the float model.
    int64_t choosing = 0, untouched = 0; ///< Samples.
    /// With 8 bits and as chosen, on the samples that choose and the others.
    double plainChoosing = 0, choosingNow = 0;
    double plainUntouched = 0, untouchedNow = 0;
  };

  std::string level;
  std::optional<int64_t> maxBytes;
  std::optional<double> maxUs, maxDrop;
  bool isHeld = true;
  /// The chosen plan was not measured: its figures are those of the scores.
  bool isPredicted = false;
  std::vector<Point> points; ///< In the order in which they were measured.
  size_t chosen = 0;
  std::optional<Classes> classes;
  std::vector<Layer> layers;
  std::vector<Point> front;
  /// Scores that were measured now, and that the file had.
  int64_t measuredScores = 0, knownScores = 0;
  /// Times that the network was quantised for it.
  int64_t quantizations = 0;
  /// Layers that have one form in every plan, and kernels whose times are
  /// estimates.
  int64_t layersWithoutChoice = 0, estimatedKernels = 0;
  double scoreSeconds = 0, solveSeconds = 0, seconds = 0;

  llvm::json::Object toJson() const;
  /// The plans on the way, the chosen one marked, and what they took.
  void print(raw_ostream &os) const;
  /// One line on the chosen plan.
  std::string describeNearest() const;
  /// Writes the table of the front.
  void writeFront(raw_ostream &os, bool isCsv) const;
};

/// Adds the table of the front to `files`, where one is wanted.
llvm::Error addFront(const std::optional<BudgetReport> &report,
                     const BudgetOptions &options, OutputFiles &files);

} // namespace narrow

#endif // NARROW_DRIVER_BUDGET_H
