//===- FloatLayers.cpp - the float model's side of layers -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatLayers.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"

using namespace narrow;

static std::vector<float> readFloats(Value value) {
  ElementsAttr constant;
  if (!mlir::matchPattern(value, mlir::m_Constant(&constant)))
    return {};
  SmallVector<float> values = getFloats(constant);
  return std::vector<float>(values.begin(), values.end());
}

/// Returns what alone reads `value`, observers aside, or null.
static Operation *getOnlyReader(Value value) {
  Operation *reader = nullptr;
  for (Operation *user : value.getUsers()) {
    if (isa<fxp::ObserveOp>(user))
      continue;
    if (reader)
      return nullptr;
    reader = user;
  }
  return reader;
}

/// Returns the clamp that alone reads `value`, or null.
static Operation *getClamp(Value value) {
  Operation *reader = getOnlyReader(value);
  if (llvm::isa_and_nonnull<mlir::tosa::MaximumOp, mlir::tosa::MinimumOp>(
          reader)) {
    Value other = reader->getOperand(reader->getOperand(0) == value ? 1 : 0);
    return readFloats(other).empty() ? nullptr : reader;
  }
  return llvm::isa_and_nonnull<mlir::tosa::ClampOp>(reader) ? reader : nullptr;
}

template <typename AddOp>
Value narrow::getResidual(Value value) {
  Operation *reader = getOnlyReader(value);
  if (!llvm::isa_and_nonnull<AddOp>(reader))
    return {};
  Value other = reader->getOperand(reader->getOperand(0) == value ? 1 : 0);
  if (other == value ||
      getTensorType(other).getShape() != getTensorType(value).getShape())
    return {};
  return other;
}
template Value narrow::getResidual<fxp::AddOp>(Value);
template Value narrow::getResidual<mlir::tosa::AddOp>(Value);

FloatLayers::FloatLayers(ModuleOp original) {
  original.walk([&](Operation *op) {
    if (!isa<nn::Conv2DOp, nn::LinearOp>(op))
      return;
    FloatLayer layer{op, readFloats(op->getOperand(1)),
                     readFloats(op->getOperand(2)), Value()};
    if (layer.weights.empty() || layer.bias.empty())
      return;
    Value residual = getResidual<mlir::tosa::AddOp>(op->getResult(0));
    if (residual && readFloats(residual).empty())
      layer.residual = residual;
    for (Operation *named = op; named; named = getClamp(named->getResult(0)))
      if (StringRef name = findValueName(named->getResult(0)); !name.empty())
        byName.try_emplace(name, layers.size());
    layers.push_back(std::move(layer));
  });
}

const FloatLayer *FloatLayers::find(Operation *op) const {
  auto found = byName.find(findValueName(op->getResult(0)));
  return found == byName.end() ? nullptr : &layers[found->second];
}
