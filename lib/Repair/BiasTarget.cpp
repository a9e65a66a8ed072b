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
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/StringMap.h"

using namespace narrow;

static std::vector<float> readFloats(Value value) {
  ElementsAttr constant;
  if (!mlir::matchPattern(value, mlir::m_Constant(&constant)))
    return {};
  SmallVector<float> values = getFloats(constant);
  return std::vector<float>(values.begin(), values.end());
}

llvm::Expected<DenseMap<int64_t, BiasTarget>>
narrow::measureTargets(ModuleOp original, int64_t numSamples,
                       GetSample getSample) {
  OwningOpRef<ModuleOp> copy = original.clone();
  DenseMap<int64_t, BiasTarget> targets;
  llvm::StringMap<int64_t> inputs, residuals;
  SmallVector<Operation *> observers;
  copy->walk([&](fxp::ObserveOp observe) { observers.push_back(observe); });
  for (Operation *observe : observers)
    observe->erase();

  SmallVector<Operation *> contractions;
  copy->walk([&](Operation *op) {
    if (isa<nn::Conv2DOp, nn::TransposedConv2DOp, nn::LinearOp, nn::MatMulOp>(
            op))
      contractions.push_back(op);
  });
  for (int64_t ordinal = 0, end = contractions.size(); ordinal < end;
       ++ordinal) {
    Operation *op = contractions[ordinal];
    if (!isa<nn::Conv2DOp, nn::LinearOp>(op))
      continue;
    BiasTarget target{readFloats(op->getOperand(1)),
                      readFloats(op->getOperand(2)),
                      PatchMean(getGeometry(op)),
                      {},
                      0};
    if (target.weights.empty() || target.bias.empty())
      continue;
    OpBuilder builder(op);
    auto observe = [&](Value value, llvm::StringMap<int64_t> &names,
                       StringRef prefix) {
      std::string name = (prefix + Twine(ordinal)).str();
      names[name] = ordinal;
      builder.setInsertionPointAfterValue(value);
      fxp::ObserveOp::create(builder, op->getLoc(), value, name,
                             mlir::DenseF64ArrayAttr(), mlir::TypeAttr());
    };
    observe(op->getOperand(0), inputs, "input.");
    Value residual = getResidual<mlir::tosa::AddOp>(op->getResult(0));
    if (residual && !readFloats(residual).empty())
      residual = {};
    if (residual) {
      target.residualChannels = getTensorType(residual).getShape().back();
      observe(residual, residuals, "residual.");
    }
    targets.try_emplace(ordinal, std::move(target));
  }

  llvm::Expected<std::unique_ptr<FloatExecutor>> executor =
      FloatExecutor::create(*copy);
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> sample, outputs;
  for (int64_t i = 0; i < numSamples; ++i) {
    if (llvm::Error error = getSample(i, sample))
      return std::move(error);
    llvm::Error error = (*executor)->run(
        sample, outputs, [&](StringRef name, ArrayRef<float> values) {
          if (auto input = inputs.find(name); input != inputs.end())
            targets.find(input->second)->second.patch.add(values);
          if (auto found = residuals.find(name); found != residuals.end()) {
            BiasTarget &target = targets.find(found->second)->second;
            target.residual.add(values, target.residualChannels);
          }
        });
    if (error)
      return std::move(error);
  }
  return targets;
}
