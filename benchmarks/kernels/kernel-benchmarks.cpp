//===- kernel-benchmarks.cpp - single kernels by Google Benchmark ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A benchmark for each kernel of the standard list at each level that this CPU
// runs, named LEVEL/FAMILY/KERNEL. A kernel is compiled when its benchmark
// first runs, so that --benchmark_filter costs nothing for the others:
//
//   ninja -C build narrow-kernel-benchmarks
//   build/bin/narrow-kernel-benchmarks
//   --benchmark_filter='avx512vnni/depthwise'
//
//===----------------------------------------------------------------------===//

#include "mlir/Parser/Parser.h"
#include "narrow/Cost/KernelFeatures.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Model.h"
#include "narrow/Driver/StandardKernels.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Object/LevelRunner.h"

#include <benchmark/benchmark.h>

using namespace narrow;

static void run(benchmark::State &state, MLIRContext &context,
                const std::string &text, const Target &level) {
  auto module = mlir::parseSourceString<ModuleOp>(text, &context);
  CompileOptions options;
  options.targets = {&level};
  auto profiled = ProfiledModel::create(*module, options);
  if (!profiled)
    return state.SkipWithError(llvm::toString(profiled.takeError()).c_str());
  std::vector<HostTensor> inputs;
  for (const ModelTensor &input : profiled->model->getInputs())
    inputs.emplace_back(input.kind, input.shape, input.name);
  auto steps = profiled->model->getSteps(inputs);
  if (!steps)
    return state.SkipWithError(llvm::toString(steps.takeError()).c_str());
  int64_t macs = 0, bytes = 0;
  std::function<void()> kernel;
  for (auto [call, step] : llvm::zip_equal(profiled->stats.calls, *steps)) {
    // Copies and halos, then the kernel.
    step();
    if (call.features.key.empty())
      continue;
    kernel = step;
    macs = call.features.macs;
    bytes = call.features.bytes;
  }
  for (auto _ : state)
    kernel();
  using benchmark::Counter;
  auto rate = Counter::kIsIterationInvariantRate;
  if (macs)
    state.counters["MAC/s"] = Counter(double(macs), rate);
  state.counters["bytes/s"] = Counter(double(bytes), rate);
}

int main(int argc, char **argv) {
  CompilerContext context;
  for (const Target *level : getNativeTargets())
    for (const std::string &text : getStandardKernels()) {
      auto module = mlir::parseSourceString<ModuleOp>(text, &context.get());
      Operation *op =
          getMainFunction(*module).front().getTerminator()->getPrevNode();
      cost::KernelFeatures features =
          cost::describeKernel(op, llvm::to_vector(op->getOperands()));
      std::string name =
          level->qualifiedName() + "/" + features.family + "/" + features.key;
      benchmark::RegisterBenchmark(name.c_str(),
                                   [&context, text, level](auto &state) {
                                     run(state, context.get(), text, *level);
                                   });
    }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
