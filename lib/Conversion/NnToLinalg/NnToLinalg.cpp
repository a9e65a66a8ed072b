//===- NnToLinalg.cpp - decompose whole float operations ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Conversion/NnToLinalg/NnToLinalg.h"
#include "LoopBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

namespace narrow {
#define GEN_PASS_DEF_CONVERTNNTOLINALG
#include "narrow/Conversion/Passes.h.inc"
} // namespace narrow

using namespace narrow;

void narrow::populateNnToLinalgPatterns(mlir::RewritePatternSet &patterns) {
  populateContractionPatterns(patterns);
  populateElementwisePatterns(patterns);
  populateImagePatterns(patterns);
  populateIndexPatterns(patterns);
  populateNormalisationPatterns(patterns);
  populateRecurrentPatterns(patterns);
  populateReductionPatterns(patterns);
}

bool narrow::isConvertedTosa(Operation *op) {
  if (isa<mlir::tosa::GatherOp, mlir::tosa::ScatterOp>(op))
    return true;
  return isa<mlir::tosa::ReduceMaxOp, mlir::tosa::ReduceMinOp>(op) &&
         cast<RankedTensorType>(op->getOperand(0).getType())
             .getElementType()
             .isF32();
}

namespace {
struct ConvertNnToLinalgPass
    : impl::ConvertNnToLinalgBase<ConvertNnToLinalgPass> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    populateNnToLinalgPatterns(patterns);
    mlir::ConversionTarget target(getContext());
    target.addIllegalDialect<nn::NnDialect>();
    target.markUnknownOpDynamicallyLegal(
        [](Operation *op) { return !isConvertedTosa(op); });
    if (failed(mlir::applyPartialConversion(getOperation(), target,
                                            std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
