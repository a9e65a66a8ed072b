//===- Pipeline.h - what decides every type --------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PIPELINE_H
#define NARROW_PLAN_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "narrow/Plan/Passes.h"

namespace narrow {

/// What a user may choose for all values and weights that no plan names.
struct PlanningOptions {
  PlanTypesOptions types;
  PlanWeightsOptions weights;
};

/// Appends the passes that plan a float module with calibrated observers;
/// `source` as in `createPlanTypesPass`.
void buildPlanPipeline(mlir::OpPassManager &manager,
                       const PlanningOptions &options, RangeSource source = {});

} // namespace narrow

#endif // NARROW_PLAN_PIPELINE_H
