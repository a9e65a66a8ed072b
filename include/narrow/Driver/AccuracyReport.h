//===- AccuracyReport.h - what was held, and by what -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_ACCURACYREPORT_H
#define NARROW_DRIVER_ACCURACYREPORT_H

#include "narrow/Support/LLVM.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace narrow {

/// What samples that judge say of a model in fixed point.
struct AccuracyReport {
  struct Part {
    std::string name;
    /// Signal to noise in dB, now and with 8 bits everywhere.
    double sqnr, before;
  };
  /// Samples that judged; 0 where nothing was judged. They took no part in
  /// ranges and repairs where `areHeldBack`.
  int64_t judges = 0;
  bool areHeldBack = false;
  double floor = 0;
  /// Whether the floor was to be held, or only told.
  bool isHeldBy = false;
  /// The results, parts of joined ones apart.
  std::vector<Part> parts;
  /// Values that have 16 bits, and what stays in float, for the floor's sake.
  std::vector<std::string> wide, keptFloat;
  /// Of a network with state, run with its own: steps, the signal to noise of
  /// the worst output in dB, and that of all in each quarter of a sequence.
  int64_t ownSteps = 0;
  double ownSqnr = 0;
  std::vector<double> overTime;
  /// Times that the model was quantised.
  int64_t trials = 0;

  bool isHeld() const {
    return (!ownSteps || ownSqnr >= floor) &&
           llvm::all_of(parts,
                        [&](const Part &part) { return part.sqnr >= floor; });
  }
  llvm::json::Object toJson() const;
  /// "with its own state over 96 steps: ...", where there is state.
  void printOwnState(raw_ostream &os) const;
  /// One line on the whole, and one on each part under the floor.
  void print(raw_ostream &os) const;
};

} // namespace narrow

#endif // NARROW_DRIVER_ACCURACYREPORT_H
