//===- FloatGraph.cpp - reading the float graph ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/FloatGraph.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
namespace tosa = mlir::tosa;

bool narrow::isFloatTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF32();
}

SmallVector<Operation *> narrow::getReaders(Value value) {
  SmallVector<Operation *> readers;
  for (Operation *user : value.getUsers())
    if (!isa<fxp::ObserveOp>(user))
      readers.push_back(user);
  return readers;
}

ElementsAttr narrow::getConstant(Value value) {
  Attribute attribute;
  if (!value.getDefiningOp() ||
      !mlir::matchPattern(value, mlir::m_Constant(&attribute)))
    return {};
  return dyn_cast_or_null<ElementsAttr>(attribute);
}

std::optional<double> narrow::getSplat(Value value) {
  ElementsAttr constant = getConstant(value);
  if (!constant || !isFloatTensor(value.getType()) ||
      constant.getNumElements() == 0)
    return std::nullopt;
  SmallVector<float> values = getFloats(constant);
  if (!llvm::all_equal(values))
    return std::nullopt;
  return values.front();
}

std::optional<int64_t> Tail::getDivisor() const {
  double divisor = std::round(1 / factor);
  // 2^-22: twice the rounding of a reciprocal to f32.
  if (divisor < 1 || divisor > INT32_MAX ||
      std::abs(factor * divisor - 1) > 0x1p-22)
    return std::nullopt;
  return static_cast<int64_t>(divisor);
}

/// Folds `op`, the only reader of `tail.result`, into the tail. Returns false
/// if it cannot be.
static bool extend(Tail &tail, Operation *op, bool allowFactor) {
  if (auto clamp = dyn_cast<tosa::ClampOp>(op)) {
    auto low = dyn_cast<mlir::FloatAttr>(clamp.getMinVal());
    auto high = dyn_cast<mlir::FloatAttr>(clamp.getMaxVal());
    if (!low || !high)
      return false;
    // The later clamp wins where the two do not meet.
    double newLow = low.getValueAsDouble(), newHigh = high.getValueAsDouble();
    tail.low = std::clamp(tail.low, newLow, newHigh);
    tail.high = std::clamp(tail.high, newLow, newHigh);
    return true;
  }
  auto other = [&]() -> std::optional<double> {
    return getSplat(op->getOperand(op->getOperand(0) == tail.result ? 1 : 0));
  };
  if (isa<tosa::MaximumOp>(op)) {
    std::optional<double> bound = other();
    if (!bound)
      return false;
    tail.low = std::max(tail.low, *bound);
    tail.high = std::max(tail.high, *bound);
    return true;
  }
  if (isa<tosa::MinimumOp>(op)) {
    std::optional<double> bound = other();
    if (!bound)
      return false;
    tail.low = std::min(tail.low, *bound);
    tail.high = std::min(tail.high, *bound);
    return true;
  }
  if (isa<tosa::MulOp>(op) && allowFactor && !tail.hasClamp()) {
    std::optional<double> factor = other();
    if (!factor || !(*factor > 0))
      return false;
    tail.factor *= *factor;
    return true;
  }
  return false;
}

Tail narrow::getTail(Operation *op, bool allowFactor,
                     const KeepFloat &keepFloat) {
  Tail tail;
  tail.result = op->getResult(0);
  while (true) {
    SmallVector<Operation *> readers = getReaders(tail.result);
    Tail longer = tail;
    if (readers.size() != 1 || readers.front()->getNumResults() != 1 ||
        readers.front()->getResult(0).getType() != tail.result.getType() ||
        keepFloat.contains(readers.front()) ||
        !extend(longer, readers.front(), allowFactor) ||
        (isa<tosa::ReduceSumOp>(op) && !longer.getDivisor()))
      return tail;
    tail = std::move(longer);
    tail.ops.push_back(readers.front());
    tail.result = readers.front()->getResult(0);
  }
}
