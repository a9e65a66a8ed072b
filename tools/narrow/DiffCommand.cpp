//===- DiffCommand.cpp - narrow diff --------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFlags.h"
#include "QuantizationFlags.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Diff.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("diff", "Compare two executions tensor by "
                                      "tensor, and name where they part");
static cl::opt<std::string>
    left(cl::Positional, cl::Required,
         cl::desc("A: MODEL (in float), interpreter:MODEL, native:MODEL, "
                  "native=LEVEL:MODEL, onnxruntime:MODEL, or a dump (.npz)"),
         cl::sub(command));
static cl::opt<std::string>
    right(cl::Positional, cl::desc("B: as A; may be missing with --dump"),
          cl::sub(command));
static cl::opt<std::string>
    input("input",
          cl::desc("Samples, .npy or .npz; the first axis counts them"),
          cl::value_desc("file"), cl::sub(command));
static cl::opt<int64_t>
    samples("samples", cl::desc("Run only the first samples (default 4)"),
            cl::value_desc("N"), cl::init(4), cl::sub(command));
static cl::opt<double>
    floorOption("below",
                cl::desc("Name the first tensor under this signal-to-noise "
                         "ratio, in dB (default 20)"),
                cl::value_desc("DB"), cl::init(20), cl::sub(command));
static cl::opt<std::string> dump("dump",
                                 cl::desc("Write every tensor of A by name"),
                                 cl::value_desc("file.npz"), cl::sub(command));
static cl::opt<std::string>
    differences("differences",
                cl::desc("Write B - A of every tensor that both have"),
                cl::value_desc("file.npz"), cl::sub(command));
static cl::opt<std::string>
    python("python",
           cl::desc("The Python that has ONNX Runtime (default python3)"),
           cl::value_desc("program"), cl::init("python3"), cl::sub(command));
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::sub(command));
static ImportFlags importFlags(command);
static CalibrationFlags calibrationFlags(command);
static QuantizationFlags quantizationFlags(command);

static llvm::Expected<DumpOptions> getOptions() {
  DumpOptions options;
  if (auto error = importFlags.get("").moveInto(options.model))
    return error;
  if (auto error = calibrationFlags.get().moveInto(options.calibration))
    return error;
  if (auto error = quantizationFlags.get().moveInto(options.quantization))
    return error;
  if (samples < 1)
    return makeError("expected --samples of at least 1, found " +
                     llvm::Twine(samples));
  options.inputPath = input;
  options.samples = samples;
  options.python = python;
  return options;
}

/// Parses an execution; those of models need samples.
static llvm::Expected<Execution> parse(StringRef text) {
  llvm::Expected<Execution> execution = parseExecution(text);
  if (execution && execution->by != Execution::By::File && input.empty())
    return makeError("expected --input for '" + text + "'");
  return execution;
}

static llvm::Error run() {
  llvm::Expected<DumpOptions> options = getOptions();
  if (!options)
    return options.takeError();
  if (right.empty() && dump.empty())
    return makeError("expected two executions, or --dump for one");
  if (right.empty() && !differences.empty())
    return makeError("expected two executions for --differences");
  if (llvm::Error error = checkOutputPaths(
          {{"dump", dump}, {"differences", differences}}, {{"input", input}}))
    return error;
  CompilerContext context;
  SmallVector<TensorDump, 2> dumps;
  for (StringRef text : {StringRef(left), StringRef(right)}) {
    if (text.empty())
      continue;
    llvm::Expected<Execution> execution = parse(text);
    if (!execution)
      return execution.takeError();
    llvm::Expected<TensorDump> made =
        dumpExecution(*execution, *options, context.get());
    if (!made)
      return made.takeError();
    dumps.push_back(std::move(*made));
  }
  std::optional<DiffReport> report;
  if (dumps.size() == 2)
    if (llvm::Error error =
            findDifferences(dumps[0], dumps[1], floorOption).moveInto(report))
      return error;
  if (!dump.empty())
    if (llvm::Error error = writeTensorDump(dump, dumps.front()))
      return error;
  if (!differences.empty())
    if (llvm::Error error =
            writeTensorDump(differences, subtract(dumps[0], dumps[1])))
      return error;
  if (!report)
    return llvm::Error::success();
  if (json)
    llvm::outs() << llvm::json::Value(report->toJson()) << '\n';
  else
    report->print(llvm::outs());
  return llvm::Error::success();
}

const Command narrow::kDiffCommand = {
    command,
    "narrow diff model.onnx interpreter:model.onnx --calib samples.npy "
    "--input test.npy",
    run};
