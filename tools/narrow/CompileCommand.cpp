//===- CompileCommand.cpp - narrow compile --------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BudgetFlags.h"
#include "Command.h"
#include "ModelFlags.h"
#include "QuantizationFlags.h"
#include "StripFlags.h"
#include "narrow/Driver/Compile.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("compile", "Compile a model to an object file "
                                         "and a C header");
static ModelFlags modelFlags(command);
static CalibrationFlags calibrationFlags(command);
static QuantizationFlags quantizationFlags(command);
static BudgetFlags budgetFlags(command);
static cl::opt<std::string>
    output("o",
           cl::desc("Artefact: .o, .so, .a, .ll, .s, or .mlir for the "
                    "fixed-point module (default: MODEL with .o)"),
           cl::value_desc("file"), cl::sub(command));
static cl::list<std::string>
    targets("target", cl::CommaSeparated,
            cl::desc("ISA levels, CPUs or a family that the artefact is for: "
                     "avx2,znver4, arm64; all, or native (default)"),
            cl::value_desc("a,b,..."), cl::sub(command));
static cl::opt<std::string> io("io",
                               cl::desc("Inputs and outputs: float (default) "
                                        "or quantized"),
                               cl::value_desc("kind"), cl::init("float"),
                               cl::sub(command));
static cl::opt<std::string>
    ioLayout("io-layout",
             cl::desc("Axis order of image inputs and outputs: nchw or nhwc "
                      "(default: as in the model)"),
             cl::value_desc("order"), cl::sub(command));
static StripFlags stripFlags(command);
static cl::opt<std::string>
    name("name",
         cl::desc("Prefix of the C symbols (default: from the output's name)"),
         cl::value_desc("identifier"), cl::sub(command));
static cl::opt<std::string>
    cache("cache",
          cl::desc("File of kernel times for a budget (default: "
                   "narrow/kernels.json in the user's cache directory)"),
          cl::value_desc("file"), cl::sub(command));
static cl::opt<std::string> report("report", cl::desc("Write a JSON report"),
                                   cl::value_desc("file"), cl::sub(command));
static cl::opt<bool> json("json", cl::desc("Print the report as JSON"),
                          cl::sub(command));
static cl::opt<bool> verbose("verbose",
                             cl::desc("Print every remark on the way"),
                             cl::sub(command));

static llvm::Expected<CompilationOptions> getOptions() {
  CompilationOptions options;
  if (auto error = modelFlags.get().moveInto(options.model))
    return error;
  if (auto error = calibrationFlags.get().moveInto(options.calibration))
    return error;
  if (auto error = quantizationFlags.get().moveInto(options.quantization))
    return error;
  if (auto error = budgetFlags.get().moveInto(options.budget))
    return error;
  if (auto error = parseTargets(targets).moveInto(options.targets))
    return error;
  options.budget.targets = options.targets;
  options.budget.timesPath = cache;
  if (cache.getNumOccurrences() && !options.budget.isGiven())
    return makeError("expected --max-bytes, --max-latency, --max-drop or "
                     "--front with --cache");
  if (auto error = budgetFlags.check(options.quantization))
    return error;
  options.isTargetNative =
      targets.empty() ||
      (targets.size() == 1 &&
       StringRef(targets.front()).trim().lower() == "native");
  // A module as text is the same for all of these.
  llvm::Error unused = llvm::Error::success();
  auto refuse = [&](const cl::Option &flag) {
    if (!unused && flag.getNumOccurrences())
      unused = makeError("'" + output + "': expected no --" + flag.ArgStr +
                         " for an output that ends in .mlir");
  };
  if (llvm::StringRef(output).ends_with(".mlir")) {
    refuse(targets);
    refuse(io);
    refuse(ioLayout);
    refuse(name);
  }
  if (unused)
    return std::move(unused);
  options.output = output;
  options.name = name;
  options.reportPath = report;
  if (io == "quantized") {
    options.io = InterfaceKind::Quantized;
    options.quantization.hasPlainCasts = true;
    if (!options.budget.schemes.empty())
      return makeError("expected no --forms beside static with --io quantized");
  } else if (io != "float") {
    return makeError("unknown --io '" + io + "': expected float or quantized");
  }
  if (auto error = stripFlags.get().moveInto(options.rowStrips))
    return error;
  if (ioLayout == "nchw")
    options.layout = InterfaceLayout::Nchw;
  else if (ioLayout == "nhwc")
    options.layout = InterfaceLayout::Nhwc;
  else if (!ioLayout.empty())
    return makeError("unknown --io-layout '" + ioLayout +
                     "': expected nchw or nhwc");
  return options;
}

static llvm::Error run() {
  llvm::Expected<CompilationOptions> options = getOptions();
  if (!options)
    return options.takeError();
  CompilerContext context;
  ProgressBar bar("calibrating"),
      search(options->budget.isGiven() ? "scoring" : "holding accuracy");
  OutputFiles files;
  llvm::Expected<CompilationReport> result =
      compileModel(*options, context.get(), files, bar, search);
  if (!result)
    return result.takeError();
  printMessages(result->messages, llvm::errs(), verbose);
  // A report on the standard output stands there alone.
  if (json)
    llvm::outs() << llvm::json::Value(result->toJson()) << '\n';
  else
    result->print(isStandardOutput(report) ? llvm::errs() : llvm::outs());
  // Nothing appears where the summary cannot be read.
  if (llvm::Error error = flushStandardOutput())
    return error;
  return files.commit();
}

const Command narrow::kCompileCommand = {
    command,
    "narrow compile model.onnx --calib samples.npy -o model.o "
    "--target avx2,avx512vnni --report report.json",
    run};
