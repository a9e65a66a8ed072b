//===- ExecutionPipeline.cpp - float module to the LLVM dialect -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Conversion/NnToLinalg/NnToLinalg.h"

using namespace narrow;
using namespace narrow::execution;
using mlir::func::FuncOp;

/// TOSA and nn to linalg on tensors.
static LogicalResult lowerToLinalg(ModuleOp module) {
  mlir::PassManager pm(module.getContext());
  // First, while TOSA constants can still be read by the decompositions.
  pm.addPass(createConvertNnToLinalg());
  pm.addNestedPass<FuncOp>(mlir::tosa::createTosaOptionalDecompositionsPass());
  pm.addNestedPass<FuncOp>(mlir::tosa::createTosaMakeBroadcastablePass());
  pm.addNestedPass<FuncOp>(mlir::tosa::createTosaToLinalgNamed());
  pm.addNestedPass<FuncOp>(mlir::tosa::createTosaToLinalg());
  pm.addNestedPass<FuncOp>(mlir::createTosaToArithPass());
  pm.addNestedPass<FuncOp>(mlir::createTosaToTensorPass());
  pm.addNestedPass<FuncOp>(mlir::createTosaToSCFPass());
  pm.addPass(mlir::createCSEPass());
  return pm.run(module);
}

/// Pads as filled tensors with the input inserted: upstream's buffers of a
/// tensor.pad are computed element by element.
static LogicalResult decomposePads(ModuleOp module) {
  mlir::RewritePatternSet patterns(module.getContext());
  mlir::linalg::populateDecomposePadPatterns(patterns);
  return mlir::applyPatternsGreedily(module, std::move(patterns));
}

/// Tensors to buffers, with every buffer freed.
static LogicalResult bufferize(ModuleOp module) {
  mlir::PassManager pm(module.getContext());
  mlir::bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      mlir::bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(mlir::bufferization::createEmptyTensorEliminationPass());
  pm.addPass(mlir::bufferization::createOneShotBufferizePass(options));
  mlir::bufferization::buildBufferDeallocationPipeline(pm);
  return pm.run(module);
}

/// Copies of strided buffers become loops; upstream would call a library.
static void lowerCopies(ModuleOp module) {
  SmallVector<mlir::memref::CopyOp> copies;
  module.walk([&](mlir::memref::CopyOp op) { copies.push_back(op); });
  for (mlir::memref::CopyOp op : copies) {
    auto from = cast<mlir::MemRefType>(op.getSource().getType());
    auto to = cast<mlir::MemRefType>(op.getTarget().getType());
    if (from.getLayout().isIdentity() && to.getLayout().isIdentity())
      continue;
    OpBuilder b(op);
    mlir::linalg::makeMemRefCopyOp(b, op.getLoc(), op.getSource(),
                                   op.getTarget());
    op.erase();
  }
}

static LogicalResult lowerLoops(ModuleOp module) {
  mlir::PassManager pm(module.getContext());
  pm.addNestedPass<FuncOp>(mlir::createConvertLinalgToLoopsPass());
  pm.addPass(mlir::memref::createExpandStridedMetadataPass());
  pm.addPass(mlir::createLowerAffinePass());
  pm.addPass(mlir::createSCFToControlFlowPass());
  pm.addPass(mlir::createConvertVectorToLLVMPass());
  pm.addPass(mlir::createConvertMathToLLVMPass());
  pm.addPass(mlir::createConvertMathToLibmPass());
  pm.addPass(mlir::createConvertIndexToLLVMPass());
  pm.addPass(mlir::createArithToLLVMConversionPass());
  pm.addPass(mlir::createConvertControlFlowToLLVMPass());
  pm.addPass(mlir::createUBToLLVMConversionPass());
  pm.addPass(mlir::createFinalizeMemRefToLLVMConversionPass());
  mlir::ConvertFuncToLLVMPassOptions bare;
  bare.useBarePtrCallConv = true;
  pm.addPass(mlir::createConvertFuncToLLVMPass(bare));
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
  return pm.run(module);
}

LogicalResult execution::lowerToLLVM(ModuleOp module, FuncOp entry,
                                     std::vector<uint8_t> &constants,
                                     int64_t &arenaBytes) {
  ResourceSet resources = collectResources(module);
  if (failed(lowerToLinalg(module)) || failed(decomposePads(module)) ||
      failed(bufferize(module)) ||
      failed(moveConstantsToBlob(module, entry, resources, constants)))
    return failure();
  lowerCopies(module);
  // While each buffer can still be told from the others.
  outlineKernels(module, entry);
  if (failed(planArena(entry, arenaBytes)))
    return failure();
  tileContractions(module);
  return lowerLoops(module);
}
