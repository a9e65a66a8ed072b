//===- OwnState.cpp - a quantised network that feeds itself ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OwnState.h"
#include "narrow/Driver/ReferenceRunner.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Simulate/PartErrors.h"

using namespace narrow;

namespace {
struct InterpreterSteps : StepRunner {
  explicit InterpreterSteps(ModuleOp module) : runner(module) {}
  llvm::Error run(ArrayRef<HostTensor> inputs,
                  std::vector<HostTensor> &outputs) override {
    return runner.run(inputs, outputs);
  }
  ReferenceRunner runner;
};

struct NativeSteps : StepRunner {
  explicit NativeSteps(std::unique_ptr<LevelRunner> runner)
      : runner(std::move(runner)) {}
  llvm::Error run(ArrayRef<HostTensor> inputs,
                  std::vector<HostTensor> &outputs) override {
    std::vector<std::vector<HostTensor>> found;
    if (llvm::Error error = runner->run({inputs.vec()}, found))
      return error;
    outputs = std::move(found.front());
    return llvm::Error::success();
  }
  std::unique_ptr<LevelRunner> runner;
};
} // namespace

llvm::Expected<std::unique_ptr<StepRunner>>
StepRunner::create(ModuleOp module) {
  const Target *best = getBestNativeTarget();
  if (!best)
    return std::make_unique<InterpreterSteps>(module);
  CompileOptions options;
  options.targets = {best};
  llvm::Expected<std::unique_ptr<LevelRunner>> runner =
      LevelRunner::create(module, options);
  if (!runner)
    return runner.takeError();
  return std::make_unique<NativeSteps>(std::move(*runner));
}

std::vector<double> OwnStateErrors::getOverTime() const {
  std::vector<double> sqnr;
  for (const OutputComparison &part : overTime)
    if (part.getNumSamples())
      sqnr.push_back(std::min(part.getSqnr(), kEqualDecibels));
  return sqnr;
}

double OwnStateErrors::getWorst() const {
  double worst = kEqualDecibels;
  for (const OutputComparison &output : outputs)
    worst = std::min(worst, output.getSqnr());
  return worst;
}

llvm::Expected<OwnStateErrors>
narrow::measureOwnState(ModuleOp module, const ModelSamples &samples,
                        int64_t count, GetExecutor getExecutor, SeeInputs see,
                        ArrayRef<int64_t> labels) {
  llvm::Expected<std::unique_ptr<StepRunner>> runner =
      StepRunner::create(module);
  if (!runner)
    return runner.takeError();
  llvm::Expected<const FloatExecutor *> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  OwnStateErrors errors;
  const StateFeed &feed = samples.getFeed();
  std::vector<HostTensor> before, outputs, wantedBefore, wanted;
  int64_t length = feed.getLength(count);
  for (int64_t step = 0; step < count; ++step) {
    std::vector<HostTensor> inputs = samples.get(step), wantedInputs = inputs;
    feed.feed(step, before, inputs);
    feed.feed(step, wantedBefore, wantedInputs);
    if (llvm::Error error = (*runner)->run(inputs, outputs))
      return error;
    if (llvm::Error error = (*executor)->run(wantedInputs, wanted))
      return error;
    if (see)
      see(step, inputs);
    errors.outputs.resize(wanted.size());
    size_t part = static_cast<size_t>(step % length) * OwnStateErrors::kParts /
                  static_cast<size_t>(length);
    for (auto [index, tensor] : llvm::enumerate(wanted)) {
      std::vector<float> expected = tensor.toFloats(),
                         found = outputs[index].toFloats();
      bool isLabelled = index == 0 && !labels.empty();
      errors.outputs[index].add(expected, found,
                                isLabelled ? labels[step] : -1);
      errors.overTime[part].add(expected, found);
    }
    std::swap(before, outputs);
    std::swap(wantedBefore, wanted);
  }
  return errors;
}
