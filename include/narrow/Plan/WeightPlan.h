//===- WeightPlan.h - what is planned for weights --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_WEIGHTPLAN_H
#define NARROW_PLAN_WEIGHTPLAN_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Plan/TypeChoice.h"

namespace narrow {

/// Returns what is planned for the weights of the layer `op`: `narrow.weights`,
/// or without it 8 bits with one scale per output channel; `requant` is that of
/// ops for which nothing is planned.
fxp::WeightsAttr getWeightPlan(Operation *op, fxp::RequantMode requant);

/// Returns how integers are chosen under such a plan.
WeightScheme getWeightScheme(fxp::WeightsAttr plan);

/// Returns what was expected and what was found where nothing makes such
/// weights of the layer `op`.
std::optional<std::string> findObstacle(Operation *op, fxp::WeightsAttr plan);

} // namespace narrow

#endif // NARROW_PLAN_WEIGHTPLAN_H
