//===- ReadPlan.cpp - what planned attributes say -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/Plan.h"
#include "narrow/Plan/Scheme.h"
#include "narrow/Plan/StreamType.h"
#include "narrow/Plan/WeightPlan.h"

using namespace narrow;
using mlir::quant::UniformQuantizedType;

/// Returns the bytes of `count` weights in channels as planned, without
/// padding.
static int64_t countBytes(const LayerPlan &plan, int64_t count) {
  switch (plan.storage) {
  case fxp::WeightStorage::I8:
    return count;
  case fxp::WeightStorage::I4:
    return (count + 1) / 2 +
           (plan.block ? (count / plan.block + 1) / 2 : int64_t(0));
  case fxp::WeightStorage::I2:
    return (count + 3) / 4;
  case fxp::WeightStorage::Lut4:
    return (count + 1) / 2 + 16;
  case fxp::WeightStorage::Lut2:
    return (count + 3) / 4 + 4;
  case fxp::WeightStorage::I16:
    return 2 * count;
  }
  return 0;
}

static LayerPlan readLayer(const NamedLayer &layer) {
  LayerPlan plan;
  plan.name = layer.name;
  fxp::WeightsAttr weights = getWeightPlan(layer.op, fxp::RequantMode::Q15);
  plan.storage = weights.getStorage();
  plan.bits = weights.getBits();
  plan.granularity = weights.getGranularity();
  plan.block = weights.getBlock();
  plan.rounding = weights.getRounding();
  plan.fullRange = weights.getFullRange();
  plan.pow2 = weights.getPow2();
  plan.requant = weights.getRequant();
  plan.scheme = findScheme(layer.op);
  plan.op = layer.op->getName().stripDialect().str();
  plan.weights = cast<RankedTensorType>(getLayerWeights(layer.op).getType())
                     .getNumElements();
  plan.bytes = countBytes(plan, plan.weights);
  plan.macs = countMacs(layer.op);
  return plan;
}

/// Returns a type as plans write it; nothing where they do not.
static std::optional<StoredPlan> readType(Type type) {
  auto uniform = dyn_cast<UniformQuantizedType>(type);
  unsigned bits = uniform ? uniform.getStorageTypeIntegralWidth() : 0;
  std::string storage =
      (uniform && uniform.isSigned() ? "i" : "u") + std::to_string(bits);
  if (!uniform || uniform.hasStorageTypeBounds() || !parseStorage(storage))
    return std::nullopt;
  return StoredPlan{storage, uniform.getScale(), uniform.getZeroPoint()};
}

static ValuePlan readValue(fxp::ObserveOp observe) {
  ValuePlan plan;
  plan.name = observe.getName().str();
  auto reason = observe->getAttrOfType<mlir::StringAttr>(kReasonAttr);
  plan.reason = reason ? reason.str() : "plain";
  std::optional<Type> type = observe.getType();
  if (!type) {
    plan.storage = "none";
    plan.reason = observe.getNotFinite() ? "not-finite" : "no-range";
    return plan;
  }
  std::optional<StoredPlan> stored = readType(*type);
  if (!stored) {
    plan.storage = "given";
    return plan;
  }
  plan.storage = stored->storage;
  plan.scale = stored->scale;
  plan.zeroPoint = stored->zeroPoint;
  if (auto read = observe->getAttrOfType<mlir::TypeAttr>(kLayerTypeAttr))
    plan.layers = readType(read.getValue());
  return plan;
}

Plan narrow::readPlan(ModuleOp planned, ArrayRef<std::string> keepFloat,
                      const Plan &before) {
  Plan plan;
  DenseMap<Operation *, std::string> names;
  for (const NamedLayer &layer : nameLayers(planned))
    names[layer.op] = layer.name;
  KeepFloat kept(planned, keepFloat);
  int64_t line = 0;
  planned.walk([&](Operation *op) {
    if (auto observe = dyn_cast<fxp::ObserveOp>(op)) {
      plan.values.push_back(readValue(observe));
      plan.values.back().line = ++line;
    }
    auto name = names.find(op);
    if (name == names.end())
      return;
    LayerPlan layer = readLayer({op, name->second});
    auto reason = op->getAttrOfType<mlir::StringAttr>(kReasonAttr);
    layer.reason = reason ? reason.str() : "plain";
    layer.isFloat = kept.contains(op);
    layer.line = ++line;
    plan.layers.push_back(std::move(layer));
  });
  for (const std::string &name : keepFloat) {
    // The layer's own line says so.
    if (plan.findLayer(name) && plan.findLayer(name)->isFloat)
      continue;
    FloatPlan entry{name, "asked", ++line};
    for (const FloatPlan &old : before.floats)
      if (old.name == name)
        entry.reason = old.reason;
    plan.set(std::move(entry));
  }
  return plan;
}
