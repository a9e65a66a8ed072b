//===- PlanTimes.cpp - predicted times of a plan --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanTimes.h"

#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringMap.h"

using namespace narrow;

double narrow::predictTimes(ModuleOp quantized, const cost::CostModel &costs,
                            const Target &level, Plan &plan) {
  llvm::StringMap<LayerPlan *> layers;
  for (LayerPlan &layer : plan.layers)
    layers[layer.name] = &layer;
  double sum = 0;
  getMainFunction(quantized).walk([&](Operation *op) {
    auto facts = dyn_cast<fxp::FixedPointOpInterface>(op);
    if (!facts)
      return;
    double us =
        costs
            .get(cost::describeKernel(op, llvm::to_vector(op->getOperands())),
                 level)
            .us;
    sum += us;
    if (!facts.getMacs())
      return;
    LayerPlan *layer = layers.lookup(findNodeName(op->getLoc()));
    if (!layer && op->getNumResults())
      layer = layers.lookup(findValueName(op->getResult(0)));
    if (layer)
      layer->microseconds = us;
  });
  return sum;
}
