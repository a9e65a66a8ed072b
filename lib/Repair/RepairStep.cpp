//===- RepairStep.cpp - accuracy repaired on samples ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/RepairStep.h"
#include "JudgedNetwork.h"
#include "ScalableLayers.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <cmath>

using namespace narrow;

RepairStep::~RepairStep() = default;

double RepairReport::getGain() const {
  return errorBefore > 0 && error > 0 ? 20 * std::log10(errorBefore / error)
                                      : 0;
}

std::optional<LayerState> LayerState::get(Operation *op) {
  if (!isWeightedLayer(op)) {
    LayerState state;
    state.resultType = cast<RankedTensorType>(op->getResult(0).getType());
    state.attributes = op->getAttrDictionary();
    return state;
  }
  auto weights = op->getOperand(1).getDefiningOp<fxp::ConstantOp>();
  auto bias = op->getOperand(2).getDefiningOp<fxp::ConstantOp>();
  auto requant = op->getAttrOfType<fxp::RequantAttr>("requant");
  if (!weights || !bias || !requant)
    return std::nullopt;
  return LayerState{cast<RankedTensorType>(weights.getType()),
                    cast<RankedTensorType>(op->getResult(0).getType()),
                    weights.getValue(),
                    bias.getValue(),
                    requant,
                    {}};
}

/// Gives `op` another constant operand.
static void setConstant(Operation *op, unsigned index, Type type,
                        ElementsAttr values) {
  OpBuilder builder(op);
  auto old = op->getOperand(index).getDefiningOp<fxp::ConstantOp>();
  auto constant = fxp::ConstantOp::create(builder, op->getLoc(), type, values);
  // Weights stay in the code that they are planned in.
  std::optional<fxp::WeightStorage> code =
      old ? old.getStorage() : std::nullopt;
  if (int64_t block = old ? fxp::getBlock(old) : 0) {
    constant.setStorage(*code);
    fxp::setBlock(constant, block);
  } else if (code && fxp::describeMisfit(*code, getIntegers(values)).empty()) {
    constant.setStorage(*code);
  }
  op->setOperand(index, constant.getResult());
  if (old && old->use_empty())
    old.erase();
}

void LayerState::apply(Operation *op) const {
  op->getResult(0).setType(resultType);
  if (!hasWeights()) {
    op->setAttrs(attributes);
    return;
  }
  auto old = op->getOperand(1).getDefiningOp<fxp::ConstantOp>();
  if (old.getType() != weightsType || old.getValue() != weights)
    setConstant(op, 1, weightsType, weights);
  setConstant(op, 2, op->getOperand(2).getType(), bias);
  op->setAttr("requant", requant);
}

static RepairSteps makeSteps() {
  RepairSteps steps;
  steps.push_back(createAlignInputs());
  steps.push_back(createCorrectBias());
  steps.push_back(createScaleChannels());
  steps.push_back(createBalanceChannels());
  steps.push_back(createRoundWeights());
  steps.push_back(createFitWeights());
  return steps;
}

std::optional<RepairSteps> narrow::getRepairSteps(StringRef name) {
  RepairSteps steps = makeSteps();
  if (name == "all")
    return steps;
  if (name == "none")
    return RepairSteps();
  SmallVector<StringRef> names;
  name.split(names, ',');
  for (StringRef wanted : names)
    if (llvm::none_of(steps, [&](const std::unique_ptr<RepairStep> &step) {
          return step->getName() == wanted;
        }))
      return std::nullopt;
  llvm::erase_if(steps, [&](const std::unique_ptr<RepairStep> &step) {
    return !llvm::is_contained(names, step->getName());
  });
  return steps;
}

std::string narrow::withoutTypeChanges(StringRef name) {
  std::optional<RepairSteps> steps = getRepairSteps(name);
  if (!steps)
    return name.str();
  SmallVector<StringRef> names;
  for (const std::unique_ptr<RepairStep> &step : *steps)
    if (!step->changesTypes())
      names.push_back(step->getName());
  return names.empty() ? "none" : llvm::join(names, ",");
}

std::string narrow::getRepairNames() {
  std::string names = "none, ";
  for (const std::unique_ptr<RepairStep> &step : makeSteps())
    names += (step->getName() + ", ").str();
  return names + "all";
}

static llvm::Error runStep(RepairStep &step, const RepairContext &context,
                           JudgedNetwork &judged, RepairReport &report) {
  ModuleOp quantized = context.quantized;
  for (auto function : quantized.getOps<mlir::func::FuncOp>()) {
    if (function.isExternal() || !llvm::hasSingleElement(function.getBody()))
      continue;
    llvm::Expected<SmallVector<RepairedLayer>> layers =
        step.run(function, context, report);
    if (!layers)
      return layers.takeError();
    report.changed += llvm::count_if(*layers, [](const RepairedLayer &layer) {
      return layer.before.hasWeights();
    });
    if (!judged.hasJudges() || layers->empty())
      continue;
    llvm::Expected<llvm::BitVector> kept = judged.follow(step, *layers, report);
    if (!kept)
      return kept.takeError();
    for (auto [index, layer] : llvm::enumerate(*layers)) {
      if (kept->test(index))
        continue;
      layer.before.apply(layer.op);
      if (!layer.before.hasWeights())
        continue;
      report.undone.push_back(layer.op);
      --report.changed;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<RepairReport>>
narrow::repair(const RepairSteps &steps, const RepairContext &context) {
  std::vector<RepairReport> reports;
  if (steps.empty())
    return reports;
  // Steps ask the float model the same, in the same ways.
  KeptExecutors executors;
  KeptRuns runs;
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  llvm::Expected<JudgedNetwork> judged = JudgedNetwork::create(context);
  if (!judged)
    return judged.takeError();
  for (const std::unique_ptr<RepairStep> &step : steps) {
    RepairReport &report = reports.emplace_back();
    report.name = step->getName().str();
    if (llvm::Error error = runStep(*step, context, *judged, report))
      return std::move(error);
    Clock::time_point end = Clock::now();
    report.seconds = std::chrono::duration<double>(end - start).count();
    start = end;
    // What found nothing to do and asked nobody says nothing.
    if (!step->isJudged() && !report.changed && report.left.empty())
      reports.pop_back();
  }
  return reports;
}
