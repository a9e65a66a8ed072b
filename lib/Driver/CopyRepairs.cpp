//===- CopyRepairs.cpp - repairs of one network in another ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CopyRepairs.h"

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Search/Sensitivity.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;

void narrow::copyRepairs(ModuleOp repaired, ModuleOp other, StringRef except) {
  llvm::StringMap<Operation *> sources;
  for (const WeightedLayer &layer : findWeightedLayers(repaired))
    sources[layer.name] = layer.op;
  for (const WeightedLayer &layer : findWeightedLayers(other)) {
    Operation *source = sources.lookup(layer.name);
    if (!source || source->getName() != layer.op->getName() ||
        layer.name == except)
      continue;
    auto weights = source->getOperand(1).getDefiningOp<fxp::ConstantOp>();
    auto bias = source->getOperand(2).getDefiningOp<fxp::ConstantOp>();
    // Scales that repairs changed are part of the requantisation.
    fxp::QuantView from(source->getOperand(0).getType());
    if (weights.getType() != layer.op->getOperand(1).getType() ||
        from.isPerAxis())
      continue;
    fxp::QuantView to(layer.op->getOperand(0).getType());
    if (to.isPerAxis())
      continue;
    auto type = cast<RankedTensorType>(layer.op->getOperand(2).getType());
    double limit = type.getElementType().isInteger(64) ? 0x1p46 : 2147483647.0;
    SmallVector<int64_t> steps = getIntegers(bias.getValue());
    for (int64_t &step : steps)
      step = static_cast<int64_t>(
          std::clamp(std::nearbyint(static_cast<double>(step) *
                                    from.getScale() / to.getScale()),
                     -limit, limit));
    OpBuilder builder(layer.op);
    layer.op->setOperand(1, builder.clone(*weights)->getResult(0));
    layer.op->setOperand(2, fxp::ConstantOp::create(builder, layer.op->getLoc(),
                                                    type,
                                                    makeConstant(type, steps)));
  }
}
