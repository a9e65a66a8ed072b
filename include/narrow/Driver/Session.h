//===- Session.h - what the commands make of one model ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_SESSION_H
#define NARROW_DRIVER_SESSION_H

#include "narrow/Driver/BudgetAnswer.h"
#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/OutputFile.h"

namespace narrow {

struct SessionOptions {
  ModelOptions model;
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  /// Takes ranges from noise where there are neither samples nor statistics:
  /// enough for times, and nothing else.
  bool allowsNoise = false;
  /// Judges accuracy where there are samples.
  bool judges = true;
  /// Where a limit is given, widths of weights are chosen under it.
  BudgetOptions budget = {};
};

/// One model on its way to fixed point. Each thing is made when it is first
/// asked for, with what it needs, and kept; what is returned belongs to the
/// session.
class Session {
public:
  Session(SessionOptions given, MLIRContext &context)
      : options(std::move(given)), context(context) {
    options.quantization.isOnnxRuntimeExact =
        options.model.isOnnxRuntimeExact();
    // What such a model does not type stays in float.
    options.allowsNoise &= !options.model.isOnnxRuntimeExact();
  }

  /// Whether the file holds a module in fixed point: then there is neither a
  /// float model nor anything to calibrate, and flags of both are errors.
  llvm::Expected<bool> isFixedPoint();
  /// The prepared float model; its observers have no ranges.
  llvm::Expected<ModuleOp> getObserved();
  /// The same compiled for this machine.
  llvm::Expected<const FloatExecutor *> getExecutor();
  /// The float model that is quantised: the prepared one, or what pruning left
  /// of it, once statistics are known.
  llvm::Expected<ModuleOp> getQuantizedFrom();
  /// Where the model's state goes.
  llvm::Expected<StateFeed> getStateFeed();
  /// The calibration samples; null where none are given. State is what the
  /// float model computes.
  llvm::Expected<const ModelSamples *> getSamples();
  /// The statistics of the file, or of the samples. `progress` is told of the
  /// samples that are run.
  llvm::Expected<const Statistics *>
  getStatistics(ProgressCallback progress = {});
  /// Adds the statistics file to `files`, where statistics were collected for
  /// one. To be called when nothing else can fail: a file of a run that failed
  /// would stand for a calibration that was never used.
  llvm::Error addStatistics(OutputFiles &files) const;
  /// The model in fixed point. `search` is told of the scores that a budget
  /// needs, or of the trials that accuracy does. Fails where no plan keeps the
  /// budget, with the nearest one.
  llvm::Expected<const QuantizedModel *>
  getQuantized(ProgressCallback progress = {}, ProgressCallback search = {});

  /// What the file of scores says of the budget without calibrating and
  /// quantising; nothing where it has to be searched for (see
  /// `BudgetAnswer`).
  llvm::Expected<std::optional<BudgetAnswer>> answerBudget();

  const SessionOptions &getOptions() const { return options; }
  MLIRContext &getContext() { return context; }
  /// Whether ranges come from noise.
  bool isNoise() const {
    return options.allowsNoise && options.calibration.samplesPath.empty() &&
           options.calibration.statisticsPath.empty() &&
           !options.calibration.guessesRanges;
  }
  /// Seconds of opening samples and collecting statistics.
  double getCalibrationSeconds() const { return calibrationSeconds; }
  /// Warnings about the data, and what quantising said.
  ArrayRef<Message> getMessages() const { return messages; }

private:
  llvm::Expected<const ObservedModel *> load();
  /// `hashSearch` with the statistics as their file has them, or will have.
  llvm::Expected<uint64_t> getSearchKey();
  /// Refuses flags of calibration and quantisation, which `what` has no use
  /// for.
  llvm::Error refuseFlags(StringRef what) const;
  /// Refuses a flag that says something of ranges beside a scheme without any.
  llvm::Error checkRangedFlag(Scheme scheme) const;
  llvm::Expected<QuantizedModel> quantize(const Statistics &ranges,
                                          const HoldRecipe *start = nullptr,
                                          ProgressCallback search = {});
  /// `answerBudget` without what was said of the data.
  llvm::Expected<std::optional<BudgetAnswer>> findAnswer();
  /// Quantises by the plan that the file of scores answers a budget with, where
  /// it was measured; nothing where one has to be searched for.
  llvm::Expected<std::optional<QuantizedModel>>
  quantizeMeasured(const Statistics &ranges);
  /// Guesses statistics from batch normalisations, and says so.
  llvm::Expected<Statistics> guessRanges();
  /// Removes channels, and measures what that costs.
  llvm::Error prune();
  ModuleOp getSource() { return pruned ? *pruned->module : *observed->module; }
  llvm::Expected<const FloatExecutor *> getSourceExecutor();
  /// Adds the judges to the statistics.
  llvm::Error addJudges();
  /// Makes a model that held its floor as it is from all samples, those that
  /// judged among them.
  llvm::Error joinJudges(QuantizedModel &model);
  /// Quantises again with what the quantised network's own state leads to, and
  /// keeps that where it is better.
  llvm::Error holdState(QuantizedModel &model, const Statistics &ranges);

  SessionOptions options;
  MLIRContext &context;
  std::optional<ObservedModel> observed;
  std::unique_ptr<FloatExecutor> executor;
  /// What pruning left of the model.
  struct Pruned {
    OwningOpRef<ModuleOp> module;
    std::unique_ptr<FloatExecutor> executor;
    PruningLoss loss;
  };
  std::optional<Pruned> pruned;
  std::optional<std::optional<ModelSamples>> samples;
  std::optional<Statistics> statistics;
  std::optional<QuantizedModel> quantized;
  std::vector<Message> messages;
  double calibrationSeconds = 0;
  bool isCollected = false; ///< The statistics are not those of a file.
};

} // namespace narrow

#endif // NARROW_DRIVER_SESSION_H
