//===- BenchCommand.cpp - narrow bench ------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFlags.h"
#include "QuantizationFlags.h"
#include "StripFlags.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/FloatTimes.h"
#include "narrow/Driver/KernelTimes.h"
#include "narrow/Driver/LayerTimes.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Support/Error.h"
#include "llvm/Support/Format.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("bench", "Measure a model's layers, or this CPU");
static ModelFlags modelFlags(command, /*isRequired=*/false);
static CalibrationFlags calibrationFlags(command);
static StripFlags stripFlags(command);
static QuantizationFlags quantizationFlags(command);
static cl::opt<std::string> isaLevel("isa",
                                     cl::desc("ISA level (default: the best "
                                              "this CPU runs)"),
                                     cl::value_desc("level"),
                                     cl::init("native"), cl::sub(command));
static cl::opt<bool> layers("layers", cl::desc("Time each layer of the model"),
                            cl::sub(command));
static cl::opt<bool> floatRuns(
    "float",
    cl::desc("Time runs of the float model, as calibration makes them"),
    cl::sub(command));
static cl::opt<bool> peak(
    "peak",
    cl::desc("Measure the most multiply-accumulates a second that one core "
             "reaches at the level"),
    cl::sub(command));
static cl::opt<bool>
    kernels("kernels",
            cl::desc("Measure the kernels of the model, or without one those "
                     "of a standard list, into the file of kernel times"),
            cl::sub(command));
static cl::opt<std::string>
    cache("cache",
          cl::desc("File of kernel times (default: narrow/kernels.json in the "
                   "user's cache directory)"),
          cl::value_desc("file"), cl::sub(command));
static cl::opt<bool> again("again",
                           cl::desc("Measure kernels anew that the file has"),
                           cl::sub(command));
static cl::opt<bool> sorted("sort", cl::desc("The slowest layer first"),
                            cl::sub(command));
static cl::opt<double> seconds("time-seconds",
                               cl::desc("How long to measure (default 2)"),
                               cl::value_desc("S"), cl::init(2),
                               cl::sub(command));
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::sub(command));
static cl::opt<bool> verbose("verbose",
                             cl::desc("Print every remark on the way to "
                                      "--layers"),
                             cl::sub(command));

static llvm::Error runPeak(const Target &level) {
  CompilerContext context;
  llvm::Expected<double> peakGmacs = measurePeak(level, context.get());
  if (!peakGmacs)
    return peakGmacs.takeError();
  if (json)
    llvm::outs() << llvm::json::Value(llvm::json::Object{
                        {"isa", level.name}, {"peak_gmacs", *peakGmacs}})
                 << '\n';
  else
    llvm::outs() << llvm::format("%.1f GMAC/s on ", *peakGmacs) << level.name
                 << '\n';
  return llvm::Error::success();
}

static llvm::Expected<LayerTimesOptions> getModel(const Target &level) {
  LayerTimesOptions options;
  if (auto error = modelFlags.get().moveInto(options.model))
    return error;
  if (auto error = calibrationFlags.get().moveInto(options.calibration))
    return error;
  if (auto error = quantizationFlags.get().moveInto(options.quantization))
    return error;
  if (auto error = stripFlags.get().moveInto(options.rowStrips))
    return error;
  options.seconds = seconds;
  options.level = &level;
  return options;
}

static llvm::Error runLayers(const Target &level) {
  llvm::Expected<LayerTimesOptions> options = getModel(level);
  if (!options)
    return options.takeError();
  CompilerContext context;
  llvm::Expected<LayerTimes> times = measureLayers(*options, context.get());
  if (!times)
    return times.takeError();
  printMessages(times->messages, llvm::errs(), verbose);
  if (json)
    llvm::outs() << llvm::json::Value(times->toJson()) << '\n';
  else
    times->print(llvm::outs(), sorted);
  return llvm::Error::success();
}

template <typename Times>
static void printTimes(const Times &times) {
  if (json)
    llvm::outs() << llvm::json::Value(times.toJson()) << '\n';
  else
    times.print(llvm::outs());
}

static llvm::Error runFloat() {
  llvm::Expected<ModelOptions> options = modelFlags.get();
  if (!options)
    return options.takeError();
  CompilerContext context;
  llvm::Expected<FloatTimes> times =
      measureFloat(*options, seconds, context.get());
  if (!times)
    return times.takeError();
  printTimes(*times);
  return llvm::Error::success();
}

static llvm::Error runKernels(const Target &level) {
  KernelTimesOptions options;
  options.level = &level;
  options.path = cache.empty() ? getDefaultKernelTimesPath() : cache;
  options.isRenewed = again;
  options.seconds = seconds;
  if (!modelFlags.path.empty())
    if (auto error = getModel(level).moveInto(options.model))
      return error;
  CompilerContext context;
  llvm::Expected<KernelTimes> times = measureKernels(options, context.get());
  if (!times)
    return times.takeError();
  printTimes(*times);
  return llvm::Error::success();
}

static llvm::Error run() {
  if (layers + floatRuns + peak + kernels != 1)
    return makeError("expected one of --layers, --float, --kernels and --peak");
  if ((layers || floatRuns) && modelFlags.path.empty())
    return makeError(llvm::Twine("expected a model with --") +
                     (layers ? "layers" : "float"));
  if (peak && !modelFlags.path.empty())
    return makeError("expected no model with --peak");
  if ((sorted || verbose) && !layers)
    return makeError(llvm::Twine("expected --") +
                     (sorted ? "sort" : "verbose") + " with --layers only");
  if ((again || cache.getNumOccurrences()) && !kernels)
    return makeError(llvm::Twine("expected --") + (again ? "again" : "cache") +
                     " with --kernels only");
  if (!(seconds > 0))
    return makeError("expected a positive --time-seconds");
  if (floatRuns)
    return runFloat();
  llvm::Expected<const Target *> target = parseTarget(isaLevel);
  if (!target)
    return target.takeError();
  const Target &level = **target;
  return layers ? runLayers(level) : peak ? runPeak(level) : runKernels(level);
}

const Command narrow::kBenchCommand = {
    command, "narrow bench model.onnx --layers --sort --isa avx2", run};
