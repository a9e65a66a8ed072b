//===- FormTable.cpp - what a network's forms cost and lose ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FormTable.h"

#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::search;

/// About how long the kernels of one module are measured, in seconds.
static constexpr double kTimingSeconds = 3;
/// The same for one in which a single layer is another.
static constexpr double kSchemeSeconds = 0.5;

/// Stores the weights of a module in another code, where that holds them.
static OwningOpRef<ModuleOp> storeWeights(ModuleOp module,
                                          fxp::WeightStorage code) {
  OwningOpRef<ModuleOp> copy = module.clone();
  for (const WeightedLayer &layer : findWeightedLayers(*copy)) {
    auto weights = layer.op->getOperand(1).getDefiningOp<fxp::ConstantOp>();
    if (!fxp::getBlock(weights) &&
        fxp::describeMisfit(code, getIntegers(weights.getValue())).empty())
      weights.setStorage(code);
  }
  return copy;
}

llvm::Error FormTable::measureForms() {
  auto measure = [&](ModuleOp module, ModuleCost &cost) {
    return measureCost(module, limits.targets, /*isExact=*/false)
        .moveInto(cost);
  };
  if (llvm::Error error = measure(*network.base.module, baseCost))
    return error;
  for (const NetworkScores::Uniform &other : network.uniform)
    for (fxp::WeightStorage code : getStorages(other.width)) {
      // As it is, layers that are given other weights among them.
      bool isOwn = code == fxp::getDefaultStorage(other.width.bits);
      ModuleOp own = *other.model.module;
      forms.push_back({getFormName(other.width, code),
                       code != fxp::WeightStorage::I8,
                       &other,
                       isOwn ? own.clone() : storeWeights(own, code),
                       {}});
      if (llvm::Error error = measure(*forms.back().module, forms.back().cost))
        return error;
    }
  for (const SchemeForm &form : network.schemes)
    if (llvm::Error error = measure(*form.module, schemeCosts.emplace_back()))
      return error;
  for (const ValueForm &value : network.values)
    if (llvm::Error error = measure(*value.module, valueCosts.emplace_back()))
      return error;
  return llvm::Error::success();
}

llvm::Error FormTable::timeForms() {
  if (llvm::Error error = checkNative(level))
    return error;
  if (llvm::Error error = times.prepareFile())
    return error;
  auto time = [&](ModuleOp module, const ModuleCost &cost,
                  double seconds = kTimingSeconds) -> llvm::Error {
    if (cost.findUnmeasured(times.model, level).empty())
      return llvm::Error::success();
    return timeKernels(module, level, seconds, /*isRenewed=*/false, times);
  };
  if (llvm::Error error = time(*network.base.module, baseCost))
    return error;
  for (const WeightForm &form : forms)
    if (llvm::Error error = time(*form.module, form.cost))
      return error;
  for (auto [form, cost] : llvm::zip_equal(network.schemes, schemeCosts))
    if (llvm::Error error = time(*form.module, cost, kSchemeSeconds))
      return error;
  if (llvm::Error error = timeValues())
    return error;
  return times.measured ? times.model.save(times.path) : llvm::Error::success();
}

llvm::Error FormTable::timeValues() {
  while (true) {
    SmallVector<StringRef> together;
    llvm::StringSet<> touched;
    for (auto [value, cost] : llvm::zip_equal(network.values, valueCosts)) {
      llvm::StringSet<> nodes = cost.findUnmeasured(times.model, level);
      auto isTouched = [&](StringRef node) { return touched.contains(node); };
      if (nodes.empty() || llvm::any_of(nodes.keys(), isTouched))
        continue;
      together.push_back(value.name);
      touched.insert(nodes.keys().begin(), nodes.keys().end());
    }
    if (together.empty())
      return llvm::Error::success();
    int64_t before = times.measured;
    llvm::Expected<QuantizedModel> wide = network.widen(together);
    if (!wide)
      return wide.takeError();
    if (llvm::Error error = timeKernels(*wide->module, level, kTimingSeconds,
                                        /*isRenewed=*/false, times))
      return error;
    // What is another kernel beside other wide values keeps its estimate.
    if (times.measured == before)
      return llvm::Error::success();
  }
}

void FormTable::price(BudgetReport &report) {
  auto price = [&](ModuleCost &cost) {
    cost.price(times.model, level);
    report.estimatedKernels = std::max(report.estimatedKernels, cost.estimated);
  };
  price(baseCost);
  for (WeightForm &form : forms)
    price(form.cost);
  for (ModuleCost &cost : schemeCosts)
    price(cost);
  for (ModuleCost &cost : valueCosts)
    price(cost);
}

llvm::Error FormTable::fill(BudgetReport &report) {
  std::string path =
      limits.timesPath.empty() ? getDefaultKernelTimesPath() : limits.timesPath;
  if (llvm::Error error = openKernelTimes(path, level).moveInto(times))
    return error;
  if (llvm::Error error = measureForms())
    return error;
  if (limits.timesKernels)
    if (llvm::Error error = timeForms())
      return error;
  price(report);
  fillLayers(report);
  fillValues();
  return llvm::Error::success();
}

void FormTable::fillLayers(BudgetReport &report) {
  for (double noise : network.scores.noise)
    table.noise.push_back(toAddable(noise));
  table.bytes = baseCost.bytes;
  table.us = baseCost.us;
  for (const WeightedLayer &layer : network.layers) {
    search::Layer &entry = table.layers.emplace_back();
    entry.name = layer.name;
    auto add = [&](StringRef form, const ModuleCost &cost, const Noise &noise) {
      Choice &choice = entry.choices.emplace_back();
      choice.name = form.str();
      choice.bytes = cost.bytesByNode.lookup(layer.node);
      choice.us = cost.usByNode.lookup(layer.node);
      // Fewer bits do no good: what looks like it is luck on these samples.
      for (auto [found, plain] : llvm::zip_equal(noise, table.noise))
        choice.noise.push_back(std::max(toAddable(found) - plain, 0.0));
    };
    add("w8", baseCost, network.scores.noise);
    table.bytes -= entry.choices.front().bytes;
    table.us -= entry.choices.front().us;
    for (const WeightForm &form : forms) {
      auto score = network.scores.layers.find(
          {layer.name, getFormName(form.from->width)});
      if (score == network.scores.layers.end())
        continue;
      add(form.name, form.cost, score->second);
      // The same weights in more bytes are for those that are read faster.
      const Choice &made = entry.choices.back();
      bool isUseless =
          llvm::any_of(llvm::drop_end(entry.choices), [&](const Choice &other) {
            return other.noise == made.noise && other.bytes <= made.bytes &&
                   other.us <= made.us;
          });
      if (isUseless && form.name != getFormName(form.from->width))
        entry.choices.pop_back();
    }
    addSchemes(entry);
    report.layersWithoutChoice += entry.choices.size() == 1;
  }
}

void FormTable::addSchemes(search::Layer &entry) const {
  const Choice plain = entry.choices.front();
  for (auto [form, cost] : llvm::zip_equal(network.schemes, schemeCosts)) {
    auto score = network.scores.layers.find({entry.name, form.form});
    if (form.layer != entry.name || score == network.scores.layers.end())
      continue;
    Choice &choice = entry.choices.emplace_back();
    choice.name = form.form;
    // Casts at its edges are kernels of other nodes.
    choice.bytes = plain.bytes + cost.bytes - baseCost.bytes;
    choice.us = plain.us + cost.us - baseCost.us;
    for (auto [found, own] : llvm::zip_equal(score->second, table.noise))
      choice.noise.push_back(toAddable(found) - own);
  }
}

void FormTable::fillValues() {
  for (auto [value, cost] : llvm::zip_equal(network.values, valueCosts)) {
    std::string name = getValueEntry(value.name);
    auto score = network.scores.layers.find({name, kWideForm.str()});
    if (score == network.scores.layers.end())
      continue;
    search::Layer &entry = table.layers.emplace_back();
    entry.name = std::move(name);
    entry.choices.resize(2);
    Choice &plain = entry.choices[0], &wide = entry.choices[1];
    plain.name = kPlainForm.str();
    plain.noise.assign(table.noise.size(), 0);
    wide.name = kWideForm.str();
    wide.bytes = cost.bytes - baseCost.bytes;
    wide.us = cost.us - baseCost.us;
    // More bits do no harm, on other samples.
    for (auto [found, own] : llvm::zip_equal(score->second, table.noise))
      wide.noise.push_back(std::min(toAddable(found) - own, 0.0));
    addConflicts(*value.module, table.layers.size() - 1);
  }
}

void FormTable::addConflicts(ModuleOp widened, unsigned entry) {
  llvm::StringSet<> wide;
  for (const WeightedLayer &layer : findWeightedLayers(widened))
    if (fxp::QuantView(layer.op->getOperand(0).getType()).getContainerBits() >
        8)
      wide.insert(layer.name);
  for (auto [index, layer] : llvm::enumerate(network.layers)) {
    if (!wide.contains(layer.name))
      continue;
    for (auto [choice, form] : llvm::enumerate(table.layers[index].choices))
      if (llvm::any_of(forms, [&, name = StringRef(form.name)](
                                  const WeightForm &weights) {
            return weights.isPacked && weights.name == name;
          }))
        table.conflicts.push_back({static_cast<unsigned>(index),
                                   static_cast<unsigned>(choice), entry, 1});
  }
}

llvm::Error FormTable::compile(ModuleOp quantized, Selection &selection,
                               bool isExact) {
  llvm::Expected<ModuleCost> cost =
      measureCost(quantized, limits.targets, isExact);
  if (!cost)
    return cost.takeError();
  cost->price(times.model, level);
  // Padding and tables do not add up by layers: the next plan is likely to be
  // off by as much.
  table.bytes += cost->bytes - selection.bytes;
  table.us += cost->us - selection.us;
  selection.bytes = cost->bytes;
  selection.us = cost->us;
  return llvm::Error::success();
}
