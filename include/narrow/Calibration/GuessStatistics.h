//===- GuessStatistics.h - statistics without samples -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CALIBRATION_GUESSSTATISTICS_H
#define NARROW_CALIBRATION_GUESSSTATISTICS_H

#include "narrow/Calibration/Statistics.h"
#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"

namespace narrow {

/// Means and deviations of the channels of a value, as training saw them.
struct NormalizedChannels {
  std::vector<float> means, deviations;
};

/// What was guessed of a prepared module's values.
struct GuessedStatistics {
  Statistics statistics;
  /// Values whose channels training says, values that follow from others by a
  /// layer's weights, and values of which nothing is known, by name.
  std::vector<std::string> normalized, derived, unknown;
};

/// Guesses statistics of the observed values of a prepared module: channels
/// that `normalized` names, by the value that has them, are normal; inputs are
/// spread evenly over their `ranges`; what the operations between make of these
/// follows as if channels and positions were independent. Fails where the range
/// of an input is missing.
llvm::Expected<GuessedStatistics>
guessStatistics(ModuleOp observed,
                const llvm::StringMap<NormalizedChannels> &normalized,
                const llvm::StringMap<std::pair<double, double>> &ranges);

} // namespace narrow

#endif // NARROW_CALIBRATION_GUESSSTATISTICS_H
