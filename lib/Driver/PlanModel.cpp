//===- PlanModel.cpp - a model's plan into a file -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/PlanModel.h"

#include "PlanTimes.h"

#include "narrow/Cost/CostModel.h"
#include "narrow/Driver/Session.h"
#include "narrow/Plan/PlanFile.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/Text.h"
#include "llvm/Support/Format.h"

#include <map>

using namespace narrow;
using llvm::json::Object;

/// Plans without calibrating and quantising where an earlier search left all
/// that this takes.
static llvm::Expected<std::optional<PlanningReport>>
answerFromScores(const PlanningRequest &request, Session &session) {
  auto answer = session.answerBudget();
  if (!answer)
    return answer.takeError();
  if (!*answer)
    return std::nullopt;
  PlanningReport report;
  report.output = request.output;
  report.level = request.level->qualifiedName();
  report.plan = std::move((*answer)->plan);
  report.predictedUs = (*answer)->predictedUs;
  report.budget = std::move((*answer)->report);
  report.messages = session.getMessages();
  return std::optional<PlanningReport>(std::move(report));
}

llvm::Expected<PlanningReport> narrow::planModel(const PlanningRequest &request,
                                                 MLIRContext &context,
                                                 OutputFiles &files,
                                                 ProgressCallback progress,
                                                 ProgressCallback search) {
  if (llvm::Error error =
          checkOutputPaths({{"plan", request.output},
                            {"scores", request.budget.scoresPath},
                            {"front", request.budget.frontPath}},
                           {{"model", request.model.path},
                            {"samples", request.calibration.samplesPath},
                            {"statistics", request.calibration.statisticsPath},
                            {"kernel times", request.kernelTimesPath}}))
    return std::move(error);
  llvm::Expected<cost::CostModel> costs =
      cost::CostModel::load(request.kernelTimesPath);
  if (!costs)
    return costs.takeError();
  SessionOptions options{request.model, request.calibration,
                         request.quantization};
  options.budget = request.budget;
  options.budget.targets = {request.level};
  options.budget.timesPath = request.kernelTimesPath;
  // Corrected biases change no type, but what is judged.
  options.judges =
      request.quantization.holdsAccuracy || request.budget.isGiven();
  if (!options.judges)
    options.quantization.biasSamples = 0;
  Session session(std::move(options), context);
  llvm::Expected<bool> isFixed = session.isFixedPoint();
  if (!isFixed)
    return isFixed.takeError();
  if (*isFixed)
    return makeError("'" + request.model.path +
                     "': expected a model in float, found a module in fixed "
                     "point");
  llvm::Expected<std::optional<PlanningReport>> known =
      answerFromScores(request, session);
  if (!known)
    return known.takeError();
  if (*known) {
    if (llvm::Error error =
            files.add(request.output, printPlan((*known)->plan)))
      return std::move(error);
    return std::move(**known);
  }
  llvm::Expected<const QuantizedModel *> quantized =
      session.getQuantized(progress, search);
  if (!quantized)
    return quantized.takeError();
  PlanningReport report;
  report.output = request.output;
  report.level = request.level->qualifiedName();
  report.plan = (*quantized)->plan;
  report.accuracy = (*quantized)->accuracy;
  report.budget = (*quantized)->budget;
  report.messages = session.getMessages();
  llvm::Expected<ModuleOp> observed = session.getQuantizedFrom();
  if (!observed)
    return observed.takeError();
  report.plan.model = hashGraph(*observed);
  report.predictedUs =
      predictTimes(*(*quantized)->module, *costs, *request.level, report.plan);
  if (llvm::Error error = session.addStatistics(files))
    return std::move(error);
  if (llvm::Error error = addFront(report.budget, request.budget, files))
    return std::move(error);
  if (llvm::Error error = files.add(request.output, printPlan(report.plan)))
    return std::move(error);
  return report;
}

/// Counts entries by what they are stored as.
static std::map<std::string, int64_t> countValues(const Plan &plan) {
  std::map<std::string, int64_t> counts;
  for (const ValuePlan &value : plan.values)
    ++counts[value.storage];
  return counts;
}

static std::map<std::string, int64_t> countLayers(const Plan &plan) {
  std::map<std::string, int64_t> counts;
  for (const LayerPlan &layer : plan.layers)
    ++counts[layer.isFloat ? "float"
                           : fxp::stringifyWeightStorage(layer.storage).str()];
  return counts;
}

static int64_t countBytes(const Plan &plan) {
  int64_t bytes = 0;
  for (const LayerPlan &layer : plan.layers)
    bytes += layer.isFloat ? 4 * layer.weights : layer.bytes;
  return bytes;
}

/// Counts values and layers by the reasons for what they are stored as.
static std::map<std::string, int64_t> countReasons(const Plan &plan) {
  std::map<std::string, int64_t> counts;
  for (const ValuePlan &value : plan.values)
    ++counts[value.reason];
  for (const LayerPlan &layer : plan.layers)
    ++counts[layer.reason];
  for (const FloatPlan &kept : plan.floats)
    ++counts[kept.reason];
  return counts;
}

static int64_t countMacs(const Plan &plan) {
  int64_t macs = 0;
  for (const LayerPlan &layer : plan.layers)
    macs += layer.macs;
  return macs;
}

Object narrow::summarizePlan(const Plan &plan) {
  auto toObject = [](const std::map<std::string, int64_t> &counts) {
    Object object;
    for (const auto &[name, count] : counts)
      object[name] = count;
    return object;
  };
  return Object{{"values", toObject(countValues(plan))},
                {"layers", toObject(countLayers(plan))},
                {"reasons", toObject(countReasons(plan))},
                {"weight_bytes", countBytes(plan)},
                {"macs", countMacs(plan)}};
}

Object PlanningReport::toJson() const {
  Object object = summarizePlan(plan);
  object["output"] = llvm::json::fixUTF8(output);
  object["isa"] = level;
  object["predicted_us"] = predictedUs;
  if (accuracy.judges)
    object["accuracy"] = accuracy.toJson();
  if (budget)
    object["budget"] = budget->toJson();
  return object;
}

void PlanningReport::print(raw_ostream &os) const {
  auto list = [&](const std::map<std::string, int64_t> &counts) {
    llvm::interleaveComma(counts, os, [&](const auto &entry) {
      os << entry.second << ' ' << entry.first;
    });
  };
  os << escapeControls(output) << ": " << plan.values.size() << " values (";
  list(countValues(plan));
  os << "), " << plan.layers.size() << " layers (";
  list(countLayers(plan));
  os << "), " << countBytes(plan) << " bytes of weights, "
     << llvm::format("%.1f us predicted on ", predictedUs) << level << '\n';
  accuracy.print(os);
  if (budget)
    budget->print(os);
}
