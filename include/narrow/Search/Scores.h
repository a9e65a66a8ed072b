//===- Scores.h - what was measured of a network's forms -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measuring is what takes time, and no budget changes it: a file keeps what was
// found, layer by layer, so that a second budget, or a run after a kill, starts
// from there.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SEARCH_SCORES_H
#define NARROW_SEARCH_SCORES_H

#include "narrow/Search/ChoiceTable.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace narrow::search {

/// Noise of each part of the results, as in `ChoiceTable::noise`.
using Noise = SmallVector<double, 2>;

/// The signal to noise of a part in dB; 200 for equal results.
double toDecibels(double noise);
/// Returns the noise that stands for a signal to noise in dB.
double toNoise(double decibels);

/// Noises add up where they are small beside the signal. Beyond, errors cover
/// each other, and even results that have nothing to do with the right ones
/// are about as far off as the signal is large. These map a noise n to what
/// adds up, s, and back: n = s / (1 + s / 1.5). Where n is not finite, or
/// larger than that allows, s is large.
double toAddable(double noise);
double fromAddable(double sum);
Noise toAddable(const Noise &noise);

struct Scores {
  /// A whole plan that was compiled and judged: the form of each layer that
  /// does not have its first, and what that gave.
  struct Plan {
    std::map<std::string, std::string> forms;
    Noise noise;
  };

  uint64_t model = 0; ///< Hash of the model's file.
  std::vector<std::string> parts;
  Noise noise; ///< With every layer's first form.
  /// With one layer in another form, by layer and form.
  std::map<std::pair<std::string, std::string>, Noise> layers;
  std::vector<Plan> plans;
  /// What the last search knew of the network besides; it is kept as it is.
  std::optional<llvm::json::Value> network;

  /// Reads a file; there is nothing to read where it is missing.
  static llvm::Expected<std::optional<Scores>> load(StringRef path);
  static llvm::Expected<Scores> fromJson(const llvm::json::Value &json);
  llvm::json::Value toJson() const;
  /// Writes the file whole or not at all.
  llvm::Error save(StringRef path) const;

  /// Fails where these are not scores of the model, parts and noise of
  /// `measured`: of another model, other samples or another way to quantise.
  llvm::Error checkFits(const Scores &measured) const;

  /// Returns what was measured of a plan, or null.
  const Plan *findPlan(const std::map<std::string, std::string> &forms) const;
};

/// A whole plan in the indices of a table.
struct Observation {
  SmallVector<unsigned> choices;
  Noise noise;
};

/// Corrects the noises of the table's choices by what whole plans gave. Each
/// noise is taken to be known up to a factor of its own and one that all share,
/// as independent normal errors of their size, and a plan's noise up to 2 % and
/// more where it is loud; the result is the most probable table. A choice that
/// adds noise keeps a tenth of it at the least.
void refine(ChoiceTable &table, ArrayRef<Observation> observations);

} // namespace narrow::search

#endif // NARROW_SEARCH_SCORES_H
