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
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

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

/// What this machine multiplies f32 with.
static floatcode::VectorUnit getHostUnit() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  auto features = llvm::sys::getHostCPUFeatures();
  if (triple.isAArch64())
    return {4, 32};
  if (features.lookup("avx512f"))
    return {16, 32};
  if (features.lookup("avx"))
    return {8, 16};
  return {4, 16};
}

/// Tiles of contractions whose weights are not constants.
static floatcode::TileShape getTileShape(const floatcode::VectorUnit &unit) {
  return {2 * unit.lanes, unit.registers >= 32 ? 12 : 6, /*isFused=*/true};
}

LogicalResult execution::lowerToLLVM(ModuleOp module, FuncOp entry,
                                     FloatArithmetic arithmetic,
                                     floatcode::BufferPlan &plan) {
  bool isNative = arithmetic == FloatArithmetic::Native;
  floatcode::VectorUnit unit = getHostUnit();
  floatcode::BufferOptions options;
  if (isNative)
    options.fusedFor = unit;
  if (failed(floatcode::lowerToBuffers(module, entry, options, plan)))
    return failure();
  if (isNative) {
    floatcode::emitContractions(module);
    floatcode::tileContractions(module, getTileShape(unit));
  }
  if (failed(floatcode::lowerToLoops(module)))
    return failure();
  // The defining arithmetic is computed by plain loops: what rearranges them
  // for artefacts is checked against this.
  if (!isNative && failed(floatcode::expandArithmetic(module)))
    return failure();
  return lowerLoops(module);
}
