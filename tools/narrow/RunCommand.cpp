//===- RunCommand.cpp - narrow run ----------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFlags.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Object/LoadedModel.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Support/Progress.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("run", "Run an artefact on samples");
static cl::opt<std::string> path(cl::Positional, cl::Required,
                                 cl::desc("ARTEFACT (.so)"), cl::sub(command));
static cl::opt<std::string>
    input("input",
          cl::desc("Samples, .npy or .npz; the first axis counts them"),
          cl::value_desc("file"), cl::Required, cl::sub(command));
static cl::opt<std::string>
    output("output",
           cl::desc("Where results go: .npy for one output, .npz for several"),
           cl::value_desc("file"), cl::sub(command));
static cl::opt<std::string> isaLevel("isa", cl::desc("ISA level to run"),
                                     cl::value_desc("level"), cl::sub(command));
static cl::opt<bool> timeRuns("time", cl::desc("Measure runs of one sample"),
                              cl::sub(command));
static cl::opt<double> seconds("time-seconds",
                               cl::desc("How long to measure (default 0.5)"),
                               cl::value_desc("S"), cl::init(0.5),
                               cl::sub(command));
static cl::opt<int> threads("threads",
                            cl::desc("Threads that share the larger layers "
                                     "(default 1)"),
                            cl::value_desc("N"), cl::init(1), cl::sub(command));
static StateFlags stateFlags(command);
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::sub(command));

static SmallVector<ValueSpec> getSpecs(ArrayRef<ModelTensor> tensors) {
  SmallVector<ValueSpec> specs;
  for (const ModelTensor &tensor : tensors)
    specs.push_back({tensor.name, tensor.kind,
                     SmallVector<int64_t>(ArrayRef(tensor.shape))});
  return specs;
}

/// Stacks the results of all samples along a new first axis. An output that
/// begins with a batch of 1 gets no second one.
static HostTensor stack(const ValueSpec &spec, int64_t samples) {
  SmallVector<int64_t> shape{samples};
  ArrayRef<int64_t> rest = spec.shape;
  if (!rest.empty() && rest.front() == 1)
    rest = rest.drop_front();
  llvm::append_range(shape, rest);
  return HostTensor(spec.kind, shape, spec.name);
}

static llvm::Error write(ArrayRef<HostTensor> results) {
  if (results.size() == 1 && !StringRef(output).ends_with(".npz"))
    return writeNpy(output, results.front());
  return writeNpz(output, results);
}

/// Fails if results could not be written, before they are computed.
static llvm::Error checkOutput(size_t count) {
  if (output.empty())
    return llvm::Error::success(); // times alone
  llvm::sys::fs::file_status status;
  bool isFile = output != "-" && (llvm::sys::fs::status(output, status) ||
                                  llvm::sys::fs::is_regular_file(status));
  if (count != 1 && isFile && !StringRef(output).ends_with(".npz"))
    return makeError("'" + output + "': expected a .npz file for " +
                     llvm::Twine(count) + " outputs");
  return checkOutputPaths(NamedPath{"results", output},
                          {{"artefact", path}, {"samples", input}});
}

static llvm::Error run() {
  if (output.empty() && !timeRuns)
    return makeError("expected --output or --time");
  std::unique_ptr<LoadedModel> model;
  if (llvm::Error error = LoadedModel::load(path).moveInto(model))
    return error;
  if (llvm::Error error = checkOutput(model->getOutputs().size()))
    return error;
  if (threads < 1)
    return makeError("expected --threads of at least 1, found " +
                     llvm::Twine(threads));
  model->setThreads(threads);
  if (!isaLevel.empty())
    if (llvm::Error error = model->setLevel(StringRef(isaLevel).trim().lower()))
      return error;
  llvm::Expected<StateOptions> state = stateFlags.get();
  if (!state)
    return state.takeError();
  llvm::Expected<StateFeed> feed = StateFeed::find(
      *state, getSpecs(model->getInputs()), getSpecs(model->getOutputs()));
  if (!feed)
    return feed.takeError();
  llvm::Expected<ModelSamples> samples =
      ModelSamples::open(input, getSpecs(model->getInputs()), *feed);
  if (!samples)
    return samples.takeError();

  int64_t count = samples->getCount();
  if (!output.empty()) {
    std::vector<HostTensor> results, outputs;
    for (const ValueSpec &spec : getSpecs(model->getOutputs()))
      results.push_back(stack(spec, count));
    ProgressBar bar("running");
    ProgressMeter meter(count, bar);
    for (int64_t sample = 0; sample < count; ++sample) {
      std::vector<HostTensor> inputs = samples->get(sample);
      feed->feed(sample, outputs, inputs);
      if (llvm::Error error = model->run(inputs, outputs))
        return error;
      for (auto [result, tensor] : llvm::zip_equal(results, outputs))
        llvm::copy(tensor.bytes, result.bytes.begin() +
                                     sample * int64_t(tensor.bytes.size()));
      meter.advance();
    }
    if (llvm::Error error = write(results))
      return error;
  }

  llvm::json::Object report{{"samples", count},
                            {"isa", model->getLevel()},
                            {"threads", threads.getValue()}};
  // Results on the standard output stand there alone.
  raw_ostream &os = isStandardOutput(output) ? llvm::errs() : llvm::outs();
  if (timeRuns) {
    llvm::Expected<double> median = model->time(samples->get(0), seconds);
    if (!median)
      return median.takeError();
    report["median_us"] = *median;
    if (!json)
      os << llvm::format("%.2f us a run (median) on ", *median)
         << model->getLevel() << '\n';
  }
  if (json)
    os << llvm::json::Value(std::move(report)) << '\n';
  return llvm::Error::success();
}

const Command narrow::kRunCommand = {
    command,
    "narrow run model.so --input samples.npy --output results.npy --isa avx2",
    run};
