//===- VerifyCommand.cpp - narrow verify ----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFlags.h"
#include "QuantizationFlags.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Driver/Verify.h"
#include "narrow/Support/Error.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("verify", "Compare a model in fixed point with "
                                        "float, and its code with the "
                                        "reference");
static ModelFlags modelFlags(command);
static CalibrationFlags calibrationFlags(command);
static QuantizationFlags quantizationFlags(command);
static cl::opt<std::string>
    evaluation("eval",
               cl::desc("Samples to evaluate on, .npy or .npz, other than "
                        "those of --calib"),
               cl::value_desc("file"), cl::Required, cl::sub(command));
static cl::opt<std::string>
    labels("labels", cl::desc("Class of each evaluation sample, .npy"),
           cl::value_desc("file"), cl::sub(command));
static cl::list<std::string> detections(
    "detections", cl::CommaSeparated,
    cl::desc("Count the float model's detections that are kept: boxes=NAME, "
             "scores=NAME, background=K, threshold=T (0.5), iou=T (0.5), nms=T "
             "(0.5), form=corners|centre, priors=FILE"),
    cl::value_desc("boxes=B,scores=S,..."), cl::sub(command));
static cl::list<std::string> isaLevels(
    "isa", cl::CommaSeparated,
    cl::desc("Levels to compare with the reference interpreter, or all "
             "(default)"),
    cl::value_desc("a,b,..."), cl::sub(command));
static cl::opt<bool>
    emulate("emulate",
            cl::desc("Run levels that this CPU lacks with plain vector "
                     "arithmetic in place of their instructions"),
            cl::sub(command));
static cl::opt<int64_t>
    samples("samples",
            cl::desc("Samples on which levels are compared (default 16)"),
            cl::value_desc("N"), cl::init(16), cl::sub(command));
static cl::opt<int64_t> evalSamples("eval-samples",
                                    cl::desc("Evaluate only the first samples"),
                                    cl::value_desc("N"), cl::init(0),
                                    cl::sub(command));
static cl::opt<bool>
    interpret("interpret",
              cl::desc("Evaluate by the interpreter instead of compiled code"),
              cl::sub(command));
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::sub(command));
static cl::opt<bool> verbose("verbose",
                             cl::desc("Print every remark on the way"),
                             cl::sub(command));

static llvm::Expected<VerificationOptions> getOptions() {
  VerificationOptions options;
  if (auto error = modelFlags.get().moveInto(options.model))
    return error;
  if (auto error = calibrationFlags.get().moveInto(options.calibration))
    return error;
  if (auto error = quantizationFlags.get().moveInto(options.quantization))
    return error;
  options.evaluationPath = evaluation;
  options.labelsPath = labels;
  if (samples < 0 || evalSamples < 0)
    return makeError("expected a positive number of samples");
  options.comparedSamples = samples;
  if (evalSamples)
    options.evaluationLimit = evalSamples;
  if (!detections.empty())
    if (auto error =
            DetectionOptions::parse(detections).moveInto(options.detections))
      return error;
  options.interpret = interpret;
  options.emulate = emulate;
  if (isaLevels.empty() || llvm::is_contained(isaLevels, "all")) {
    for (const Target &target : getTargets())
      options.levels.push_back(&target);
    return options;
  }
  // Unlike those of an artefact, these may be of several families.
  for (const std::string &name : isaLevels) {
    auto targets = parseTargets({name});
    if (!targets)
      return targets.takeError();
    llvm::append_range(options.levels, *targets);
  }
  return options;
}

static llvm::Error run() {
  llvm::Expected<VerificationOptions> options = getOptions();
  if (!options)
    return options.takeError();
  CompilerContext context;
  std::unique_ptr<ProgressBar> bar;
  auto makeProgress = [&](StringRef label) -> ProgressBar & {
    bar.reset();
    bar = std::make_unique<ProgressBar>(label);
    return *bar;
  };
  llvm::Expected<VerificationReport> report =
      verifyModel(*options, context.get(), makeProgress);
  bar.reset();
  if (!report)
    return report.takeError();
  printMessages(report->messages, llvm::errs(), verbose);
  if (report->leakedSamples)
    llvm::errs() << "warning: " << report->leakedSamples << " of "
                 << report->logits.getNumSamples()
                 << " evaluation samples are among the calibration samples: "
                    "accuracy on them says nothing about new data\n";
  if (json)
    llvm::outs() << llvm::json::Value(report->toJson()) << '\n';
  else
    report->print(llvm::outs());
  for (const LevelComparison &comparison : report->levels)
    if (comparison.differing > 0)
      return makeError("level '" + comparison.level +
                       "' differs from the reference in " +
                       llvm::Twine(comparison.differing) + " elements");
  return llvm::Error::success();
}

const Command narrow::kVerifyCommand = {
    command,
    "narrow verify model.onnx --calib samples.npy --eval test.npy "
    "--labels labels.npy",
    run};
