//===- PlanCommand.cpp - narrow plan --------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BudgetFlags.h"
#include "Command.h"
#include "ModelFlags.h"
#include "QuantizationFlags.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/KernelTimes.h"
#include "narrow/Driver/PlanModel.h"
#include "narrow/Driver/Targets.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("plan",
                              "Decide the type of every value and weight, into "
                              "a file that compile and verify obey");
static ModelFlags modelFlags(command);
static CalibrationFlags calibrationFlags(command);
static QuantizationFlags quantizationFlags(command);
static BudgetFlags budgetFlags(command);
static cl::opt<std::string> output("o", cl::desc("The plan's file"),
                                   cl::value_desc("file"), cl::Required,
                                   cl::sub(command));
static cl::opt<std::string> isaLevel("isa",
                                     cl::desc("ISA level whose times are "
                                              "predicted (default: the best "
                                              "this CPU runs)"),
                                     cl::value_desc("level"),
                                     cl::init("native"), cl::sub(command));
static cl::opt<std::string>
    cache("cache",
          cl::desc("File of kernel times (default: narrow/kernels.json in the "
                   "user's cache directory)"),
          cl::value_desc("file"), cl::sub(command));
static cl::opt<bool> measurePlans(
    "measure-plans",
    cl::desc("Quantise and judge the plan of a budget even where the file of "
             "scores predicts it"),
    cl::sub(command));
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::sub(command));
static cl::opt<bool> verbose("verbose",
                             cl::desc("Print every remark on the way"),
                             cl::sub(command));

static llvm::Error run() {
  PlanningRequest request;
  if (auto error = modelFlags.get().moveInto(request.model))
    return error;
  if (auto error = calibrationFlags.get().moveInto(request.calibration))
    return error;
  if (auto error = quantizationFlags.get().moveInto(request.quantization))
    return error;
  if (auto error = budgetFlags.get().moveInto(request.budget))
    return error;
  if (auto error = budgetFlags.check(request.quantization))
    return error;
  request.budget.measuresPlans = measurePlans;
  if (measurePlans && request.budget.scoresPath.empty())
    return makeError("expected --scores with --measure-plans");
  if (auto error = parseTarget(isaLevel).moveInto(request.level))
    return error;
  request.kernelTimesPath =
      cache.empty() ? getDefaultKernelTimesPath() : std::string(cache);
  request.output = output;
  CompilerContext context;
  ProgressBar bar("calibrating"),
      search(request.budget.isGiven() ? "scoring" : "holding accuracy");
  OutputFiles files;
  llvm::Expected<PlanningReport> report =
      planModel(request, context.get(), files, bar, search);
  if (!report)
    return report.takeError();
  printMessages(report->messages, llvm::errs(), verbose);
  if (json)
    llvm::outs() << llvm::json::Value(report->toJson()) << '\n';
  else
    report->print(isStandardOutput(output) ? llvm::errs() : llvm::outs());
  if (llvm::Error error = flushStandardOutput())
    return error;
  return files.commit();
}

const Command narrow::kPlanCommand = {
    command,
    "narrow plan model.onnx --calib samples.npy -o model.plan\n"
    "  narrow compile model.onnx --calib samples.npy --plan model.plan -o "
    "model.o",
    run};
