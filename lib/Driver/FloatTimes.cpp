//===- FloatTimes.cpp - how long a model takes in float -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/FloatTimes.h"

#include "Noise.h"
#include "narrow/Driver/Session.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

#include <chrono>

using namespace narrow;
using Clock = std::chrono::steady_clock;

/// Runs before the clock counts: caches, page tables and the clock settle.
static constexpr int64_t kWarmUpRuns = 3;
/// Runs that are timed at least, however long they take.
static constexpr size_t kLeastRuns = 5;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

llvm::Expected<FloatTimes> narrow::measureFloat(const ModelOptions &options,
                                                double seconds,
                                                MLIRContext &context) {
  FloatTimes result;
  result.model = llvm::sys::path::filename(options.path).str();
  Session session({options, {}, {}}, context);
  llvm::Expected<ModuleOp> observed = session.getObserved();
  if (!observed)
    return observed.takeError();
  Clock::time_point start = Clock::now();
  auto executor = FloatExecutor::create(*observed);
  if (!executor)
    return executor.takeError();
  result.compileSeconds = secondsSince(start);

  std::vector<HostTensor> inputs =
      makeNoise(getInputSpecs(getMainFunction(*observed)), 0);
  std::vector<HostTensor> outputs;
  for (int64_t run = 0; run < kWarmUpRuns; ++run)
    if (llvm::Error error = (*executor)->run(inputs, outputs))
      return error;
  std::vector<double> times;
  Clock::time_point begin = Clock::now();
  while (times.size() < kLeastRuns || secondsSince(begin) < seconds) {
    start = Clock::now();
    if (llvm::Error error = (*executor)->run(inputs, outputs))
      return error;
    times.push_back(1e6 * secondsSince(start));
  }
  result.runs = times.size();
  auto middle = times.begin() + times.size() / 2;
  std::nth_element(times.begin(), middle, times.end());
  result.medianUs = *middle;
  return result;
}

llvm::json::Object FloatTimes::toJson() const {
  return llvm::json::Object{{"model", llvm::json::fixUTF8(model)},
                            {"runs", runs},
                            {"median_us", medianUs},
                            {"compile_seconds", compileSeconds}};
}

void FloatTimes::print(raw_ostream &os) const {
  os << model
     << llvm::format(" in float: %.2f us a run (median of %d), compiled in "
                     "%.2f s\n",
                     medianUs, int(runs), compileSeconds);
}
