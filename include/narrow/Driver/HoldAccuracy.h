//===- HoldAccuracy.h - wider values where a result needs them -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Eight bits for every value keep most networks and ruin some. Samples that
// took no part in ranges and repairs judge each part of the results; where one
// lies under its floor, what costs nothing at run time is tried first, then
// values of 16 bits where most is lost, then float.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_HOLDACCURACY_H
#define NARROW_DRIVER_HOLDACCURACY_H

#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/Progress.h"

namespace narrow {

/// The fewest calibration samples of which some are held back.
inline constexpr int64_t kLeastToHoldBack = 16;

/// Returns how many of `count` calibration samples judge alone: a quarter, 8 to
/// 32; none of fewer than `kLeastToHoldBack`, where all judge that were
/// calibrated with.
int64_t countJudges(int64_t count);

/// Quantises as a recipe says, in the place of what `options` say.
void setRecipe(const HoldRecipe &recipe, QuantizationOptions &options);

/// Remarks on what was undone and not tried.
std::vector<Message> describeSearch(const AccuracyReport &accuracy);

/// A float model that results are held against, in the place of the one that is
/// quantised.
struct JudgedModel {
  ModuleOp module;
  GetExecutor getExecutor;
};

/// As `quantizeModel`, judged: says in `accuracy` of what it returns how far
/// each part of the results is from the float model on the last `heldBack`
/// samples, or on some of those that were calibrated with. Where
/// `options.holdsAccuracy`, with what brings each part to its floor and costs
/// least when it runs; what a user's plan or flags name stays as they say.
/// Parts are held against `whole`, where it is not null, in the place of
/// `observed`. Starts from `start`, where there is one. `progress` is told of
/// trials behind the first. Where samples may judge in turns (`takesTurns`) and
/// did, the recipe is to be followed with all of them. Models without a result
/// in f32 are not judged.
llvm::Expected<QuantizedModel>
holdAccuracy(ModuleOp observed, const Statistics &statistics,
             const QuantizationOptions &options, const ModelSamples &samples,
             GetExecutor getExecutor, StringRef path,
             const HoldRecipe *start = nullptr, ProgressCallback progress = {},
             const JudgedModel *whole = nullptr, bool takesTurns = false);

} // namespace narrow

#endif // NARROW_DRIVER_HOLDACCURACY_H
