//===- ClassJudge.h - how often classes are right ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_CLASSJUDGE_H
#define NARROW_LIB_DRIVER_CLASSJUDGE_H

#include "narrow/Driver/Samples.h"
#include "narrow/Simulate/FloatTaps.h"

namespace narrow {

/// Counts on evaluation samples how often a network's first choice is the
/// label, or, without labels, the float model's. Every other sample may choose
/// between networks; those between them are for the report alone.
class ClassJudge {
public:
  enum class Part { Choosing, Untouched };

  /// Opens the files; `labels` may be empty. Fails where the model's first
  /// output is no list of scores in f32.
  static llvm::Expected<ClassJudge> open(ModuleOp observed, StringRef path,
                                         StringRef labels,
                                         GetExecutor getExecutor);

  bool hasLabels() const { return isLabelled; }
  int64_t countSamples(Part part) const {
    return (samples.getCount() + (part == Part::Choosing)) / 2;
  }
  /// Returns the share of right choices in percent, by the input of a final
  /// softmax, run at the best level of this CPU.
  llvm::Expected<double> measure(ModuleOp quantized, Part part);

private:
  ClassJudge(ModuleOp observed, ModelSamples samples)
      : observed(observed), samples(std::move(samples)) {}

  ModuleOp observed;
  ModelSamples samples;
  std::vector<int64_t> wanted; ///< Of each sample.
  bool isLabelled = false;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_CLASSJUDGE_H
