//===- FixedPoint.cpp - whether a case needs no float arithmetic ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"
#include "narrow/Calibration/Calibrator.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Execution/FloatExecutor.h"

using namespace narrow;

static llvm::Expected<bool> isWhole(ModuleOp observed,
                                    ArrayRef<std::vector<HostTensor>> samples) {
  if (llvm::Error error = prepareModel(observed, "case"))
    return error;
  auto executor = FloatExecutor::create(observed);
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> outputs;
  auto statistics = collectStatistics(
      observed, static_cast<int64_t>(samples.size()),
      [&](int64_t sample, ObserveCallback observe) {
        return (*executor)->run(samples[sample], outputs, observe);
      },
      [](int64_t sample) { return static_cast<uint64_t>(sample); }, {});
  if (!statistics)
    return statistics.takeError();
  QuantizationOptions options;
  options.repair = "none";
  auto quantized = quantizeModel(
      observed, *statistics, options, /*samples=*/nullptr,
      [&]() -> llvm::Expected<const FloatExecutor *> {
        return executor->get();
      },
      "case");
  if (!quantized)
    return quantized.takeError();
  return quantized->report.countFloatOps() == 0;
}

bool conformance::isWholeInFixedPoint(
    ModuleOp module, ArrayRef<std::vector<HostTensor>> samples) {
  OwningOpRef<ModuleOp> observed = module.clone();
  llvm::Expected<bool> result = isWhole(*observed, samples);
  if (result)
    return *result;
  llvm::consumeError(result.takeError());
  return false;
}
