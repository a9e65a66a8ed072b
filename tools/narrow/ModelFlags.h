//===- ModelFlags.h - flags that several subcommands share -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_MODELFLAGS_H
#define NARROW_TOOLS_NARROW_MODELFLAGS_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Model.h"
#include "narrow/Driver/StateFeed.h"
#include "llvm/Support/CommandLine.h"

namespace narrow {

/// What a network takes from the step before.
struct StateFlags {
  explicit StateFlags(llvm::cl::SubCommand &command)
      : pairs("state",
              llvm::cl::desc("Output OUT is input IN of the next step: samples "
                             "are the steps of sequences"),
              llvm::cl::value_desc("OUT=IN"), llvm::cl::sub(command)),
        steps("state-steps",
              llvm::cl::desc("Steps of a sequence (default: all samples are "
                             "one)"),
              llvm::cl::value_desc("N"), llvm::cl::init(0),
              llvm::cl::sub(command)) {}

  llvm::Expected<StateOptions> get() const {
    StateOptions options;
    for (const std::string &pair : pairs)
      if (llvm::Error error = parseState(pair, options))
        return error;
    if (steps < 0)
      return llvm::createStringError("expected a positive --state-steps");
    if (steps && options.pairs.empty())
      return llvm::createStringError("expected --state with --state-steps");
    options.steps = steps;
    return options;
  }

  llvm::cl::list<std::string> pairs;
  llvm::cl::opt<int64_t> steps;
};

/// How a model is taken from its file.
struct ImportFlags {
  explicit ImportFlags(llvm::cl::SubCommand &command)
      : batch("batch", llvm::cl::desc("Fix open first dimensions"),
              llvm::cl::value_desc("N"), llvm::cl::init(0),
              llvm::cl::sub(command)),
        shapes("shape", llvm::cl::desc("Fix an input's open dimensions"),
               llvm::cl::value_desc("name=1x3x224x224"),
               llvm::cl::sub(command)),
        inputs("inputs", llvm::cl::CommaSeparated,
               llvm::cl::desc("Tensors of an ONNX graph where the network "
                              "begins, in place of its inputs"),
               llvm::cl::value_desc("a,b,..."), llvm::cl::sub(command)),
        outputs("outputs", llvm::cl::CommaSeparated,
                llvm::cl::desc("Tensors where it ends, in place of its "
                               "outputs; what they do not need is left out"),
                llvm::cl::value_desc("a,b,..."), llvm::cl::sub(command)),
        pixelMean("pixel-mean", llvm::cl::CommaSeparated,
                  llvm::cl::desc("Take pixels, 0 to 255, as the input: fold "
                                 "(pixel - mean) * scale into the first "
                                 "layer; one mean, or one a channel"),
                  llvm::cl::value_desc("a,b,..."), llvm::cl::sub(command)),
        pixelScale("pixel-scale", llvm::cl::CommaSeparated,
                   llvm::cl::desc("The scale of --pixel-mean"),
                   llvm::cl::value_desc("a,b,..."), llvm::cl::sub(command)),
        exact("exact",
              llvm::cl::desc("Compute bit for bit as this does, and refuse "
                             "models of which that cannot be said: tosa (of "
                             "integer TOSA), onnxruntime (of models that came "
                             "quantised)"),
              llvm::cl::value_desc("arithmetic"), llvm::cl::sub(command)),
        state(command) {}

  llvm::Expected<ModelOptions> get(llvm::StringRef path) const {
    ModelOptions options;
    options.path = path;
    if (batch < 0)
      return llvm::createStringError("expected a positive --batch");
    if (batch)
      options.batch = batch;
    for (const std::string &shape : shapes)
      if (llvm::Error error = parseShape(shape, options.shapes))
        return error;
    options.inputs.assign(inputs.begin(), inputs.end());
    options.outputs.assign(outputs.begin(), outputs.end());
    options.pixelMean.assign(pixelMean.begin(), pixelMean.end());
    options.pixelScale.assign(pixelScale.begin(), pixelScale.end());
    if (options.pixelMean.empty() != options.pixelScale.empty())
      return llvm::createStringError(
          "expected --pixel-mean and --pixel-scale together");
    options.exact = exact;
    if (!options.exact.empty() && options.exact != "tosa" &&
        options.exact != "onnxruntime")
      return llvm::createStringError(
          "unknown arithmetic '" + options.exact +
          "' of --exact: expected tosa or onnxruntime");
    if (llvm::Error error = state.get().moveInto(options.state))
      return error;
    return options;
  }

  llvm::cl::opt<int64_t> batch;
  llvm::cl::list<std::string> shapes, inputs, outputs;
  llvm::cl::list<double> pixelMean, pixelScale;
  llvm::cl::opt<std::string> exact;
  StateFlags state;
};

/// Which model.
struct ModelFlags {
  explicit ModelFlags(llvm::cl::SubCommand &command, bool isRequired = true)
      : path(llvm::cl::Positional,
             isRequired ? llvm::cl::Required : llvm::cl::Optional,
             llvm::cl::desc("MODEL (.onnx, or TOSA as .mlir)"),
             llvm::cl::sub(command)),
        import(command) {}

  llvm::Expected<ModelOptions> get() const { return import.get(path); }

  llvm::cl::opt<std::string> path;
  ImportFlags import;
};

/// Where ranges come from.
struct CalibrationFlags {
  explicit CalibrationFlags(llvm::cl::SubCommand &command)
      : samples("calib",
                llvm::cl::desc("Calibration samples, .npy or .npz; the first "
                               "axis counts them"),
                llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        statistics("stats",
                   llvm::cl::desc("Statistics file: read if it is there, else "
                                  "written after calibrating"),
                   llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        ranges("ranges",
               llvm::cl::desc("Where ranges come from: samples (default), or "
                              "batch-norm, which guesses them from the "
                              "statistics of batch normalisations"),
               llvm::cl::value_desc("source"), llvm::cl::init("samples"),
               llvm::cl::sub(command)),
        limit("calib-samples", llvm::cl::desc("Use only the first samples"),
              llvm::cl::value_desc("N"), llvm::cl::init(0),
              llvm::cl::sub(command)) {}

  llvm::Expected<CalibrationOptions> get() const {
    CalibrationOptions options;
    options.samplesPath = samples;
    options.statisticsPath = statistics;
    if (ranges != "samples" && ranges != "batch-norm")
      return llvm::createStringError("unknown source '" + ranges +
                                     "' of --ranges: expected samples or "
                                     "batch-norm");
    options.guessesRanges = ranges == "batch-norm";
    if (options.guessesRanges && !(samples.empty() && statistics.empty()))
      return llvm::createStringError(
          "expected no --calib or --stats with --ranges=batch-norm");
    if (limit < 0)
      return llvm::createStringError("expected a positive --calib-samples");
    if (limit)
      options.limit = limit;
    return options;
  }

  llvm::cl::opt<std::string> samples;
  llvm::cl::opt<std::string> statistics, ranges;
  llvm::cl::opt<int64_t> limit;
};

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_MODELFLAGS_H
