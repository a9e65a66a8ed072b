//===- Verify.cpp - what quantising cost, and the same bits ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Verify.h"
#include "OwnState.h"

#include "narrow/Driver/ReferenceRunner.h"
#include "narrow/Driver/Session.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"

#include <algorithm>

using namespace narrow;

using Outputs = std::vector<HostTensor>;
using RunBatch = function_ref<llvm::Error(
    ArrayRef<std::vector<HostTensor>> samples, std::vector<Outputs> &outputs)>;

static CompileOptions getCompileOptions(const Target &target) {
  CompileOptions options;
  options.targets = {&target};
  return options;
}

/// Runs float and quantised models on every sample and compares their outputs.
static llvm::Error evaluate(ModuleOp observed, const ModelSamples &samples,
                            ArrayRef<int64_t> labels, RunBatch runQuantized,
                            ProgressCallback progress,
                            VerificationReport &report) {
  auto executor = FloatExecutor::create(observed);
  if (!executor)
    return executor.takeError();
  std::optional<LabelCheck> labelCheck;
  // Batches bound the memory that results take.
  constexpr int64_t kBatch = 32;
  int64_t count = samples.getCount();
  ProgressMeter meter(count, progress);
  for (int64_t begin = 0; begin < count; begin += kBatch) {
    int64_t end = std::min(begin + kBatch, count);
    std::vector<std::vector<HostTensor>> inputs;
    for (int64_t sample = begin; sample < end; ++sample)
      inputs.push_back(samples.get(sample));
    std::vector<Outputs> quantized;
    if (llvm::Error error = runQuantized(inputs, quantized))
      return error;
    for (int64_t sample = begin; sample < end; ++sample) {
      Outputs reference;
      if (llvm::Error error =
              (*executor)->run(inputs[sample - begin], reference))
        return error;
      int64_t label = labels.empty() ? -1 : labels[sample];
      if (report.detections)
        report.detections->add(reference, quantized[sample - begin]);
      for (auto [index, tensor] : llvm::enumerate(reference)) {
        std::vector<float> expected = tensor.toFloats();
        std::vector<float> found = quantized[sample - begin][index].toFloats();
        if (index == 0) {
          report.logits.add(expected, found, label);
          if (!labels.empty()) {
            if (!labelCheck)
              labelCheck.emplace(expected.size());
            labelCheck->add(expected, label);
          }
        }
        if (reference.size() == 1)
          continue;
        if (report.outputs.size() <= index)
          report.outputs.emplace_back(tensor.name, OutputComparison());
        report.outputs[index].second.add(expected, found);
      }
      meter.advance();
    }
  }
  if (labelCheck)
    llvm::append_range(report.messages, labelCheck->getMessages());
  return llvm::Error::success();
}

/// The same for a network that feeds itself: both have their own state.
static llvm::Error evaluateOwnState(ModuleOp logits, ModuleOp quantized,
                                    const ModelSamples &samples,
                                    ArrayRef<int64_t> labels,
                                    VerificationReport &report) {
  auto executor = FloatExecutor::create(logits);
  if (!executor)
    return executor.takeError();
  auto compiled = [&]() -> llvm::Expected<const FloatExecutor *> {
    return executor->get();
  };
  llvm::Expected<OwnStateErrors> errors = measureOwnState(
      quantized, samples, samples.getCount(), compiled, nullptr, labels);
  if (!errors)
    return errors.takeError();
  report.logits = errors->outputs.front();
  report.overTime = errors->getOverTime();
  if (errors->outputs.size() > 1)
    for (auto [tensor, comparison] :
         llvm::zip_equal((*executor)->getOutputs(), errors->outputs))
      report.outputs.emplace_back(tensor.name, comparison);
  return llvm::Error::success();
}

/// Writes what belongs to a run that has come to its end.
static llvm::Expected<VerificationReport> finish(Session &session,
                                                 VerificationReport report) {
  OutputFiles files;
  if (llvm::Error error = session.addStatistics(files))
    return error;
  if (llvm::Error error = files.commit())
    return error;
  return report;
}

static int64_t countDifferences(ArrayRef<Outputs> expected,
                                ArrayRef<Outputs> found) {
  int64_t count = 0;
  for (auto [a, b] : llvm::zip_equal(expected, found))
    for (auto [x, y] : llvm::zip_equal(a, b))
      count += countDifferingElements(x, y);
  return count;
}

/// Compares every level with the interpreter on the first samples.
static llvm::Error compareLevels(ModuleOp module, const ModelSamples &samples,
                                 const VerificationOptions &options,
                                 ProgressCallback progress,
                                 VerificationReport &report) {
  int64_t count = std::min(options.comparedSamples, samples.getCount());
  report.comparedSamples = count;
  ProgressMeter meter(count + int64_t(options.levels.size()), progress);
  ReferenceRunner reference(module);
  std::vector<std::vector<HostTensor>> inputs;
  std::vector<Outputs> expected;
  for (int64_t sample = 0; sample < count; ++sample) {
    inputs.push_back(samples.get(sample));
    if (llvm::Error error =
            reference.run(inputs.back(), expected.emplace_back()))
      return error;
    meter.advance();
  }
  for (const Target *level : options.levels) {
    if (const Target *standIn = getEmulated(*level);
        options.emulate && standIn && !LevelRunner::canRun(*level))
      level = standIn;
    LevelComparison &comparison = report.levels.emplace_back();
    comparison.level = level->qualifiedName();
    if (!LevelRunner::canRun(*level)) {
      comparison.differing = -1;
      continue;
    }
    auto runner = LevelRunner::create(module, getCompileOptions(*level));
    if (!runner)
      return runner.takeError();
    const CompileStats &stats = (*runner)->getStats();
    report.weightBytes = std::max(report.weightBytes, stats.constantBytes);
    report.arenaBytes = std::max(report.arenaBytes, stats.arenaBytes);
    std::vector<Outputs> found;
    if (llvm::Error error = (*runner)->run(inputs, found))
      return error;
    comparison.differing = countDifferences(expected, found);
    meter.advance();
  }
  return llvm::Error::success();
}

static int64_t countLeaks(const Statistics &statistics,
                          const ModelSamples &samples) {
  ArrayRef<uint64_t> known = statistics.getSampleHashes();
  int64_t count = 0;
  for (int64_t sample = 0; sample < samples.getCount(); ++sample)
    count +=
        std::binary_search(known.begin(), known.end(), samples.hash(sample));
  return count;
}

/// A module that came in fixed point has no float model to be compared with: of
/// the two questions one is left.
static llvm::Expected<VerificationReport>
verifyFixedPoint(Session &session, const VerificationOptions &options,
                 function_ref<ProgressBar &(StringRef label)> makeProgress) {
  if (!options.labelsPath.empty() || options.evaluationLimit ||
      options.interpret || options.detections)
    return makeError("'" + options.model.path +
                     "': expected no --labels, --eval-samples, --interpret or "
                     "--detections "
                     "for a module in fixed point, which has no float model "
                     "to be compared with");
  llvm::Expected<const QuantizedModel *> quantized = session.getQuantized();
  if (!quantized)
    return quantized.takeError();
  ModuleOp module = *(*quantized)->module;
  llvm::Expected<ModelSamples> samples = ModelSamples::open(
      options.evaluationPath, getInputSpecs(getMainFunction(module)));
  if (!samples)
    return samples.takeError();
  VerificationReport report;
  report.hasFloatModel = false;
  report.floatOps = (*quantized)->report.countFloatOps();
  DiagnosticCollector diagnostics(session.getContext());
  if (llvm::Error error =
          compareLevels(module, *samples, options,
                        makeProgress("comparing levels"), report)) {
    if (!diagnostics.hasErrors())
      return std::move(error);
    llvm::consumeError(std::move(error));
    return diagnostics.takeError(options.model.path);
  }
  return report;
}

llvm::Expected<VerificationReport>
narrow::verifyModel(const VerificationOptions &options, MLIRContext &context,
                    function_ref<ProgressBar &(StringRef label)> makeProgress) {
  Session session({options.model, options.calibration, options.quantization},
                  context);
  llvm::Expected<bool> isFixed = session.isFixedPoint();
  if (!isFixed)
    return isFixed.takeError();
  if (*isFixed)
    return verifyFixedPoint(session, options, makeProgress);
  llvm::Expected<ModuleOp> observed = session.getObserved();
  if (!observed)
    return observed.takeError();
  mlir::func::FuncOp function = getMainFunction(*observed);
  SmallVector<ValueSpec> inputs = getInputSpecs(function);
  llvm::Expected<StateFeed> feed = session.getStateFeed();
  if (!feed)
    return feed.takeError();
  // Wrong files are found before the long work.
  llvm::Expected<ModelSamples> samples =
      ModelSamples::open(options.evaluationPath, inputs, *feed);
  if (!samples)
    return samples.takeError();
  std::vector<int64_t> labels;
  if (!options.labelsPath.empty()) {
    if (llvm::Error error =
            readLabels(options.labelsPath, samples->size()).moveInto(labels))
      return error;
    if (llvm::Error error = checkLabels(options.labelsPath, labels,
                                        getOutputSpecs(function).front()))
      return error;
  }
  if (options.evaluationLimit)
    samples->truncate(*options.evaluationLimit);
  std::optional<DetectionComparison> detections;
  if (options.detections) {
    if (!feed->isEmpty())
      return makeError("'" + options.model.path +
                       "': expected no --state with --detections");
    if (llvm::Error error = DetectionComparison::create(
                                *options.detections, getOutputSpecs(function))
                                .moveInto(detections))
      return std::move(error);
  }

  llvm::Expected<const Statistics *> statistics =
      session.getStatistics(makeProgress("calibrating"));
  if (!statistics)
    return statistics.takeError();
  llvm::Expected<const QuantizedModel *> quantized =
      session.getQuantized({}, makeProgress("holding accuracy"));
  if (!quantized)
    return quantized.takeError();
  // Levels are compared with the state that the float model computes.
  if (!feed->isEmpty()) {
    llvm::Expected<const FloatExecutor *> executor = session.getExecutor();
    if (!executor)
      return executor.takeError();
    if (llvm::Error error = samples->follow(**executor))
      return std::move(error);
  }
  VerificationReport report;
  report.detections = std::move(detections);
  report.leakedSamples = countLeaks(**statistics, *samples);
  report.floatOps = (*quantized)->report.countFloatOps();
  report.held = (*quantized)->accuracy;
  report.inputs = measureCoverage(inputs, **statistics, *samples);
  llvm::append_range(report.messages, session.getMessages());
  llvm::append_range(report.messages, checkCoverage(report.inputs));
  llvm::append_range(report.messages,
                     checkIndices(options.evaluationPath, function, *samples));

  DiagnosticCollector diagnostics(context);
  auto withDiagnostics = [&](llvm::Error error) -> llvm::Error {
    if (!error || !diagnostics.hasErrors())
      return error;
    llvm::consumeError(std::move(error));
    return diagnostics.takeError(options.model.path);
  };
  if (llvm::Error error =
          compareLevels(*(*quantized)->module, *samples, options,
                        makeProgress("comparing levels"), report))
    return withDiagnostics(std::move(error));

  // Accuracy at the logits: a final softmax would hide differences.
  OwningOpRef<ModuleOp> logits = (*observed).clone();
  OwningOpRef<ModuleOp> quantizedLogits = (*(*quantized)->module).clone();
  // A state is what it is, and so are the scores of detections.
  if (!report.detections &&
      llvm::none_of(feed->getLinks(),
                    [](StateFeed::Link link) { return link.output == 0; }))
    report.isBeforeSoftmax = cutFinalSoftmax(*logits, *quantizedLogits);
  if (!feed->isEmpty()) {
    if (llvm::Error error = evaluateOwnState(*logits, *quantizedLogits,
                                             *samples, labels, report))
      return withDiagnostics(std::move(error));
    return finish(session, std::move(report));
  }
  const Target *native = getBestNativeTarget();
  std::unique_ptr<LevelRunner> runner;
  ReferenceRunner reference(*quantizedLogits);
  if (native && !options.interpret)
    if (llvm::Error error =
            LevelRunner::create(*quantizedLogits, getCompileOptions(*native))
                .moveInto(runner))
      return withDiagnostics(std::move(error));
  auto runQuantized = [&](ArrayRef<std::vector<HostTensor>> inputs,
                          std::vector<Outputs> &outputs) -> llvm::Error {
    if (runner)
      return runner->run(inputs, outputs);
    for (const std::vector<HostTensor> &input : inputs)
      if (llvm::Error error = reference.run(input, outputs.emplace_back()))
        return error;
    return llvm::Error::success();
  };
  if (llvm::Error error = evaluate(*logits, *samples, labels, runQuantized,
                                   makeProgress("evaluating"), report))
    return withDiagnostics(std::move(error));
  return finish(session, std::move(report));
}
