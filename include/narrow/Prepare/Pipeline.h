//===- Pipeline.h - the pipeline that prepares a float model ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_PIPELINE_H
#define NARROW_PREPARE_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace narrow {

struct PrepareOptions : mlir::PassPipelineOptions<PrepareOptions> {
  Option<bool> insertObservers{
      *this, "observers",
      llvm::cl::desc("mark the values whose range matters with fxp.observe"),
      llvm::cl::init(true)};
};

/// Adds the passes that bring an imported model (TOSA and nn on f32, static
/// shapes) into the form in which it is calibrated: batch normalisations and
/// constants folded, images NHWC without transposes between them, observers
/// inserted. The module must be of the float level and stays so.
void buildPreparePipeline(mlir::OpPassManager &manager,
                          const PrepareOptions &options);

/// Registers the pipeline as `narrow-prepare`.
void registerPreparePipeline();

} // namespace narrow

#endif // NARROW_PREPARE_PIPELINE_H
