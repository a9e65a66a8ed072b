//===- ExecutionPipeline.cpp - float module to the LLVM dialect -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace narrow;
using namespace narrow::execution;
using mlir::func::FuncOp;

static LogicalResult lowerLoops(ModuleOp module) {
  mlir::PassManager pm(module.getContext());
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
                                     FloatArithmetic arithmetic,
                                     floatcode::BufferPlan &plan) {
  if (failed(floatcode::lowerToBuffers(module, entry, {}, plan)))
    return failure();
  // The defining arithmetic is computed by plain loops: what rearranges them
  // for artefacts is checked against this.
  if (arithmetic == FloatArithmetic::Defined) {
    if (failed(floatcode::lowerToLoops(module)) ||
        failed(floatcode::expandArithmetic(module)))
      return failure();
  } else {
    floatcode::tileContractions(module, floatcode::TileShape());
    if (failed(floatcode::lowerToLoops(module)))
      return failure();
  }
  return lowerLoops(module);
}
