//===- Pipeline.cpp - what decides every type -----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/Pipeline.h"

using namespace narrow;

void narrow::buildPlanPipeline(mlir::OpPassManager &manager,
                               const PlanningOptions &options,
                               RangeSource source) {
  manager.addPass(createPlanTypesPass(options.types, std::move(source)));
  manager.addPass(createPlanWeights(options.weights));
}
