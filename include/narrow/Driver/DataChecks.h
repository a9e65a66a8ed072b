//===- DataChecks.h - data that cannot be right is said --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nothing here stops the work: each finding is a warning with the figure that
// it rests on.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_DATACHECKS_H
#define NARROW_DRIVER_DATACHECKS_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Diagnostics.h"

namespace narrow {

/// Fewer calibration samples than this are said to be few.
inline constexpr uint64_t kFewSamples = 8;

/// Warns of few samples, of samples that are equal, and of inputs that are one
/// number throughout.
std::vector<Message> checkCalibration(ArrayRef<ValueSpec> inputs,
                                      const Statistics &statistics);

/// Warns of `count` samples from `begin` on, held back to judge, whose values
/// in the float model are much outside the calibrated ones: names the three
/// values that most are of.
llvm::Expected<std::vector<Message>> checkJudges(const Statistics &statistics,
                                                 const ModelSamples &samples,
                                                 int64_t begin, int64_t count,
                                                 const FloatExecutor &executor);

/// Warns of what has no effect beside finished statistics: a limit of samples,
/// and samples (null if there are none) that they were not made from.
std::vector<Message> checkFinishedStatistics(const Statistics &statistics,
                                             const CalibrationOptions &options,
                                             const ModelSamples *samples);

/// Warns of integer inputs of the float model that look rows up in tables,
/// where samples of `path` hold indices that some table has not.
std::vector<Message> checkIndices(StringRef path, mlir::func::FuncOp function,
                                  const ModelSamples &samples);

/// How an input's evaluation values lie to its calibrated ones.
struct InputCoverage {
  std::string name;
  /// Values outside the calibrated extremes, in percent.
  double outside = 0;
  /// What the values span, over what the calibrated ones span.
  double span = 0;
};

/// Measures the f32 inputs that statistics know.
std::vector<InputCoverage> measureCoverage(ArrayRef<ValueSpec> inputs,
                                           const Statistics &statistics,
                                           const ModelSamples &evaluation);

/// Warns of inputs that are much outside the calibrated values, or fill a small
/// part of them.
std::vector<Message> checkCoverage(ArrayRef<InputCoverage> inputs);

/// Reads the class of each of `samples` samples.
llvm::Expected<std::vector<int64_t>> readLabels(StringRef path,
                                                int64_t samples);

/// Fails where a label is no class of the first output.
llvm::Error checkLabels(StringRef path, ArrayRef<int64_t> labels,
                        const ValueSpec &scores);

/// Counts how often the float model's first choice is a label, or one beside
/// it.
class LabelCheck {
public:
  explicit LabelCheck(int64_t classes) : classes(classes) {}

  void add(ArrayRef<float> scores, int64_t label);
  /// Warns where labels are shifted, or the hits are those of chance.
  std::vector<Message> getMessages() const;

private:
  int64_t classes, samples = 0;
  /// First choices that are the label less one, the label, and the label and
  /// one.
  int64_t hits[3] = {0, 0, 0};
};

} // namespace narrow

#endif // NARROW_DRIVER_DATACHECKS_H
