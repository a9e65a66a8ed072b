//===- Calibrate.cpp - statistics from samples or from a file -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Calibrate.h"

#include "narrow/Calibration/Calibrator.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/Scheme.h"
#include "llvm/Support/FileSystem.h"

using namespace narrow;

llvm::Expected<std::optional<ModelSamples>>
narrow::openCalibrationSamples(ModuleOp observed,
                               const CalibrationOptions &options,
                               const StateFeed &feed) {
  if (options.samplesPath.empty())
    return std::nullopt;
  llvm::Expected<ModelSamples> samples = ModelSamples::open(
      options.samplesPath, getInputSpecs(getMainFunction(observed)), feed);
  if (!samples)
    return samples.takeError();
  if (options.limit)
    samples->truncate(*options.limit);
  return std::optional<ModelSamples>(std::move(*samples));
}

/// Runs all samples and collects their statistics.
static llvm::Expected<Statistics>
calibrate(ModuleOp observed, uint64_t modelHash,
          const CalibrationOptions &options, const ModelSamples &samples,
          GetExecutor getExecutor, ProgressCallback progress) {
  llvm::Expected<const FloatExecutor *> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> outputs;
  llvm::Expected<Statistics> statistics = collectStatistics(
      observed, samples.getCount() - options.heldBack,
      [&](int64_t sample, ObserveCallback observe) {
        return (*executor)->run(samples.get(sample), outputs, observe);
      },
      [&](int64_t sample) { return samples.hash(sample); }, progress);
  if (!statistics)
    return makeError("'" + options.samplesPath +
                     "': " + llvm::toString(statistics.takeError()));
  statistics->modelHash = modelHash;
  return statistics;
}

llvm::Expected<Statistics>
narrow::getStatistics(ModuleOp observed, uint64_t modelHash,
                      const CalibrationOptions &options,
                      const ModelSamples *samples, GetExecutor getExecutor,
                      ProgressCallback progress) {
  StringRef path = options.statisticsPath;
  if (!path.empty() && llvm::sys::fs::exists(path)) {
    llvm::Expected<Statistics> statistics = Statistics::load(path);
    if (!statistics)
      return statistics.takeError();
    if (statistics->modelHash && statistics->modelHash != modelHash)
      return makeError("'" + path +
                       "': expected statistics of this model, found those of "
                       "another; remove the file to calibrate again");
    llvm::Error error = statistics->check();
    if (!error)
      error = checkFinite(observed, *statistics);
    if (error)
      return makeError("'" + path + "': " + llvm::toString(std::move(error)));
    return statistics;
  }
  if (!samples && !path.empty())
    return makeError("cannot read '" + path + "': no such file or directory");
  if (!samples && needsNoRanges(observed)) {
    Statistics none;
    none.modelHash = modelHash;
    return none;
  }
  if (!samples)
    return makeError("expected calibration samples (--calib) or statistics "
                     "(--stats)");
  return calibrate(observed, modelHash, options, *samples, getExecutor,
                   progress);
}
