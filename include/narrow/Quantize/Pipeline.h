//===- Pipeline.h - from observed float to fixed point ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_QUANTIZE_PIPELINE_H
#define NARROW_QUANTIZE_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "narrow/Plan/Pipeline.h"
#include "narrow/Quantize/Passes.h"

namespace narrow::quantize {

/// Appends the passes that turn a planned float module into a verified
/// fixed-point module. Decisions are added to `report` if it is not
/// null.
void buildQuantizePipeline(mlir::OpPassManager &manager,
                           const QuantizeOptions &options,
                           std::shared_ptr<QuantizeReport> report = nullptr);

/// Registers `narrow-quantize`, which plans before.
void registerQuantizePipeline();

} // namespace narrow::quantize

#endif // NARROW_QUANTIZE_PIPELINE_H
