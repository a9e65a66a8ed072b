//===- LowerToBuffers.cpp - float operations to loop nests on buffers
//------===//
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
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Conversion/NnToLinalg/NnToLinalg.h"

using namespace narrow;
using namespace narrow::floatcode;
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
  mlir::TosaToArithPassOptions arithmetic;
  arithmetic.includeApplyRescale = true;
  pm.addNestedPass<FuncOp>(mlir::createTosaToArithPass(arithmetic));
  pm.addNestedPass<FuncOp>(mlir::createTosaToTensorPass());
  pm.addNestedPass<FuncOp>(mlir::createTosaToSCFPass());
  pm.addPass(mlir::createCSEPass());
  if (failed(pm.run(module)))
    return failure();
  defineIntegers(module);
  return success();
}

/// Pads as filled tensors with the input inserted: upstream's buffers of a
/// tensor.pad are computed element by element.
static LogicalResult decomposePads(ModuleOp module) {
  mlir::RewritePatternSet patterns(module.getContext());
  mlir::linalg::populateDecomposePadPatterns(patterns);
  return mlir::applyPatternsGreedily(module, std::move(patterns));
}

/// Gives every use of an empty tensor one of its own. Bufferisation compares
/// all pairs of accesses to what may be one buffer: a tensor that hundreds of
/// operations start from takes it minutes.
static void splitEmptyTensors(ModuleOp module) {
  SmallVector<mlir::tensor::EmptyOp> shared;
  module.walk([&](mlir::tensor::EmptyOp op) {
    if (!op->use_empty() && !op->hasOneUse())
      shared.push_back(op);
  });
  for (mlir::tensor::EmptyOp op : shared)
    for (mlir::OpOperand &use :
         llvm::make_early_inc_range(llvm::drop_begin(op->getUses()))) {
      OpBuilder b(use.getOwner());
      use.set(b.clone(*op)->getResult(0));
    }
}

/// Tensors to buffers, with every buffer freed.
static LogicalResult bufferize(ModuleOp module) {
  splitEmptyTensors(module);
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

/// Copies become loops, all of them or those of strided buffers, for which
/// upstream would call a library.
static void lowerCopies(ModuleOp module, bool all) {
  SmallVector<mlir::memref::CopyOp> copies;
  module.walk([&](mlir::memref::CopyOp op) { copies.push_back(op); });
  for (mlir::memref::CopyOp op : copies) {
    auto from = cast<mlir::MemRefType>(op.getSource().getType());
    auto to = cast<mlir::MemRefType>(op.getTarget().getType());
    if (!all && from.getLayout().isIdentity() && to.getLayout().isIdentity())
      continue;
    OpBuilder b(op);
    mlir::linalg::makeMemRefCopyOp(b, op.getLoc(), op.getSource(),
                                   op.getTarget());
    op.erase();
  }
}

/// Fills contiguous buffers as one line: LLVM would vectorise along an outer
/// loop, with scattered stores, where the inner ones are short.
static void flattenFills(FuncOp entry) {
  for (auto op :
       llvm::make_early_inc_range(entry.getOps<mlir::linalg::FillOp>())) {
    Value buffer = op.getOutputs().front();
    auto type = cast<mlir::MemRefType>(buffer.getType());
    if (type.getRank() < 2 || !type.getLayout().isIdentity())
      continue;
    OpBuilder b(op);
    mlir::ReassociationIndices all =
        llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    Value line = mlir::memref::CollapseShapeOp::create(
        b, op.getLoc(), buffer, ArrayRef<mlir::ReassociationIndices>(all));
    mlir::linalg::FillOp::create(b, op.getLoc(), op.getInputs(), line);
    op.erase();
  }
}

/// Gives every loop nest a body of its own, which may then be rewritten.
static LogicalResult generalize(ModuleOp module) {
  mlir::PassManager pm(module.getContext());
  pm.addNestedPass<FuncOp>(mlir::createLinalgGeneralizeNamedOpsPass());
  return pm.run(module);
}

/// Fails after an error at memory that has no place in the plan.
static LogicalResult verifyFreestanding(ModuleOp module) {
  auto result = module.walk([](Operation *op) -> mlir::WalkResult {
    if (!isa<mlir::memref::AllocOp, mlir::memref::AllocaOp>(op))
      return success();
    return op->emitError("expected buffers of fixed sizes and lifetimes to "
                         "place in the arena, found one of ")
           << op->getResult(0).getType() << " in a loop";
  });
  return failure(result.wasInterrupted());
}

LogicalResult floatcode::lowerToBuffers(ModuleOp module, FuncOp entry,
                                        const BufferOptions &options,
                                        BufferPlan &plan) {
  ResourceSet resources = collectResources(module);
  if (options.fusedFor)
    formContractions(entry, *options.fusedFor);
  if (failed(lowerToLinalg(module)))
    return failure();
  if (options.fusedFor)
    fuseEpilogues(entry);
  if (failed(decomposePads(module)) || failed(bufferize(module)) ||
      failed(moveConstantsToBlob(module, entry, resources, options.freestanding,
                                 plan.constants)))
    return failure();
  makeRowsDense(entry);
  lowerCopies(module, options.freestanding);
  flattenFills(entry);
  if (options.freestanding &&
      (failed(generalize(module)) || failed(expandArithmetic(module))))
    return failure();
  // While each buffer can still be told from the others.
  outlineKernels(module, entry);
  if (failed(planArena(entry, plan.arenaBytes)))
    return failure();
  return options.freestanding ? verifyFreestanding(module) : success();
}

LogicalResult floatcode::lowerToLoops(ModuleOp module) {
  mlir::PassManager pm(module.getContext());
  pm.addNestedPass<FuncOp>(mlir::createConvertLinalgToLoopsPass());
  return pm.run(module);
}
