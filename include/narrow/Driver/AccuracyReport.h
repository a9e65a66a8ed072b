//===- AccuracyReport.h - what was held, and by what -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_ACCURACYREPORT_H
#define NARROW_DRIVER_ACCURACYREPORT_H

#include "narrow/Calibration/Estimators.h"
#include "narrow/Driver/PartVerdict.h"
#include "llvm/Support/JSON.h"
#include <tuple>

namespace narrow {

/// What accuracy may change in how a model is quantised.
struct HoldRecipe {
  Estimator estimator = Estimator::Mse;
  std::string repair;
  /// Values that have 16 bits, and what stays in float.
  std::vector<std::string> wide, keptFloat;
  /// Residual streams have 16 bits, of which layers read 8.
  bool hasWideStreams = false;
  /// Values that hold `headroom` times what calibration saw.
  std::vector<std::string> roomy{};
  double headroom = 1;

  bool operator==(const HoldRecipe &other) const {
    return std::tie(estimator, repair, wide, keptFloat, hasWideStreams, roomy,
                    headroom) ==
           std::tie(other.estimator, other.repair, other.wide, other.keptFloat,
                    other.hasWideStreams, other.roomy, other.headroom);
  }
};

/// What was removed before anything was quantised, and what that costs.
struct PruningLoss {
  /// Channels between two layers, how many of them are gone, and weights.
  int64_t channels = 0, removed = 0, weightsBefore = 0, weightsAfter = 0;
  /// Signal to noise of the results in float on samples held back, against the
  /// network as it came.
  double sqnr = 0;
};

/// What samples that judge say of a model in fixed point.
struct AccuracyReport {
  struct Part : PartVerdict {
    /// Signal to noise in dB before anything was done about it.
    double before = 0;
    /// The same of each turn, where samples judged in turns.
    std::vector<double> inTurns{};
  };
  /// Samples that judged; 0 where nothing was judged. They took no part in
  /// ranges and repairs where `areHeldBack`.
  int64_t judges = 0;
  bool areHeldBack = false;
  /// In how many turns all samples judged, each in one and held back in it; 0
  /// where some were held back alone.
  int64_t turns = 0;
  /// By how much, as a part of it, a value of some of them goes beyond what all
  /// others have, where that is far.
  double beyond = 0;
  /// They joined the others once they had spoken: the model is made from all.
  bool haveJoined = false;
  AccuracyFloors floors;
  /// Whether the floor was to be held, or only told.
  bool isHeldBy = false;
  /// The results, parts of joined ones apart.
  std::vector<Part> parts;
  /// How the model is quantised, and what of that was chosen here, in words.
  HoldRecipe recipe;
  std::vector<std::string> measures;
  /// What was tried and undone, and why nothing more was, in words.
  std::vector<std::string> undone;
  /// What was not tried, in words.
  std::vector<std::string> untried;
  std::string reason;
  /// Where channels were removed; then parts are judged against the network as
  /// it came.
  std::optional<PruningLoss> pruned;
  /// Of a network with state, run with its own: steps, the signal to noise of
  /// the worst output in dB, and that of all in each quarter of a sequence.
  int64_t ownSteps = 0;
  double ownSqnr = 0;
  std::vector<double> overTime;
  /// Times that the model was quantised with all that belongs to it, and with
  /// short repairs, judged on a few samples that were calibrated with.
  int64_t trials = 0, quickTrials = 0;

  bool isHeld() const {
    return (!ownSteps || ownSqnr >= floors.sqnr) &&
           llvm::all_of(parts,
                        [&](const Part &part) { return part.isHeld(floors); });
  }
  /// The part that is furthest under its floor, or least above it.
  const Part *findWorst() const;
  llvm::json::Object toJson() const;
  /// "with its own state over 96 steps: ...", where there is state.
  void printOwnState(raw_ostream &os) const;
  /// "pruned: 32 of 64 channels ...", where some are gone.
  void printPruned(raw_ostream &os) const;
  /// One line on the whole, and one on each part under the floor.
  void print(raw_ostream &os) const;
};

} // namespace narrow

#endif // NARROW_DRIVER_ACCURACYREPORT_H
