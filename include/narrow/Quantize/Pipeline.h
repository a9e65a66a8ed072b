//===- Pipeline.h - from observed float to fixed point ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_QUANTIZE_PIPELINE_H
#define NARROW_QUANTIZE_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "narrow/Plan/Passes.h"
#include "narrow/Quantize/Passes.h"

namespace narrow::quantize {

/// What a user may choose about the way from float to fixed point.
struct PipelineOptions {
  PlanTypesOptions plan;
  QuantizeOptions quantize;
};

/// Appends the passes that turn a float module with calibrated observers into a
/// verified fixed-point module. Decisions are added to `report` if it is not
/// null.
void buildQuantizePipeline(mlir::OpPassManager &manager,
                           const PipelineOptions &options,
                           std::shared_ptr<QuantizeReport> report = nullptr);

/// Registers `narrow-quantize`.
void registerQuantizePipeline();

} // namespace narrow::quantize

#endif // NARROW_QUANTIZE_PIPELINE_H
