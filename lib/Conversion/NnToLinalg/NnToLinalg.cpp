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
  populateNormalisationPatterns(patterns);
  populateRecurrentPatterns(patterns);
  populateReductionPatterns(patterns);
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
        [](Operation *op) { return !isConvertedReduction(op); });
    if (failed(mlir::applyPartialConversion(getOperation(), target,
                                            std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
