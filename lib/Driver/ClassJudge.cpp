//===- ClassJudge.cpp - how often classes are right -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClassJudge.h"

#include "narrow/Driver/DataChecks.h"
#include "narrow/Driver/Metrics.h"
#include "narrow/Driver/ReferenceRunner.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"

using namespace narrow;

/// Samples that are run together; bounds the memory that results take.
static constexpr int64_t kBatch = 32;

llvm::Expected<ClassJudge> ClassJudge::open(ModuleOp observed, StringRef path,
                                            StringRef labels,
                                            GetExecutor getExecutor) {
  mlir::func::FuncOp function = getMainFunction(observed);
  llvm::Expected<ModelSamples> samples =
      ModelSamples::open(path, getInputSpecs(function));
  if (!samples)
    return samples.takeError();
  if (samples->getCount() < 2)
    return makeError("'" + path +
                     "': expected at least 2 samples, one of "
                     "which chooses nothing, found " +
                     Twine(samples->getCount()));
  ValueSpec scores = getOutputSpecs(function).front();
  if (scores.kind != ElementKind::F32 ||
      ShapedType::getNumElements(scores.shape) < 2)
    return makeError("'" + path +
                     "': expected a first output of several "
                     "scores in f32 to count classes by, found '" +
                     scores.name + "'");
  ClassJudge judge(observed, std::move(*samples));
  judge.isLabelled = !labels.empty();
  if (judge.isLabelled) {
    if (llvm::Error error =
            readLabels(labels, judge.samples.size()).moveInto(judge.wanted))
      return std::move(error);
    if (llvm::Error error = checkLabels(labels, judge.wanted, scores))
      return std::move(error);
    return std::move(judge);
  }
  llvm::Expected<const FloatExecutor *> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> outputs;
  for (int64_t i = 0; i < judge.samples.getCount(); ++i) {
    if (llvm::Error error = (*executor)->run(judge.samples.get(i), outputs))
      return std::move(error);
    judge.wanted.push_back(
        static_cast<int64_t>(getTop1(outputs.front().toFloats())));
  }
  return std::move(judge);
}

llvm::Expected<double> ClassJudge::measure(ModuleOp quantized, Part part) {
  OwningOpRef<ModuleOp> original = observed.clone();
  OwningOpRef<ModuleOp> module = cast<ModuleOp>(quantized->clone());
  cutFinalSoftmax(*original, *module);
  std::unique_ptr<LevelRunner> native;
  ReferenceRunner reference(*module);
  if (SmallVector<const Target *> levels = getNativeTargets();
      !levels.empty()) {
    CompileOptions options;
    options.targets = {levels.back()};
    if (llvm::Error error =
            LevelRunner::create(*module, options).moveInto(native))
      return std::move(error);
  }
  int64_t hits = 0, first = part == Part::Choosing ? 0 : 1;
  for (int64_t begin = first; begin < samples.getCount(); begin += 2 * kBatch) {
    std::vector<std::vector<HostTensor>> inputs, outputs;
    std::vector<int64_t> classes;
    for (int64_t i = begin;
         i < std::min(begin + 2 * kBatch, samples.getCount()); i += 2) {
      inputs.push_back(samples.get(i));
      classes.push_back(wanted[i]);
    }
    if (native) {
      if (llvm::Error error = native->run(inputs, outputs))
        return std::move(error);
    } else {
      for (const std::vector<HostTensor> &input : inputs)
        if (llvm::Error error = reference.run(input, outputs.emplace_back()))
          return std::move(error);
    }
    for (auto [output, right] : llvm::zip_equal(outputs, classes))
      hits += static_cast<int64_t>(getTop1(output.front().toFloats())) == right;
  }
  return 100.0 * static_cast<double>(hits) /
         static_cast<double>(countSamples(part));
}
