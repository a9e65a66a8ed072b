//===- Calibrate.h - statistics from samples or from a file ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_CALIBRATE_H
#define NARROW_DRIVER_CALIBRATE_H

#include "narrow/Calibration/Statistics.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Support/Progress.h"

namespace narrow {

struct CalibrationOptions {
  /// Samples, .npy or .npz; may be empty if there is a statistics file.
  std::string samplesPath;
  /// A statistics file that is read if it exists, and written otherwise; may be
  /// empty.
  std::string statisticsPath;
  /// Guesses ranges from batch normalisations, without samples.
  bool guessesRanges = false;
  /// Uses only the first samples.
  std::optional<int64_t> limit;
  /// Samples at the end that no statistics are collected of.
  int64_t heldBack = 0;
};

/// Opens the calibration samples, if any are given.
llvm::Expected<std::optional<ModelSamples>>
openCalibrationSamples(ModuleOp observed, const CalibrationOptions &options,
                       const StateFeed &feed);

/// Returns the statistics of the file if it is there and of this model, else
/// those of the samples (null if there are none), which run through the float
/// module, whose values carry observers and which `getExecutor` gives compiled.
/// The file is not written here.
llvm::Expected<Statistics> getStatistics(ModuleOp observed, uint64_t modelHash,
                                         const CalibrationOptions &options,
                                         const ModelSamples *samples,
                                         GetExecutor getExecutor,
                                         ProgressCallback progress = {});

} // namespace narrow

#endif // NARROW_DRIVER_CALIBRATE_H
