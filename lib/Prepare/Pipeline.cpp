//===- Pipeline.cpp - the pipeline that prepares a float model ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Prepare/Pipeline.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Prepare/Passes.h"

using namespace narrow;

void narrow::buildPreparePipeline(mlir::OpPassManager &manager,
                                  const PrepareOptions &options) {
  // Refuse what no later pass understands while its location is the user's.
  manager.addPass(createVerifyFloat());

  auto &function = manager.nest<mlir::func::FuncOp>();
  // Before any transpose that carries a name goes.
  function.addPass(createHoistNames());
  // Early, so that every other pass meets one form of each layer.
  function.addPass(createNormalizeTosa());
  function.addPass(createExpandResize());
  function.addPass(createFuseSoftmax());
  // Before all that reads constants: weights come transposed, batch norms'
  // statistics computed.
  function.addPass(createFoldConstants());
  // Equal transposes of one value must be one before their cost is weighed;
  // dead ops must not have one.
  function.addPass(mlir::createCSEPass());
  // Behind constants, which most masks are once they are computed.
  function.addPass(createFuseSoftmaxMask());
  // Behind the first CSE, so that one mean is one value.
  function.addPass(createFuseNormalization());
  // Before reshapes merge, which hides the slices.
  function.addPass(createStridedSliceToPool());
  // Merges first, or transposes that vanish by themselves are weighed.
  // Transposes that only move unit axes stay: as reshapes they would stand
  // between those that have to meet.
  function.addPass(
      createSimplifyMovement({/*unitTransposesToReshapes=*/false}));
  function.addPass(createPropagateTransposes());
  function.addPass(createSimplifyMovement());
  // Behind the transposes, which stand between layers and what can be folded
  // into them. Clamps first: a bound that is a product's neighbour is no
  // product.
  function.addPass(createMergeClamps());
  // Before products are folded into layers, which would take an activation's
  // own away.
  function.addPass(createFuseActivations());
  // Again: scales and offsets that stood behind transposes.
  function.addPass(createFuseNormalization());
  function.addPass(createFusePad());
  // Batch norms before sums and products: what they leave are sums and
  // products. Behind fuse-pad, since a layer that pads takes less.
  function.addPass(createFoldBatchNorm());
  // Before sums and products, which these are part of then.
  function.addPass(createHoistFactors());
  function.addPass(createMergeLinearBias());
  // Behind all that changes weights, and before constants that nothing reads
  // any more are removed.
  function.addPass(createRemoveConstantChannels());
  // What the passes above have made constant, equal or unused.
  function.addPass(createFoldConstants());
  function.addPass(mlir::createCSEPass());
  function.addPass(mlir::createCanonicalizerPass());

  // Last: an op that is made later would have no observer.
  if (options.insertObservers)
    manager.addPass(createInsertObservers());
  manager.addPass(createVerifyFloat());
}

void narrow::registerPreparePipeline() {
  mlir::PassPipelineRegistration<PrepareOptions>(
      "narrow-prepare", "prepare a float model for calibration",
      buildPreparePipeline);
}
