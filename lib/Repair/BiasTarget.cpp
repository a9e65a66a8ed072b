//===- BiasTarget.cpp - what the float model says of a layer --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasTarget.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include <deque>

using namespace narrow;

static std::vector<float> readFloats(Value value) {
  ElementsAttr constant;
  if (!mlir::matchPattern(value, mlir::m_Constant(&constant)))
    return {};
  SmallVector<float> values = getFloats(constant);
  return std::vector<float>(values.begin(), values.end());
}

/// Returns the clamp that alone reads `value`, observers aside, or null.
static Operation *getClamp(Value value) {
  Operation *reader = nullptr;
  for (Operation *user : value.getUsers()) {
    if (isa<fxp::ObserveOp>(user))
      continue;
    if (reader)
      return nullptr;
    reader = user;
  }
  if (llvm::isa_and_nonnull<mlir::tosa::MaximumOp, mlir::tosa::MinimumOp>(
          reader)) {
    Value other = reader->getOperand(reader->getOperand(0) == value ? 1 : 0);
    return readFloats(other).empty() ? nullptr : reader;
  }
  return llvm::isa_and_nonnull<mlir::tosa::ClampOp>(reader) ? reader : nullptr;
}

void FloatFindings::add(Operation *layer, BiasTarget target) {
  for (Operation *op = layer; op; op = getClamp(op->getResult(0)))
    if (StringRef name = findValueName(op->getResult(0)); !name.empty())
      byName.try_emplace(name, targets.size());
  targets.push_back(std::move(target));
}

namespace {
/// Collects the means of one contraction.
struct Collector {
  std::vector<float> weights;
  PatchMean patch;
  ChannelMean residual;

  LayerMeans get(int64_t outputs) const {
    return {patch.multiply(weights, outputs), residual.get()};
  }
};
} // namespace

llvm::Expected<FloatFindings> narrow::measureFloat(ModuleOp original,
                                                   ArrayRef<Value> parts,
                                                   const SampleSplit &split,
                                                   GetSample getSample,
                                                   GetExecutor getExecutor) {
  FloatFindings findings;
  SmallVector<Operation *> layers;
  original.walk([&](Operation *op) {
    if (isa<nn::Conv2DOp, nn::LinearOp>(op))
      layers.push_back(op);
  });

  // One for each target; their places are known to the observers.
  std::deque<Collector> collectors;
  bool isTraining = true;
  FloatTaps taps(original);
  for (Operation *op : layers) {
    BiasTarget target{readFloats(op->getOperand(2)), {}, {}};
    std::vector<float> weights = readFloats(op->getOperand(1));
    if (weights.empty() || target.bias.empty())
      continue;
    findings.add(op, std::move(target));
    Collector &collector = collectors.emplace_back(
        Collector{std::move(weights), PatchMean(getGeometry(op)), {}});
    Value residual = getResidual<mlir::tosa::AddOp>(op->getResult(0));
    taps.add(op->getOperand(0), [&](ArrayRef<float> values) {
      if (isTraining)
        collector.patch.add(values);
    });
    if (!residual || !readFloats(residual).empty())
      continue;
    int64_t channels = getTensorType(residual).getShape().back();
    taps.add(residual, [&, channels](ArrayRef<float> values) {
      if (isTraining)
        collector.residual.add(values, channels);
    });
  }
  std::vector<std::vector<float>> found(parts.size());
  for (size_t i = 0; i < parts.size(); ++i)
    taps.add(parts[i], [&, i](ArrayRef<float> values) {
      found[i].assign(values.begin(), values.end());
    });

  if (llvm::Error error = taps.prepare(getExecutor))
    return std::move(error);
  auto collect = [&](LayerMeans BiasTarget::*means) {
    for (auto [target, collector] :
         llvm::zip_equal(findings.getTargets(), collectors))
      target.*means = collector.get(target.bias.size());
  };
  std::vector<HostTensor> sample;
  int64_t end = std::max(split.training, split.judgesEnd);
  for (int64_t i = 0; i < end; ++i) {
    isTraining = i < split.training;
    if (llvm::Error error = getSample(i, sample))
      return std::move(error);
    if (llvm::Error error = taps.run(sample))
      return std::move(error);
    if (i + 1 == split.judgesBegin)
      collect(&BiasTarget::first);
    if (i + 1 == split.training)
      collect(&BiasTarget::means);
    if (i >= split.judgesBegin && i < split.judgesEnd)
      findings.parts.push_back(found);
  }
  return std::move(findings);
}
