//===- TurnJudge.h - every sample judges once -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A few samples that are held back do not hold what is rare. In turns each
// quarter of the samples is held back once and judges what the others make of
// a recipe: then all samples have judged, and none what it had a part in.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_TURNJUDGE_H
#define NARROW_LIB_DRIVER_TURNJUDGE_H

#include "HoldTrials.h"

namespace narrow {

/// Returns the least signal to noise above its floor of a part that is judged
/// by its values, in dB.
double getMargin(ArrayRef<PartVerdict> parts, const AccuracyFloors &floors);

/// What the samples say of a recipe in turns.
struct TurnTrial {
  HoldRecipe recipe;
  /// Of all samples together, and of each turn's.
  PartJudge::Verdicts pooled;
  std::vector<PartJudge::Verdicts> turns;
  /// What parts lack in dB, as of a `Trial`.
  double lack = 0;
  /// Values of more than 8 bits.
  int64_t longValues = 0;

  bool isHeld() const { return lack == 0; }
  double getMargin(const AccuracyFloors &floors) const {
    return narrow::getMargin(pooled.parts, floors);
  }
};

class TurnJudge {
public:
  static constexpr int64_t kTurns = 4;

  /// Runs the float model on all samples, to know what each turn calibrates
  /// with. Fails where a value is not finite.
  static llvm::Expected<std::unique_ptr<TurnJudge>>
  create(ModuleOp observed, const QuantizationOptions &options,
         const ModelSamples &samples, GetExecutor getExecutor, StringRef path,
         const JudgedModel &judged);

  llvm::Expected<TurnTrial> run(const HoldRecipe &recipe);
  /// A value that the samples of some turn have beyond what the others have,
  /// and by how much, as a part of that.
  struct LeftValue {
    std::string name;
    double beyond;
  };
  std::vector<LeftValue> findLeft() const;

private:
  struct Turn {
    Turn(ModelSamples given, int64_t judges, const JudgedModel &judged)
        : samples(std::move(given)),
          judge(judged.module, samples, judges, judged.getExecutor) {}

    /// Those that judge come last.
    ModelSamples samples;
    PartJudge judge;
    /// Of the samples that judge, and of all others.
    Statistics own, others;
  };

  TurnJudge(ModuleOp observed, const QuantizationOptions &options,
            GetExecutor getExecutor, StringRef path)
      : observed(observed), options(options), getExecutor(getExecutor),
        path(path) {}

  ModuleOp observed;
  const QuantizationOptions &options;
  GetExecutor getExecutor;
  StringRef path;
  std::vector<std::unique_ptr<Turn>> turns;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_TURNJUDGE_H
