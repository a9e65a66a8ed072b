//===- FoldBatchNorm.cpp - batch normalisation into weights ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelAffine.h"
#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Prepare/Passes.h"
#include <cmath>

namespace narrow {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

/// Returns the layer that alone reads the value, past one reshape.
static Operation *getOnlyReader(Value value) {
  if (!value.hasOneUse())
    return nullptr;
  Operation *reader = *value.user_begin();
  if (isa<tosa::ReshapeOp>(reader) && reader->hasOneUse())
    reader = *reader->user_begin();
  return reader;
}

namespace {

/// Into the layer before, which is exact always; else into the one behind.
struct FoldIntoLayer : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ChannelAffine> affine = matchBatchNorm(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "expected constant statistics");
    if (succeeded(foldIntoProducer(rewriter, *affine)))
      return success();
    Operation *reader = getOnlyReader(op.getResult());
    if (!reader)
      return rewriter.notifyMatchFailure(op, "expected one reader");
    return foldIntoConsumer(rewriter, *affine, reader);
  }
};

/// Where no layer takes it, it is a product and a sum; if the mean is large
/// beside the deviation it is subtracted first, as it would cancel behind the
/// product.
struct ToScaleAndOffset : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ChannelAffine> affine = matchBatchNorm(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "expected constant statistics");
    RankedTensorType type = op.getType();
    SmallVector<int64_t> shape(type.getRank(), 1);
    shape.back() = type.getShape().back();
    SmallVector<float> scale(affine->scale.begin(), affine->scale.end());
    SmallVector<float> offset(affine->offset.begin(), affine->offset.end());
    Location loc = op.getLoc();
    Value input = op.getInput();
    SmallVector<float> mean = *matchFloats(op.getMean());
    if (llvm::any_of(llvm::zip_equal(mean, affine->scale), [](auto pair) {
          auto [m, factor] = pair;
          return std::abs(m * factor) > kLargestFoldedShift;
        })) {
      input = tosa::SubOp::create(rewriter, loc, type, input,
                                  createFloats(rewriter, loc, shape, mean));
      offset = *matchFloats(op.getOffset());
    }
    Value product = createProduct(rewriter, loc, input, shape, scale);
    auto sum = tosa::AddOp::create(rewriter, loc, type, product,
                                   createFloats(rewriter, loc, shape, offset));
    sum->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, sum);
    return success();
  }
};

struct FoldBatchNorm : narrow::impl::FoldBatchNormBase<FoldBatchNorm> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet fold(&getContext());
    fold.add<FoldIntoLayer>(&getContext());
    // Only what no layer took is written out.
    mlir::RewritePatternSet rest(&getContext());
    rest.add<ToScaleAndOffset>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(fold))) ||
        failed(applyPatterns(getOperation(), std::move(rest))))
      signalPassFailure();
  }
};

} // namespace
