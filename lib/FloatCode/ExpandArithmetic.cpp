//===- ExpandArithmetic.cpp - one arithmetic for all targets -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarMath.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
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

/// Makes conversions of NaN to an integer give 0; targets differ there.
static void guardConversions(ModuleOp module) {
  module.walk([](Operation *op) {
    if (!isa<arith::FPToSIOp, arith::FPToUIOp>(op) ||
        !op->getOperand(0).getType().isF32())
      return;
    OpBuilder builder(op);
    ScalarMath b(op->getLoc(), builder);
    Value x = op->getOperand(0);
    op->setOperand(0, b.select(b.equal(x, x), x, b.number(0)));
  });
}

/// Whether every target computes `op` to the same bits by itself.
static bool isDefined(Operation *op) {
  if (isa<math::AbsFOp, math::AbsIOp, math::CopySignOp,
          math::CountLeadingZerosOp, math::SqrtOp>(op))
    return true;
  return !isa<math::MathDialect>(op->getDialect());
}

LogicalResult floatcode::expandArithmetic(ModuleOp module) {
  guardConversions(module);
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
