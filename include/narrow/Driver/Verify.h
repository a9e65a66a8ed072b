//===- Verify.h - what quantising cost, and the same bits ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two questions: how far are the quantised model's outputs from the float
// model's, and does the code of every ISA level give the reference
// interpreter's bits.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_VERIFY_H
#define NARROW_DRIVER_VERIFY_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/DataChecks.h"
#include "narrow/Driver/Detections.h"
#include "narrow/Driver/Metrics.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Target/Target.h"
#include "llvm/Support/JSON.h"

namespace narrow {

struct VerificationOptions {
  ModelOptions model;
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  /// Samples to evaluate on, and their labels (.npy of integers; may be empty).
  std::string evaluationPath, labelsPath;
  /// Counts what a detector keeps of the float model's boxes.
  std::optional<DetectionOptions> detections;
  /// Evaluates only the first samples.
  std::optional<int64_t> evaluationLimit;
  /// Samples on which levels are compared with the interpreter.
  int64_t comparedSamples = 16;
  /// Levels to compare; those that this machine can neither run nor emulate are
  /// reported as skipped.
  SmallVector<const Target *> levels;
  /// Takes the stand-in of a level that this machine cannot run, where there
  /// is one (see getEmulated).
  bool emulate = false;
  /// Evaluates the quantised model by the interpreter instead of compiled code:
  /// slow, and the same figures.
  bool interpret = false;
};

/// One level against the interpreter.
struct LevelComparison {
  std::string level;
  /// Elements of all outputs of all compared samples that differ; -1 if the
  /// level could not be run.
  int64_t differing = 0;
};

struct VerificationReport {
  /// False for a module that came in fixed point: accuracy is not known.
  bool hasFloatModel = true;
  /// At the logits: the input of a final softmax, else the output.
  OutputComparison logits;
  bool isBeforeSoftmax = false;
  /// The signal to noise in each quarter of a sequence in dB, for a network
  /// with state.
  std::vector<double> overTime;
  /// The same for each output, by name, of a model with several.
  std::vector<std::pair<std::string, OutputComparison>> outputs;
  /// What a detector kept, where that was asked for.
  std::optional<DetectionComparison> detections;
  /// Packed weights and scratch memory, the most that any compared level takes.
  int64_t weightBytes = 0, arenaBytes = 0;
  /// What was held on calibration samples.
  AccuracyReport held;
  /// Operations that stayed in float.
  int64_t floatOps = 0;
  int64_t comparedSamples = 0;
  std::vector<LevelComparison> levels;
  /// How the evaluation values of each f32 input lie to the calibrated ones.
  std::vector<InputCoverage> inputs;
  /// Warnings, about the data and from quantising, and remarks; JSON holds the
  /// warnings.
  std::vector<Message> messages;
  /// Evaluation samples that were also used to calibrate.
  int64_t leakedSamples = 0;

  llvm::json::Object toJson() const;
  void print(raw_ostream &os) const;
};

llvm::Expected<VerificationReport>
verifyModel(const VerificationOptions &options, MLIRContext &context,
            function_ref<ProgressBar &(StringRef label)> makeProgress);

} // namespace narrow

#endif // NARROW_DRIVER_VERIFY_H
