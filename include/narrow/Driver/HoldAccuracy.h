//===- HoldAccuracy.h - wider values where a result needs them -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Eight bits for every value keep most networks and ruin some. Samples that
// took no part in ranges and repairs judge each part of the results; where one
// lies under the floor, the operations that lose most get values of 16 bits,
// and what these do not cure stays in float.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_HOLDACCURACY_H
#define NARROW_DRIVER_HOLDACCURACY_H

#include "narrow/Driver/Pipeline.h"

namespace narrow {

/// Returns how many of `count` calibration samples judge alone: a quarter, 8 to
/// 32; none of fewer than 16, where all judge that were calibrated with.
int64_t countJudges(int64_t count);

/// Adds to a plan what accuracy needs: values with 16 bits, and what stays in
/// float.
void setHeld(ArrayRef<std::string> wide, ArrayRef<std::string> keptFloat,
             Plan &plan);

/// As `quantizeModel`, judged: says in `accuracy` of what it returns how far
/// each part of the results is from the float model on the last `heldBack`
/// samples, or on some of those that were calibrated with. Where
/// `options.holdsAccuracy`, with the fewest wider values found that bring each
/// part to `options.floor`; else with a warning where one lies below. Models
/// whose inputs are not f32 are not judged.
llvm::Expected<QuantizedModel>
holdAccuracy(ModuleOp observed, const Statistics &statistics,
             const QuantizationOptions &options, const ModelSamples &samples,
             GetExecutor getExecutor, StringRef path);

} // namespace narrow

#endif // NARROW_DRIVER_HOLDACCURACY_H
