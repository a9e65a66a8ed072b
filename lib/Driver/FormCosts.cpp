//===- FormCosts.cpp - bytes and microseconds of a module -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FormCosts.h"

#include "narrow/Driver/Diagnostics.h"
#include "narrow/Object/Compile.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/ScratchDirectory.h"

using namespace narrow;

const Target &narrow::getBestLevel(ArrayRef<const Target *> targets) {
  return **llvm::max_element(targets, [](const Target *a, const Target *b) {
    return a->rank < b->rank;
  });
}

void ModuleCost::price(const cost::CostModel &times, const Target &level) {
  us = 0;
  estimated = 0;
  usByNode.clear();
  for (const auto &[node, features] : kernels) {
    cost::Cost found = times.get(features, level);
    us += found.us;
    usByNode[node] += found.us;
    estimated += !found.isMeasured;
  }
}

llvm::StringSet<> ModuleCost::findUnmeasured(const cost::CostModel &times,
                                             const Target &level) const {
  llvm::StringSet<> nodes;
  for (const auto &[node, features] : kernels)
    if (!times.contains(level.qualifiedName(), features.key))
      nodes.insert(node);
  return nodes;
}

llvm::Expected<ModuleCost> narrow::measureCost(ModuleOp module,
                                               ArrayRef<const Target *> targets,
                                               bool isExact) {
  llvm::Expected<ScratchDirectory> directory = ScratchDirectory::create();
  if (!directory)
    return directory.takeError();
  CompileOptions options;
  llvm::append_range(options.targets, targets);
  if (isExact)
    options.outputPath = directory->file("model.o");
  // A kernel in strips has no time of its own in the model.
  options.rowStrips = false;
  CompileStats stats;
  // What it remarks is said when the chosen plan is compiled.
  DiagnosticCollector diagnostics(*module.getContext());
  if (llvm::Error error = compileToObject(module, options, &stats)) {
    if (!diagnostics.hasErrors())
      return std::move(error);
    llvm::consumeError(std::move(error));
    return diagnostics.takeError("");
  }
  ModuleCost cost;
  cost.bytes = stats.constantBytes;
  for (const CallStats &call : stats.calls) {
    cost.bytesByNode[call.node] += call.constantBytes;
    if (!call.features.key.empty())
      cost.kernels.emplace_back(call.node, call.features);
  }
  return cost;
}
