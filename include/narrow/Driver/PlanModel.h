//===- PlanModel.h - a model's plan into a file ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_PLANMODEL_H
#define NARROW_DRIVER_PLANMODEL_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Target/Target.h"
#include "llvm/Support/JSON.h"

namespace narrow {

struct PlanningRequest {
  ModelOptions model;
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  /// Where a limit is given, widths of weights are chosen under it, for
  /// `level`.
  BudgetOptions budget;
  /// The level whose times are predicted, and the file of kernel times.
  const Target *level = nullptr;
  std::string kernelTimesPath;
  /// The plan's file.
  std::string output;
};

/// What was planned, in numbers.
struct PlanningReport {
  std::string output, level;
  Plan plan;
  /// Of all operations in fixed point, in microseconds.
  double predictedUs = 0;
  AccuracyReport accuracy;
  std::optional<BudgetReport> budget;
  std::vector<Message> messages;

  llvm::json::Object toJson() const;
  void print(raw_ostream &os) const;
};

/// Returns how many values and layers have each storage, and for what reasons,
/// with the bytes of weights and the multiply-accumulates of layers.
llvm::json::Object summarizePlan(const Plan &plan);

/// Plans a model and adds the plan's file and collected statistics to `files`.
/// Accuracy is judged, on the way, only where it is to be held.
llvm::Expected<PlanningReport> planModel(const PlanningRequest &request,
                                         MLIRContext &context,
                                         OutputFiles &files,
                                         ProgressCallback progress = {},
                                         ProgressCallback search = {});

} // namespace narrow

#endif // NARROW_DRIVER_PLANMODEL_H
