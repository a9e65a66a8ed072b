//===- Pipeline.h - from a model to its fixed-point module -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_PIPELINE_H
#define NARROW_DRIVER_PIPELINE_H

#include "narrow/Calibration/Estimators.h"
#include "narrow/Calibration/Statistics.h"
#include "narrow/Driver/AccuracyReport.h"
#include "narrow/Driver/Budget.h"
#include "narrow/Driver/Diagnostics.h"
#include "narrow/Driver/RepairResult.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Driver/TrainedValues.h"
#include "narrow/Plan/Plan.h"
#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Support/Scheme.h"

namespace narrow {

/// How a model is quantised.
struct QuantizationOptions {
  Estimator estimator = Estimator::Mse;
  /// Percent of values that the estimator `percentile` keeps.
  double percentile = 99.99;
  /// Widths of activations and weights.
  unsigned bits = 8, weightBits = 8;
  /// Width of the weights of layers that no other is in front of, or behind; 0
  /// for `weightBits`.
  unsigned edgeWeightBits = 0;
  /// Weights of 4 bits that share a multiplier: 32, 64 or 128; 0 for none.
  unsigned weightBlock = 0;
  /// Activations with zero point 0; scales that are powers of two; one weight
  /// scale for each tensor; weights in [-128, 127].
  bool isSymmetric = false, usePow2Scales = false, isPerTensor = false,
       useFullRange = false;
  /// Weights whose pairs of products fit 16 bits, for AVX2 without VNNI.
  bool arePairsSafe = false;
  /// Arguments and results have one type each and are cast as they are: what a
  /// quantised interface needs.
  bool hasPlainCasts = false;
  /// Operations that remain in float are an error.
  bool isIntegerOnly = false;
  /// Nodes that remain in float.
  std::vector<std::string> keepFloat;
  /// `NAME=LOW:HIGH` in the place of a calibrated range.
  std::vector<std::string> ranges;
  /// Values that hold `headroom` times what calibration saw.
  std::vector<std::string> roomy;
  double headroom = 1;
  /// `NAME=TYPE` in the place of a chosen width.
  std::vector<std::string> types;
  /// What a plan decides before all of the above, and its file, for messages.
  Plan plan;
  std::string planPath;
  /// Whether the model is changed until every part of the results has its floor
  /// on samples that judge.
  bool holdsAccuracy = false;
  AccuracyFloors floors;
  /// Calibration samples at the end that neither ranges nor repairs may use.
  int64_t heldBack = 0;
  /// Width of contraction results that only an addition reads, 8 or 16.
  unsigned residualBits = 16;
  /// Width of what additions and layers read, 8, or 16, of which layers read 8.
  unsigned residualStreamBits = 8;
  /// The share of the channels between two layers that are removed first; 0 for
  /// none.
  double pruneShare = 0;
  /// Which repairs run (`getRepairSteps`), and the calibration samples over
  /// which they do; 0 for none, unset: as many as they wish (`splitSamples`).
  std::string repair = "inputs,bias";
  /// Whether inputs may have scales and zero points of their channels.
  bool alignsInputs = true;
  std::optional<int64_t> biasSamples;
  /// Whether `estimator`, `repair` and `residualStreamBits` are defaults that
  /// accuracy may change.
  bool isEstimatorOpen = false, isRepairOpen = false, areStreamsOpen = false;
  /// When the inputs of layers get their scales, where no plan says it.
  std::optional<Scheme> scheme;
  /// Requantisation of 8-bit results: q15, q31, f32 or pow2.
  std::string requant = "q15";
  /// Whether a model that came quantised is computed as ONNX Runtime does it.
  bool isOnnxRuntimeExact = false;
  /// A flag of these that was given, for models that have no use for them.
  std::string givenFlag;
  /// One that says nothing where no value has a range.
  std::string rangedFlag;
};

/// A model that is ready to be calibrated, and its file's hash.
struct ObservedModel {
  OwningOpRef<ModuleOp> module;
  uint64_t hash = 0;
  /// What the import remarked.
  std::vector<Message> messages;
  /// What batch normalisations say of samples.
  std::vector<TrainedValue> trained;
  /// The file held a module in fixed point, which is as it was.
  bool isFixedPoint = false;
};

/// Imports a model and, if it is in float, prepares it.
llvm::Expected<ObservedModel> loadObservedModel(const ModelOptions &options,
                                                MLIRContext &context);

/// Brings an imported module into the shape that is calibrated and quantised,
/// with an `fxp.observe` on every value whose range matters. Remarks are added
/// to `messages`, which may be null.
llvm::Error prepareModel(ModuleOp module, StringRef path,
                         std::vector<Message> *messages = nullptr);

/// A model in fixed point, and what was decided on the way.
struct QuantizedModel {
  OwningOpRef<ModuleOp> module;
  /// What was decided for all values and layers.
  Plan plan;
  quantize::QuantizeReport report;
  std::vector<Message> messages;
  /// What each repair did.
  std::vector<RepairResult> repairs;
  /// Empty where accuracy was not held.
  AccuracyReport accuracy;
  /// What a search under a budget found, where there was one.
  std::optional<BudgetReport> budget;
};

/// Quantises a prepared module with the statistics of its values; `observed` is
/// left as it is. With calibration samples at hand (`samples` may be null), it
/// is repaired; `getExecutor` gives `observed` compiled.
llvm::Expected<QuantizedModel>
quantizeModel(ModuleOp observed, const Statistics &statistics,
              const QuantizationOptions &options, const ModelSamples *samples,
              GetExecutor getExecutor, StringRef path);

} // namespace narrow

#endif // NARROW_DRIVER_PIPELINE_H
