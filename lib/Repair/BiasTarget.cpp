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
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringMap.h"

using namespace narrow;

static std::vector<float> readFloats(Value value) {
  ElementsAttr constant;
  if (!mlir::matchPattern(value, mlir::m_Constant(&constant)))
    return {};
  SmallVector<float> values = getFloats(constant);
  return std::vector<float>(values.begin(), values.end());
}

/// Returns the clamp that alone reads `value`, or null.
static Operation *getClamp(Value value) {
  if (!value.hasOneUse())
    return nullptr;
  Operation *reader = *value.user_begin();
  if (isa<mlir::tosa::MaximumOp, mlir::tosa::MinimumOp>(reader)) {
    Value other = reader->getOperand(reader->getOperand(0) == value ? 1 : 0);
    return readFloats(other).empty() ? nullptr : reader;
  }
  return isa<mlir::tosa::ClampOp>(reader) ? reader : nullptr;
}

BiasTarget &BiasTargets::add(Operation *layer, BiasTarget target) {
  for (Operation *op = layer; op; op = getClamp(op->getResult(0)))
    if (StringRef name = findValueName(op->getResult(0)); !name.empty())
      byName.try_emplace(name, targets.size());
  return targets.emplace_back(std::move(target));
}

llvm::Expected<BiasTargets> narrow::measureTargets(ModuleOp original,
                                                   int64_t numSamples,
                                                   GetSample getSample) {
  OwningOpRef<ModuleOp> copy = original.clone();
  BiasTargets targets;
  llvm::StringMap<size_t> inputs, residuals;
  SmallVector<Operation *> observers, layers;
  copy->walk([&](Operation *op) {
    if (isa<fxp::ObserveOp>(op))
      observers.push_back(op);
    else if (isa<nn::Conv2DOp, nn::LinearOp>(op))
      layers.push_back(op);
  });
  for (Operation *observe : observers)
    observe->erase();

  for (Operation *op : layers) {
    BiasTarget measured{readFloats(op->getOperand(1)),
                        readFloats(op->getOperand(2)),
                        PatchMean(getGeometry(op)),
                        {},
                        0};
    if (measured.weights.empty() || measured.bias.empty())
      continue;
    size_t index = targets.size();
    BiasTarget &target = targets.add(op, std::move(measured));
    OpBuilder builder(op);
    auto observe = [&](Value value, llvm::StringMap<size_t> &names,
                       StringRef prefix) {
      std::string name = (prefix + Twine(index)).str();
      names[name] = index;
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
            targets[input->second].patch.add(values);
          if (auto found = residuals.find(name); found != residuals.end()) {
            BiasTarget &target = targets[found->second];
            target.residual.add(values, target.residualChannels);
          }
        });
    if (error)
      return std::move(error);
  }
  return targets;
}
