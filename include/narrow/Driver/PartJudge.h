//===- PartJudge.h - how far parts of the results are off -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_PARTJUDGE_H
#define NARROW_DRIVER_PARTJUDGE_H

#include "narrow/Driver/PartVerdict.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Repair/BiasWalk.h"
#include "narrow/Simulate/PartErrors.h"

namespace narrow {

/// What several judges say of the parts of one float model.
struct PartMeters {
  SmallVector<Value> originals;
  std::vector<PartMeter> meters;
  int64_t samples = 0;
};

/// Compares each part of the results of modules made from one float model with
/// that model's, on samples that judge.
class PartJudge {
public:
  /// Judges where no samples are held back, and the first that judge: as many
  /// as time allows.
  static constexpr int64_t kFew = 8;

  /// The last `heldBack` samples judge; a few of all where that is 0.
  PartJudge(ModuleOp observed, const ModelSamples &samples, int64_t heldBack,
            GetExecutor getExecutor);
  /// `count` samples from `begin` on judge.
  PartJudge(ModuleOp observed, const ModelSamples &samples, int64_t begin,
            int64_t count, GetExecutor getExecutor)
      : observed(observed), samples(samples), getExecutor(getExecutor),
        begin(begin), count(count) {}

  /// The samples that judge: the first, and how many.
  int64_t getBegin() const { return begin; }
  int64_t getCount() const { return count; }
  /// Fetches them, counted from 0.
  auto getFetch() const {
    return [this](int64_t index, std::vector<HostTensor> &inputs) {
      inputs = samples.get(begin + index);
      return llvm::Error::success();
    };
  }

  /// Returns a copy of `quantized` that returns its parts, and brings `names`
  /// and `wanted` up to date: what is joined may differ from one module to
  /// another.
  llvm::Expected<OwningOpRef<ModuleOp>> makeJudged(ModuleOp quantized);
  /// Returns the error of each part.
  llvm::Expected<PartErrors> judge(ModuleOp quantized);

  /// What samples say of the parts that can be judged, and how many said it.
  struct Verdicts {
    std::vector<PartVerdict> parts;
    int64_t judges = 0;
    /// The parts of the float model that are under a floor.
    SmallVector<Value> missed;
    /// What was judged, where it is not the module as it came: with biases that
    /// were corrected on the way.
    OwningOpRef<ModuleOp> corrected;
  };
  /// Lets a few samples judge, and the others only where these leave it open:
  /// some part is not clearly held or missed.
  llvm::Expected<Verdicts> weigh(ModuleOp quantized,
                                 const AccuracyFloors &floors);
  /// Lets all samples, which are those of `biases`, judge a module whose biases
  /// are corrected on the way.
  llvm::Expected<Verdicts> weighCorrected(ModuleOp quantized,
                                          const AccuracyFloors &floors,
                                          const BiasWalk &biases);

  /// Lets all samples judge, for themselves and with others: adds to `pooled`,
  /// which may be empty. Fails where the parts are not those of the others.
  llvm::Expected<Verdicts> weighPooled(ModuleOp quantized,
                                       const AccuracyFloors &floors,
                                       PartMeters &pooled);
  static Verdicts read(const PartMeters &meters, const AccuracyFloors &floors);

  /// Of the module that was judged last: what its parts are called, and what
  /// the float model says of them.
  ArrayRef<std::string> getNames() const { return names; }
  const PartElements &getWanted() const { return wanted; }

private:
  /// As `makeJudged`, for the first `known` samples; `originals` are the float
  /// model's parts.
  llvm::Expected<OwningOpRef<ModuleOp>>
  makeJudged(ModuleOp quantized, int64_t known,
             SmallVectorImpl<Value> &originals);
  /// A meter for each part.
  std::vector<PartMeter> makeMeters(ArrayRef<Value> originals,
                                    const AccuracyFloors &floors) const;
  /// Brings `wanted` to `known` samples.
  llvm::Error addWanted(ArrayRef<Value> originals, int64_t known);

  ModuleOp observed;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  int64_t begin, count;
  std::vector<std::string> names;
  PartElements wanted;
};

} // namespace narrow

#endif // NARROW_DRIVER_PARTJUDGE_H
