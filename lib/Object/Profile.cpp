//===- Profile.cpp - times a model's kernel calls one by one --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/PeakKernel.h"
#include "narrow/Object/LoadedModel.h"
#include "narrow/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"

#include <algorithm>
#include <chrono>
#include <dlfcn.h>

using namespace narrow;

namespace {
using Clock = std::chrono::steady_clock;
/// An entry of `NAME_steps`.
using Step = void (*)(const void *const *inputs, void *const *outputs,
                      void *arena, const void *parallel);
/// An entry of `NAME_peaks`.
struct Peak {
  void (*run)(int64_t rounds, char *sums);
  uint64_t macsPerRound;
};
} // namespace

static double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

static double median(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Returns what reading the clock twice takes.
static double measureClock() {
  std::vector<double> times;
  for (int i = 0; i < 1001; ++i) {
    Clock::time_point start = Clock::now();
    times.push_back(microseconds(Clock::now() - start));
  }
  return median(times);
}

llvm::Expected<double> LoadedModel::measurePeak() const {
  auto *peaks =
      static_cast<const Peak *>(dlsym(library, (name + "_peaks").c_str()));
  if (!peaks)
    return makeError("'" + name + "' was not compiled for profiling");
  alignas(64) char sums[codegen::kPeakBytes];
  double best = 0;
  for (const Peak *peak = peaks; peak->run; ++peak) {
    int64_t rounds = 1000;
    for (int run = 0; run < 8; ++run) {
      Clock::time_point start = Clock::now();
      peak->run(rounds, sums);
      double us = microseconds(Clock::now() - start);
      best = std::max(best, 1e-3 * rounds * peak->macsPerRound / us);
      // The first runs find out how many rounds take some 2 ms.
      if (us < 1000)
        rounds = std::max<int64_t>(rounds, rounds * 2000 / std::max(us, 1.0));
    }
  }
  return best;
}

llvm::Expected<std::vector<std::function<void()>>>
LoadedModel::getSteps(llvm::ArrayRef<HostTensor> given) {
  if (llvm::Error error = checkInputs(given))
    return std::move(error);
  auto *step =
      static_cast<const Step *>(dlsym(library, (name + "_steps").c_str()));
  if (!step)
    return makeError("'" + name + "' was not compiled for profiling");
  struct Buffers {
    std::vector<HostTensor> inputs, outputs;
    std::vector<const void *> in;
    std::vector<void *> out;
  };
  auto buffers = std::make_shared<Buffers>();
  buffers->inputs = given.vec();
  buffers->outputs = makeOutputs();
  for (HostTensor &tensor : buffers->inputs)
    buffers->in.push_back(tensor.bytes.data());
  for (HostTensor &tensor : buffers->outputs)
    buffers->out.push_back(tensor.bytes.data());
  void *memory = reinterpret_cast<void *>(
      llvm::alignTo(reinterpret_cast<uintptr_t>(arena.data()), arenaAlign));
  std::vector<std::function<void()>> result;
  for (; *step; ++step)
    result.push_back([run = *step, buffers, memory] {
      run(buffers->in.data(), buffers->out.data(), memory, nullptr);
    });
  return result;
}

llvm::Expected<ModelProfile>
LoadedModel::profile(llvm::ArrayRef<HostTensor> given, double seconds) {
  if (llvm::Error error = checkInputs(given))
    return std::move(error);
  auto *begin =
      static_cast<const Step *>(dlsym(library, (name + "_steps").c_str()));
  if (!begin)
    return makeError("'" + name + "' was not compiled for profiling");
  const Step *end = begin;
  while (*end)
    ++end;
  size_t count = end - begin;

  ModelProfile result;
  llvm::Expected<double> peak = measurePeak();
  if (!peak)
    return peak.takeError();
  result.peakGmacs = *peak;
  llvm::Expected<double> whole = time(given, seconds / 4);
  if (!whole)
    return whole.takeError();
  result.runUs = *whole;

  std::vector<HostTensor> results = makeOutputs();
  std::vector<const void *> in;
  std::vector<void *> out;
  for (const HostTensor &tensor : given)
    in.push_back(tensor.bytes.data());
  for (HostTensor &tensor : results)
    out.push_back(tensor.bytes.data());
  void *memory = reinterpret_cast<void *>(
      llvm::alignTo(reinterpret_cast<uintptr_t>(arena.data()), arenaAlign));

  // Run after run, the clock between the calls.
  int runs = std::clamp(int(seconds / 4 * 1e6 / result.runUs), 5, 2000);
  double clockUs = measureClock();
  std::vector<std::vector<double>> times(count);
  std::vector<Clock::time_point> stamps(count + 1);
  for (int run = 0; run < runs; ++run) {
    stamps[0] = Clock::now();
    for (size_t i = 0; i < count; ++i) {
      begin[i](in.data(), out.data(), memory, nullptr);
      stamps[i + 1] = Clock::now();
    }
    for (size_t i = 0; i < count; ++i)
      times[i].push_back(
          std::max(microseconds(stamps[i + 1] - stamps[i]) - clockUs, 0.0));
  }

  // Each call by itself, in batches that make the clock's cost nothing. A
  // kernel's time does not depend on its data, so it may work on its own
  // result.
  result.steps.resize(count);
  for (size_t i = 0; i < count; ++i) {
    result.steps[i].us = median(times[i]);
    int batch =
        std::clamp(int(50 / std::max(result.steps[i].us, 0.01)), 1, 5000);
    int batches = std::clamp(int(seconds / 2 * 1e6 / count /
                                 (batch * std::max(result.steps[i].us, 0.01))),
                             5, 200);
    std::vector<double> repeated;
    for (int k = 0; k < batches; ++k) {
      Clock::time_point start = Clock::now();
      for (int j = 0; j < batch; ++j)
        begin[i](in.data(), out.data(), memory, nullptr);
      repeated.push_back((microseconds(Clock::now() - start) - clockUs) /
                         batch);
    }
    result.steps[i].repeatedUs = std::max(median(repeated), 0.0);
  }
  return result;
}
