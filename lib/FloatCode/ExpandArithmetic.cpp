//===- ExpandArithmetic.cpp - one arithmetic for all targets -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "ScalarMath.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "narrow/FloatCode/FloatCode.h"

using namespace narrow;
using namespace narrow::floatcode;
namespace arith = mlir::arith;
namespace math = mlir::math;

namespace {
/// Replaces an operation on one f32 by what `build` makes of it.
template <typename Op, Value (ScalarMath::*build)(Value)>
struct UnaryPattern : mlir::OpRewritePattern<Op> {
  using mlir::OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult
  matchAndRewrite(Op op, mlir::PatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expected one f32");
    ScalarMath b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, (b.*build)(op.getOperand()));
    return success();
  }
};

struct PowPattern : mlir::OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(math::PowFOp op,
                  mlir::PatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "expected one f32");
    ScalarMath b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, b.pow(op.getLhs(), op.getRhs()));
    return success();
  }
};
} // namespace

/// Makes a conversion of NaN to an integer give 0; targets differ there.
static void guardConversion(Operation *op) {
  if (!op->getOperand(0).getType().isF32())
    return;
  OpBuilder builder(op);
  ScalarMath b(op->getLoc(), builder);
  Value x = op->getOperand(0);
  op->setOperand(0, b.select(b.equal(x, x), x, b.number(0)));
  // Upstream saturates where the number is not below a bound: NaN is neither.
  for (Operation *user : op->getUsers()) {
    auto choice = dyn_cast<arith::SelectOp>(user);
    auto bound = choice ? choice.getCondition().getDefiningOp<arith::CmpFOp>()
                        : arith::CmpFOp();
    if (bound && bound->hasOneUse() &&
        bound.getPredicate() == arith::CmpFPredicate::UGE)
      bound.setPredicate(arith::CmpFPredicate::OGE);
  }
}

/// Gives the quotient by zero the value 0, and that by -1 what wraps around: a
/// CPU may trap at either, and LLVM takes neither for possible.
static void guardDivision(arith::DivSIOp op) {
  Type type = op.getType();
  if (!type.isInteger())
    return;
  llvm::APInt divisor;
  if (mlir::matchPattern(op.getRhs(), mlir::m_ConstantInt(&divisor)) &&
      !divisor.isZero() && !divisor.isAllOnes())
    return;
  OpBuilder builder(op);
  mlir::ImplicitLocOpBuilder b(op.getLoc(), builder);
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
  };
  Value lhs = op.getLhs(), rhs = op.getRhs(), zero = number(0);
  auto isEqual = [&](Value value) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rhs, value);
  };
  Value byZero = isEqual(zero), byMinusOne = isEqual(number(-1));
  Value guarded = arith::SelectOp::create(
      b, arith::OrIOp::create(b, byZero, byMinusOne), number(1), rhs);
  op.getRhsMutable().assign(guarded);
  b.setInsertionPointAfter(op);
  Value negated = arith::SubIOp::create(b, zero, lhs);
  Value quotient =
      arith::SelectOp::create(b, byMinusOne, negated, op.getResult());
  auto defined = arith::SelectOp::create(b, byZero, zero, quotient);
  op.getResult().replaceUsesWithIf(defined, [&](mlir::OpOperand &use) {
    return use.getOwner() != defined &&
           use.getOwner() != quotient.getDefiningOp();
  });
}

void floatcode::defineIntegers(ModuleOp module) {
  SmallVector<Operation *> operations;
  module.walk([&](Operation *op) { operations.push_back(op); });
  for (Operation *op : operations)
    if (isa<arith::FPToSIOp, arith::FPToUIOp>(op))
      guardConversion(op);
    else if (auto division = dyn_cast<arith::DivSIOp>(op))
      guardDivision(division);
}

/// Whether every target computes `op` to the same bits by itself.
static bool isDefined(Operation *op) {
  if (isa<math::AbsFOp, math::AbsIOp, math::CopySignOp,
          math::CountLeadingZerosOp, math::SqrtOp>(op))
    return true;
  return !isa<math::MathDialect>(op->getDialect());
}

LogicalResult floatcode::expandArithmetic(ModuleOp module) {
  mlir::RewritePatternSet patterns(module.getContext());
  patterns.add<UnaryPattern<math::AcoshOp, &ScalarMath::acosh>,
               UnaryPattern<math::AsinhOp, &ScalarMath::asinh>,
               UnaryPattern<math::AtanhOp, &ScalarMath::atanh>,
               UnaryPattern<math::CeilOp, &ScalarMath::ceil>,
               UnaryPattern<math::CosOp, &ScalarMath::cos>,
               UnaryPattern<math::CoshOp, &ScalarMath::cosh>,
               UnaryPattern<math::ExpOp, &ScalarMath::exp>,
               UnaryPattern<math::FloorOp, &ScalarMath::floor>,
               UnaryPattern<math::RoundEvenOp, &ScalarMath::roundEven>,
               UnaryPattern<math::RoundOp, &ScalarMath::round>,
               UnaryPattern<math::SinOp, &ScalarMath::sin>,
               UnaryPattern<math::SinhOp, &ScalarMath::sinh>,
               UnaryPattern<math::TruncOp, &ScalarMath::trunc>, PowPattern>(
      module.getContext());
  // A fused product would be a library call where there is no instruction.
  math::populateExpansionPatterns(patterns, {"exp2", "fma", "rsqrt", "tan"});
  mlir::populateMathPolynomialApproximationPatterns(
      patterns, [](StringRef name) {
        return llvm::is_contained({"math.acos", "math.asin", "math.atan",
                                   "math.atan2", "math.cbrt", "math.erf",
                                   "math.erfc", "math.expm1", "math.log",
                                   "math.log1p", "math.log2", "math.tanh"},
                                  name);
      });
  // Minima and maxima, whose zeros and NaN differ from target to target.
  arith::populateArithExpandOpsPatterns(patterns);
  if (failed(mlir::applyPatternsGreedily(module, std::move(patterns))))
    return failure();
  auto result = module.walk([](Operation *op) -> mlir::WalkResult {
    if (isDefined(op))
      return success();
    return op->emitError("expected an operation that every target computes "
                         "alike, found '")
           << op->getName() << "' of " << op->getResult(0).getType();
  });
  return failure(result.wasInterrupted());
}
