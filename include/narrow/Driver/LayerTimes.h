//===- LayerTimes.h - how long each layer of a model takes -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A layer is one kernel call of the compiled model, or all calls of one
// operation that runs in strips. Its rate is held against the most that the
// same core reached in the same run with nothing but dot products.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_LAYERTIMES_H
#define NARROW_DRIVER_LAYERTIMES_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Object/Compile.h"
#include "llvm/Support/JSON.h"

namespace narrow {

struct LayerTimesOptions {
  ModelOptions model;
  /// Without samples and statistics, ranges come from noise: enough for times.
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  bool rowStrips = true; ///< See `CompileOptions::rowStrips`.
  /// A level that this CPU runs.
  const Target *level = nullptr;
  /// About how long to measure.
  double seconds = 2;
};

struct LayerTimes {
  std::string model, level;
  bool isCalibrated = false;
  std::vector<CallStats> calls; ///< As many as `profile.steps`.
  ModelProfile profile;
  /// Warnings and remarks on the way.
  std::vector<Message> messages;

  /// The calls of one layer, together.
  struct Layer {
    const CallStats *call; ///< The first that does the layer's work.
    double us = 0, repeatedUs = 0;
    int64_t macs = 0;
    int64_t strips = 0; ///< Calls that do the layer's work.
  };

  double getSumUs() const;
  int64_t getMacs() const;
  /// Returns the layers in the order of their first calls.
  std::vector<Layer> getLayers() const;

  llvm::json::Object toJson() const;
  /// Prints a table in the order of the calls, or the slowest first.
  void print(raw_ostream &os, bool isSorted) const;
};

/// Fails where this CPU does not run a level: nothing can be timed then.
llvm::Error checkNative(const Target &level);

/// Quantises the model, compiles it for the level and times its layers on this
/// thread.
llvm::Expected<LayerTimes> measureLayers(const LayerTimesOptions &options,
                                         MLIRContext &context,
                                         ProgressCallback progress = {});

/// Returns the most 10^9 multiply-accumulates a second that one core of this
/// machine reaches at the level.
llvm::Expected<double> measurePeak(const Target &level, MLIRContext &context);

} // namespace narrow

#endif // NARROW_DRIVER_LAYERTIMES_H
