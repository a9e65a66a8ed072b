//===- HoistFactors.cpp - products before what moves their operand --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention divides its scores by a number, behind the reshapes that exporters
// put around a product of matrices. There the scores would be rounded twice,
// and to a type of their own that nothing behind asks for.
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Support/Names.h"
#include <cmath>

namespace narrow {
#define GEN_PASS_DEF_HOISTFACTORS
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

namespace {
/// A value times a positive number.
struct Scaled {
  Value value;
  float factor = 1;
};
} // namespace

/// Matches a `tosa.mul` by one positive number.
static std::optional<Scaled> matchScaled(tosa::MulOp op) {
  for (auto [value, factor] : {std::pair(op.getInput1(), op.getInput2()),
                               std::pair(op.getInput2(), op.getInput1())}) {
    std::optional<float> number = matchFloatSplat(factor);
    if (number && std::isfinite(*number) && *number > 0 &&
        value.getType() == op.getType())
      return Scaled{value, *number};
  }
  return std::nullopt;
}

/// Returns what `value` is moved from by ops that pick elements of one operand,
/// as far as nothing else reads what lies between; null where something else
/// reads the last.
static Operation *findSource(Value value) {
  Operation *op = value.getDefiningOp();
  while (value.hasOneUse() && getMovement(op) == Movement::Picks &&
         getMovedOperands(op).size() == 1) {
    value = op->getOperand(0);
    op = value.getDefiningOp();
  }
  return value.hasOneUse() ? op : nullptr;
}

static Value scale(PatternRewriter &rewriter, Location loc, Value value,
                   float factor) {
  SmallVector<int64_t> ones(cast<RankedTensorType>(value.getType()).getRank(),
                            1);
  return createProduct(rewriter, loc, value, ones, {factor});
}

namespace {

/// move(x) * f is move(x * f) for f > 0, also where the largest elements are
/// picked. Where an op that takes a factor in makes x, the product goes there:
/// behind the movement x would be rounded to a type of its own.
struct FactorOfMovement : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MulOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Scaled> scaled = matchScaled(op);
    Operation *movement = scaled ? scaled->value.getDefiningOp() : nullptr;
    if (getMovement(movement) != Movement::Picks)
      return rewriter.notifyMatchFailure(
          op, "expected a positive number behind movement");
    Operation *source = findSource(scaled->value);
    if (!takesFactor(source) && !llvm::isa_and_nonnull<nn::MatMulOp>(source))
      return rewriter.notifyMatchFailure(
          op, "expected the only reader of an op that takes a factor in");
    rewriter.setInsertionPoint(movement);
    Value product =
        scale(rewriter, op.getLoc(), movement->getOperand(0), scaled->factor);
    // What is moved now is the product's result, under its name.
    rewriter.modifyOpInPlace(movement, [&] {
      movement->setOperand(0, product);
      takeName(movement, op);
    });
    rewriter.replaceOp(op, movement);
    return success();
  }
};

/// (a b) * f is (a * f) b: the product goes to the side that is constant or
/// that a layer makes, whose weights take it in, else to the smaller one.
struct FactorOfMatMul : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MulOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Scaled> scaled = matchScaled(op);
    auto matmul =
        scaled ? scaled->value.getDefiningOp<nn::MatMulOp>() : nn::MatMulOp();
    if (!matmul || !matmul->hasOneUse())
      return rewriter.notifyMatchFailure(
          op, "expected a positive number behind a product of matrices");
    auto rate = [](Value side) {
      bool takes = matchConstant(side) || hasWeights(findSource(side));
      return std::pair(!takes,
                       cast<RankedTensorType>(side.getType()).getNumElements());
    };
    unsigned side = rate(matmul.getLhs()) <= rate(matmul.getRhs()) ? 0 : 1;
    rewriter.setInsertionPoint(matmul);
    Value product =
        scale(rewriter, op.getLoc(), matmul->getOperand(side), scaled->factor);
    rewriter.modifyOpInPlace(matmul, [&] {
      matmul->setOperand(side, product);
      takeName(matmul, op);
    });
    rewriter.replaceOp(op, matmul);
    return success();
  }
};

/// relu(x) * f is relu(x * f) where all numbers of f, one for each channel, are
/// positive. A layer that makes x takes the product in.
struct FactorOfRelu : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value value = isFirst ? op.getInput1() : op.getInput2(),
            factor = isFirst ? op.getInput2() : op.getInput1();
      auto clamp = value.getDefiningOp<tosa::ClampOp>();
      if (!clamp || value.getType() != op.getType() || !value.hasOneUse() ||
          !isRelu(clamp) || !hasWeights(findSource(clamp.getInput())) ||
          !arePositive(factor, op.getType()))
        continue;
      rewriter.setInsertionPoint(clamp);
      auto product = cast<tosa::MulOp>(rewriter.clone(*op));
      rewriter.modifyOpInPlace(product, [&] {
        product->removeAttr(kNameAttr);
        product->setOperand(isFirst ? 0 : 1, clamp.getInput());
      });
      rewriter.modifyOpInPlace(clamp, [&] {
        clamp->setOperand(0, product);
        takeName(clamp, op);
      });
      rewriter.replaceOp(op, clamp);
      return success();
    }
    return rewriter.notifyMatchFailure(
        op, "expected positive numbers behind a layer's ReLU");
  }

  static bool isRelu(tosa::ClampOp clamp) {
    auto low = dyn_cast<mlir::FloatAttr>(clamp.getMinVal()),
         high = dyn_cast<mlir::FloatAttr>(clamp.getMaxVal());
    return low && high && low.getValue().isZero() &&
           (high.getValue().isInfinity() || high.getValue().isLargest());
  }

  static bool arePositive(Value factor, Type type) {
    auto shape = cast<RankedTensorType>(type).getShape();
    if (shape.empty() || !factor.getDefiningOp() || !matchConstant(factor))
      return false;
    std::optional<SmallVector<float>> numbers = matchPerChannel(
        factor, static_cast<int64_t>(shape.size()), shape.back());
    return numbers && llvm::all_of(*numbers, [](float number) {
             return number > 0 && std::isfinite(number);
           });
  }
};

struct HoistFactors : narrow::impl::HoistFactorsBase<HoistFactors> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<FactorOfMovement, FactorOfMatMul, FactorOfRelu>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
