//===- Calibrator.h - statistics of a model, and ranges into it -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only part of calibration that sees the IR: names of observed values go
// out, ranges come back.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CALIBRATION_CALIBRATOR_H
#define NARROW_CALIBRATION_CALIBRATOR_H

#include "narrow/Calibration/Estimators.h"
#include "narrow/Support/LLVM.h"
#include "narrow/Support/Progress.h"

namespace narrow {

/// Gets the elements of the value called `name`.
using ObserveCallback =
    function_ref<void(StringRef name, ArrayRef<float> values)>;

/// Runs the float model on one sample and shows every observed value.
using RunSample =
    function_ref<llvm::Error(int64_t sample, ObserveCallback observe)>;

/// Fails if a value of the module whose range is needed was not finite: an
/// argument or the result of a contraction with NaN or infinite elements, or a
/// result of the function with NaN. Names it, and the first value in the
/// module's order that was not finite.
llvm::Error checkFinite(ModuleOp observed, const Statistics &statistics);

/// Runs all samples and collects statistics of the observed module; `hash`
/// gives each sample's hash (`SampleFile::hash`). Fails on the first sample
/// after which `checkFinite` does, naming the value and the sample.
llvm::Expected<Statistics>
collectStatistics(ModuleOp observed, int64_t numSamples, RunSample run,
                  function_ref<uint64_t(int64_t)> hash,
                  ProgressCallback progress = {});

/// Sets `range` on every `fxp.observe` of the module to the estimate from the
/// statistics of its name, and `extremes` to what was seen, for values that
/// planning makes so wide that nothing need be clipped. A value that was not
/// finite gets `not_finite` and no range: it stays in float unless the user
/// gives a range. Fails with a diagnostic where statistics are missing, unless
/// they are partial: then such values get no range either.
LogicalResult applyRanges(ModuleOp module, const Statistics &statistics,
                          const RangeOptions &options);

} // namespace narrow

#endif // NARROW_CALIBRATION_CALIBRATOR_H
