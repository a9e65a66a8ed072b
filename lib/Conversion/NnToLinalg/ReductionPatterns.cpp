//===- ReductionPatterns.cpp - largest and least values of rows -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upstream's reductions start from the least finite number, which is more than
// the -inf of a row that has nothing else.
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/Transforms/DialectConversion.h"
#include <limits>

using namespace narrow;
namespace arith = mlir::arith;
namespace tosa = mlir::tosa;

namespace {
/// `Keep` gives NaN where one operand is, `Ignore` the other operand.
template <typename Op, typename Keep, typename Ignore>
struct ExtremumPattern : mlir::OpConversionPattern<Op> {
  using mlir::OpConversionPattern<Op>::OpConversionPattern;
  using OpAdaptor = typename mlir::OpConversionPattern<Op>::OpAdaptor;

  LogicalResult
  matchAndRewrite(Op op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    using Limits = std::numeric_limits<float>;
    LoopBuilder b(op.getLoc(), rewriter);
    bool ignoresNan = op.getNanMode() == tosa::NanPropagationMode::IGNORE;
    // NaN is the neutral element of what ignores it: a row of nothing else
    // stays NaN.
    float neutral = ignoresNan ? Limits::quiet_NaN()
                    : std::is_same_v<Op, tosa::ReduceMaxOp>
                        ? -Limits::infinity()
                        : Limits::infinity();
    int64_t axis = op.getAxis();
    Value reduced = b.reduce(adaptor.getInput(), axis, neutral,
                             [&](ScalarBuilder &s, ValueRange args) -> Value {
                               if (ignoresNan)
                                 return Ignore::create(s, args[0], args[1]);
                               return Keep::create(s, args[0], args[1]);
                             });
    auto type = cast<RankedTensorType>(op.getType());
    rewriter.replaceOpWithNewOp<mlir::tensor::ExpandShapeOp>(
        op, type, reduced,
        *mlir::getReassociationIndicesForReshape(
            cast<RankedTensorType>(reduced.getType()), type));
    return success();
  }
};
} // namespace

void narrow::populateReductionPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<
      ExtremumPattern<tosa::ReduceMaxOp, arith::MaximumFOp, arith::MaxNumFOp>,
      ExtremumPattern<tosa::ReduceMinOp, arith::MinimumFOp, arith::MinNumFOp>>(
      patterns.getContext());
}
