//===- CalibrateCommand.cpp - narrow calibrate ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFlags.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Session.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/Support/FileSystem.h"

#include <functional>

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("calibrate",
                              "Collect the statistics of a model's values over "
                              "samples, or merge statistics");
static cl::list<std::string> paths(cl::Positional, cl::OneOrMore,
                                   cl::desc("MODEL|STATISTICS..."),
                                   cl::sub(command));
static cl::opt<std::string>
    samples("calib",
            cl::desc("Samples, .npy or .npz; the first axis counts them"),
            cl::value_desc("file"), cl::sub(command));
static cl::opt<std::string> output("o", cl::desc("Statistics file"),
                                   cl::value_desc("file"), cl::Required,
                                   cl::sub(command));
static cl::opt<int64_t> limit("calib-samples",
                              cl::desc("Use only the first samples"),
                              cl::value_desc("N"), cl::init(0),
                              cl::sub(command));
static ImportFlags importFlags(command);
static cl::opt<bool> verbose("verbose",
                             cl::desc("Print every remark on the way"),
                             cl::sub(command));
static cl::opt<bool> merge("merge",
                           cl::desc("Merge statistics files of the same model"),
                           cl::sub(command));

static llvm::Error mergeFiles() {
  Statistics merged;
  for (const std::string &path : paths) {
    llvm::Expected<Statistics> part = Statistics::load(path);
    if (!part)
      return part.takeError();
    if (llvm::Error error = merged.merge(*part))
      return makeError("'" + path + "': " + llvm::toString(std::move(error)));
  }
  return merged.save(output);
}

/// Merged statistics may well replace one of their parts.
static llvm::Error checkFiles() {
  SmallVector<NamedPath> inputs{{"samples", samples}};
  if (!merge)
    for (const std::string &path : paths)
      inputs.push_back({"model", path});
  return checkOutputPaths(NamedPath{"statistics", output}, inputs);
}

static llvm::Error run() {
  if (llvm::Error error = checkFiles())
    return error;
  if (merge) {
    for (const cl::Option &flag :
         {std::cref<cl::Option>(samples), std::cref<cl::Option>(limit),
          std::cref<cl::Option>(verbose),
          std::cref<cl::Option>(importFlags.batch),
          std::cref<cl::Option>(importFlags.shapes),
          std::cref<cl::Option>(importFlags.pixelMean),
          std::cref<cl::Option>(importFlags.state.pairs),
          std::cref<cl::Option>(importFlags.state.steps),
          std::cref<cl::Option>(importFlags.pixelScale)})
      if (flag.getNumOccurrences())
        return makeError("expected no --" + flag.ArgStr + " with --merge");
    return mergeFiles();
  }
  if (paths.size() != 1)
    return makeError("expected one model, found " + llvm::Twine(paths.size()) +
                     " files; --merge merges statistics");
  if (samples.empty())
    return makeError("expected calibration samples (--calib)");
  ModelOptions model;
  if (llvm::Error error = importFlags.get(paths.front()).moveInto(model))
    return error;
  CalibrationOptions calibration;
  calibration.samplesPath = samples;
  if (limit)
    calibration.limit = limit;

  CompilerContext context;
  Session session({model, calibration, {}}, context.get());
  ProgressBar bar("calibrating");
  llvm::Expected<const Statistics *> statistics = session.getStatistics(bar);
  if (!statistics)
    return statistics.takeError();
  printMessages(session.getMessages(), llvm::errs(), verbose);
  return (*statistics)->save(output);
}

const Command narrow::kCalibrateCommand = {
    command,
    "narrow calibrate model.onnx --calib samples.npy -o stats.json\n"
    "  narrow calibrate --merge part1.json part2.json -o stats.json",
    run};
