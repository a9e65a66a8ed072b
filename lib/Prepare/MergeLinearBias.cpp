//===- MergeLinearBias.cpp - constant sums and products into weights ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelAffine.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_MERGELINEARBIAS
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

namespace {

template <typename ScaleOrOffsetOp>
struct MergeIntoLayer : mlir::OpRewritePattern<ScaleOrOffsetOp> {
  using mlir::OpRewritePattern<ScaleOrOffsetOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaleOrOffsetOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ChannelAffine> affine = matchScaleOrOffset(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op,
                                         "expected one constant per channel");
    if (succeeded(foldIntoProducer(rewriter, *affine)))
      return success();
    if (!op->hasOneUse())
      return rewriter.notifyMatchFailure(op, "expected one reader");
    return foldIntoConsumer(rewriter, *affine, *op->user_begin());
  }
};

struct MergeLinearBias : narrow::impl::MergeLinearBiasBase<MergeLinearBias> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<MergeIntoLayer<tosa::MulOp>, MergeIntoLayer<tosa::AddOp>,
                 MergeIntoLayer<tosa::SubOp>>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
