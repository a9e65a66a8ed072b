//===- Session.cpp - what the commands make of one model ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Session.h"

#include "Noise.h"
#include "narrow/Calibration/Calibrator.h"
#include "narrow/Driver/DataChecks.h"
#include "narrow/Execution/FloatExecutor.h"
#include "llvm/Support/FileSystem.h"

#include <chrono>

using namespace narrow;
using Clock = std::chrono::steady_clock;

/// Samples of noise from which ranges come where there are no others.
static constexpr int64_t kNoiseSamples = 2;

static llvm::Expected<Statistics> calibrateOnNoise(ModuleOp observed) {
  SmallVector<ValueSpec> specs = getInputSpecs(getMainFunction(observed));
  auto executor = FloatExecutor::create(observed);
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> outputs;
  return collectStatistics(
      observed, kNoiseSamples,
      [&](int64_t sample, ObserveCallback observe) {
        return (*executor)->run(makeNoise(specs, sample), outputs, observe);
      },
      [](int64_t sample) { return uint64_t(sample); }, {});
}

llvm::Expected<ModuleOp> Session::getObserved() {
  if (!observed) {
    llvm::Expected<ObservedModel> loaded =
        loadObservedModel(options.model, context);
    if (!loaded)
      return loaded.takeError();
    observed = std::move(*loaded);
    llvm::append_range(messages, observed->messages);
  }
  return *observed->module;
}

llvm::Expected<const ModelSamples *> Session::getSamples() {
  if (!samples) {
    llvm::Expected<ModuleOp> module = getObserved();
    if (!module)
      return module.takeError();
    Clock::time_point start = Clock::now();
    auto opened = openCalibrationSamples(*module, options.calibration);
    if (!opened)
      return opened.takeError();
    samples = std::move(*opened);
    calibrationSeconds +=
        std::chrono::duration<double>(Clock::now() - start).count();
  }
  return *samples ? &**samples : nullptr;
}

llvm::Expected<const Statistics *>
Session::getStatistics(ProgressCallback progress) {
  if (statistics)
    return &*statistics;
  // Wrong samples are found before the model is compiled and run.
  llvm::Expected<const ModelSamples *> calibration = getSamples();
  if (!calibration)
    return calibration.takeError();
  Clock::time_point start = Clock::now();
  StringRef path = options.calibration.statisticsPath;
  bool isFinished = !path.empty() && llvm::sys::fs::exists(path);
  auto found =
      isNoise()
          ? calibrateOnNoise(*observed->module)
          : narrow::getStatistics(*observed->module, observed->hash,
                                  options.calibration, *calibration, progress);
  if (!found)
    return found.takeError();
  statistics = std::move(*found);
  calibrationSeconds +=
      std::chrono::duration<double>(Clock::now() - start).count();
  if (isNoise())
    return &*statistics;
  llvm::append_range(
      messages,
      checkCalibration(getInputSpecs(getMainFunction(*observed->module)),
                       *statistics));
  if (isFinished)
    llvm::append_range(messages,
                       checkFinishedStatistics(*statistics, options.calibration,
                                               *calibration));
  return &*statistics;
}

llvm::Expected<const QuantizedModel *>
Session::getQuantized(ProgressCallback progress) {
  if (quantized)
    return &*quantized;
  llvm::Expected<const Statistics *> ranges = getStatistics(progress);
  if (!ranges)
    return ranges.takeError();
  const ModelSamples *forBiases = *samples ? &**samples : nullptr;
  if (!forBiases && options.quantization.biasSamples && !isNoise())
    messages.push_back(
        {mlir::DiagnosticSeverity::Warning, "",
         "biases are not corrected: that needs samples beside the statistics "
         "(--calib); --bias-samples 0 if that is wanted"});
  llvm::Expected<QuantizedModel> made =
      quantizeModel(*observed->module, **ranges, options.quantization,
                    forBiases, options.model.path);
  if (!made)
    return made.takeError();
  quantized = std::move(*made);
  llvm::append_range(messages, quantized->messages);
  return &*quantized;
}
