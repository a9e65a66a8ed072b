//===- Suspects.cpp - which operations lose the signal --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Suspects.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Driver/Model.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/SetVector.h"
#include <cmath>

using namespace narrow;

/// More than this is as good as exact, in dB.
static constexpr double kMostSqnr = 60;

namespace {
/// The observed values of the float model, by name, for each sample.
using FloatValues = llvm::StringMap<std::vector<std::vector<float>>>;

/// Compares every value that has a name with the float model's when it is read.
struct Comparison : LayerVisitor {
  explicit Comparison(const FloatValues &wanted) : wanted(wanted) {}

  bool wants(Operation *op) override { return true; }

  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    for (Value value : op->getOperands())
      compare(value, walk);
    return llvm::Error::success();
  }

  const FloatValues &wanted;
  llvm::StringMap<double> sqnr;

private:
  void compare(Value value, LayerWalk &walk) {
    StringRef name = findValueName(value);
    auto samples = wanted.find(name);
    const SampleTensors *found = walk.find(value);
    if (samples == wanted.end() || !found || sqnr.count(name))
      return;
    double squares = 0, errors = 0;
    for (auto [index, elements] : llvm::enumerate(samples->second)) {
      const reference::Tensor &tensor =
          (*found)[found->size() == 1 ? 0 : index];
      if (tensor.getType().getNumElements() !=
          static_cast<int64_t>(elements.size()))
        return;
      std::vector<float> reals = tensor.getReals();
      for (size_t i = 0; i < elements.size(); ++i) {
        double error = double(elements[i]) - reals[i];
        squares += double(elements[i]) * elements[i];
        errors += error * error;
      }
    }
    sqnr[name] = !(squares > 0) || errors == 0
                     ? kMostSqnr
                     : std::min(kMostSqnr, 10 * std::log10(squares / errors));
  }
};
} // namespace

static llvm::Expected<FloatValues>
runFloat(int64_t numSamples, GetSample getSample, GetExecutor getExecutor) {
  llvm::Expected<const FloatExecutor *> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  FloatValues values;
  std::vector<HostTensor> inputs, outputs;
  for (int64_t i = 0; i < numSamples; ++i) {
    if (llvm::Error error = getSample(i, inputs))
      return std::move(error);
    if (llvm::Error error = (*executor)->run(
            inputs, outputs, [&](StringRef name, ArrayRef<float> elements) {
              values[name].emplace_back(elements.begin(), elements.end());
            }))
      return std::move(error);
  }
  return values;
}

/// Adds the names of compared values that `value` is computed from, itself or
/// through others, which are added to `between`.
static void addSources(Value value, const llvm::StringMap<double> &sqnr,
                       llvm::SetVector<Value> &seen,
                       llvm::SetVector<StringRef> &names,
                       llvm::SetVector<StringRef> &between) {
  Operation *op = value.getDefiningOp();
  if (!seen.insert(value) ||
      (op && op->hasTrait<mlir::OpTrait::ConstantLike>()))
    return;
  StringRef name = findValueName(value);
  if (sqnr.count(name)) {
    names.insert(name);
    return;
  }
  if (op && !name.empty())
    between.insert(name);
  if (op)
    for (Value operand : op->getOperands())
      addSources(operand, sqnr, seen, names, between);
}

/// Returns the operations that `parts` are computed by.
static llvm::DenseSet<Operation *> findMakers(ArrayRef<Value> parts) {
  llvm::DenseSet<Operation *> makers;
  SmallVector<Value> work(parts);
  while (!work.empty())
    if (Operation *op = work.pop_back_val().getDefiningOp();
        op && makers.insert(op).second)
      llvm::append_range(work, op->getOperands());
  return makers;
}

llvm::Expected<std::vector<Suspect>>
narrow::findSuspects(ModuleOp observed, ModuleOp quantized,
                     ArrayRef<Value> parts, int64_t numSamples,
                     GetSample getSample, GetExecutor getExecutor) {
  llvm::Expected<FloatValues> wanted =
      runFloat(numSamples, getSample, getExecutor);
  if (!wanted)
    return wanted.takeError();
  Comparison comparison(*wanted);
  if (llvm::Error error = LayerWalk(getMainFunction(quantized))
                              .run(numSamples, getSample, comparison))
    return std::move(error);
  llvm::DenseSet<Operation *> makers = findMakers(parts);
  std::vector<Suspect> suspects;
  getMainFunction(observed).walk([&](Operation *op) {
    if (!makers.contains(op) || op->hasTrait<mlir::OpTrait::ConstantLike>())
      return;
    // Of several results the worst counts.
    auto own = comparison.sqnr.end();
    for (Value result : op->getResults()) {
      auto found = comparison.sqnr.find(findValueName(result));
      if (found != comparison.sqnr.end() &&
          (own == comparison.sqnr.end() || found->second < own->second))
        own = found;
    }
    if (own == comparison.sqnr.end())
      return;
    llvm::SetVector<Value> seen;
    llvm::SetVector<StringRef> sources, between;
    for (Value operand : op->getOperands())
      addSources(operand, comparison.sqnr, seen, sources, between);
    double before = kMostSqnr;
    Suspect suspect{own->first().str(), {}, {}, own->second};
    for (StringRef source : sources) {
      before = std::min(before, comparison.sqnr.lookup(source));
      suspect.sources.push_back(source.str());
    }
    for (StringRef inner : between)
      suspect.between.push_back(inner.str());
    suspect.loss = before - own->second;
    suspect.added =
        std::pow(10, -own->second / 10) - std::pow(10, -before / 10);
    suspects.push_back(std::move(suspect));
  });
  llvm::sort(suspects, [](const Suspect &a, const Suspect &b) {
    return std::tie(b.added, a.name) < std::tie(a.added, b.name);
  });
  return suspects;
}
