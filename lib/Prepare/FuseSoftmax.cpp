//===- FuseSoftmax.cpp - recognise softmax in TOSA ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Support/LLVM.h"

namespace narrow {
#define GEN_PASS_DEF_FUSESOFTMAX
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

/// Returns x if `value` is x - reduce_max(x) along `axis`.
static Value matchShifted(Value value, int64_t axis) {
  auto sub = value.getDefiningOp<tosa::SubOp>();
  auto max = sub ? sub.getInput2().getDefiningOp<tosa::ReduceMaxOp>()
                 : tosa::ReduceMaxOp();
  if (!max || max.getInput() != sub.getInput1() ||
      static_cast<int64_t>(max.getAxis()) != axis)
    return {};
  return sub.getInput1();
}

/// Returns the sum if `value` is its reciprocal.
static tosa::ReduceSumOp matchReciprocalOfSum(Value value) {
  auto reciprocal = value.getDefiningOp<tosa::ReciprocalOp>();
  return reciprocal ? reciprocal.getInput1().getDefiningOp<tosa::ReduceSumOp>()
                    : tosa::ReduceSumOp();
}

/// Replaces `op` by a softmax of `input` that keeps its attributes (its name).
template <typename SoftmaxOp>
static LogicalResult replace(PatternRewriter &rewriter, Operation *op,
                             Value input, int64_t axis) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isF32() ||
      input.getType() != type)
    return rewriter.notifyMatchFailure(op, "expected static f32");
  auto softmax = SoftmaxOp::create(rewriter, op->getLoc(), type, input, axis);
  softmax->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  addNamesBetween(softmax, input, op);
  rewriter.replaceOp(op, softmax);
  return success();
}

namespace {

/// e * reciprocal(reduce_sum(e)) with e = exp(x - reduce_max(x)) or exp(x).
struct MatchSoftmax : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [e, r] : {std::pair(op.getInput1(), op.getInput2()),
                        std::pair(op.getInput2(), op.getInput1())}) {
      auto exp = e.getDefiningOp<tosa::ExpOp>();
      tosa::ReduceSumOp sum = matchReciprocalOfSum(r);
      if (!exp || !sum || sum.getInput() != e)
        continue;
      int64_t axis = sum.getAxis();
      Value shifted = matchShifted(exp.getInput1(), axis);
      return replace<nn::SoftmaxOp>(
          rewriter, op, shifted ? shifted : Value(exp.getInput1()), axis);
    }
    return rewriter.notifyMatchFailure(
        op, "expected exponentials divided by their sum");
  }
};

/// s - log(reduce_sum(exp(s))) with s = x - reduce_max(x) or x; and the
/// logarithm of a softmax.
struct MatchLogSoftmax : OpRewritePattern<tosa::SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::SubOp op,
                                PatternRewriter &rewriter) const override {
    auto log = op.getInput2().getDefiningOp<tosa::LogOp>();
    auto sum = log ? log.getInput1().getDefiningOp<tosa::ReduceSumOp>()
                   : tosa::ReduceSumOp();
    auto exp =
        sum ? sum.getInput().getDefiningOp<tosa::ExpOp>() : tosa::ExpOp();
    if (!exp || exp.getInput1() != op.getInput1())
      return rewriter.notifyMatchFailure(
          op, "expected the logarithm of the exponentials' sum");
    int64_t axis = sum.getAxis();
    Value shifted = matchShifted(op.getInput1(), axis);
    return replace<nn::LogSoftmaxOp>(
        rewriter, op, shifted ? shifted : Value(op.getInput1()), axis);
  }
};

struct MatchLogOfSoftmax : OpRewritePattern<tosa::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto softmax = op.getInput1().getDefiningOp<nn::SoftmaxOp>();
    if (!softmax || !softmax->hasOneUse() || softmax.getMask())
      return rewriter.notifyMatchFailure(
          op, "expected a softmax without a mask before");
    return replace<nn::LogSoftmaxOp>(rewriter, op, softmax.getInput(),
                                     softmax.getAxis());
  }
};

struct FuseSoftmax : narrow::impl::FuseSoftmaxBase<FuseSoftmax> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<MatchSoftmax, MatchLogSoftmax, MatchLogOfSoftmax>(
        &getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
