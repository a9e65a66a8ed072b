//===- LoopBuilder.h - short forms of linalg.generic -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the patterns of this folder share: building f32 loop nests on tensors.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CONVERSION_NNTOLINALG_LOOPBUILDER_H
#define NARROW_LIB_CONVERSION_NNTOLINALG_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow {

/// Sizes of a value of static tensor type.
ArrayRef<int64_t> getShape(Value value);

/// Scalar f32 arithmetic at one place of the program.
struct ScalarBuilder : mlir::ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value number(float value);
  Value add(Value a, Value b) {
    return mlir::arith::AddFOp::create(*this, a, b);
  }
  Value sub(Value a, Value b) {
    return mlir::arith::SubFOp::create(*this, a, b);
  }
  Value mul(Value a, Value b) {
    return mlir::arith::MulFOp::create(*this, a, b);
  }
  Value div(Value a, Value b) {
    return mlir::arith::DivFOp::create(*this, a, b);
  }
  Value max(Value a, Value b) {
    return mlir::arith::MaximumFOp::create(*this, a, b);
  }
  Value min(Value a, Value b) {
    return mlir::arith::MinimumFOp::create(*this, a, b);
  }
  /// Returns `a < b` as i1; false where one is NaN.
  Value less(Value a, Value b) {
    return mlir::arith::CmpFOp::create(*this, mlir::arith::CmpFPredicate::OLT,
                                       a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return mlir::arith::SelectOp::create(*this, condition, a, b);
  }
};

/// Makes the scalar result of one iteration from the inputs' elements; the last
/// argument is the result's element so far.
using LoopBody = function_ref<Value(ScalarBuilder &, ValueRange)>;

/// Builds f32 loop nests on tensors.
struct LoopBuilder : mlir::ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  using AffineExpr = mlir::AffineExpr;
  AffineExpr dim(unsigned position) { return getAffineDimExpr(position); }
  SmallVector<AffineExpr> dims(unsigned count);

  Value empty(ArrayRef<int64_t> shape);
  Value filled(ArrayRef<int64_t> shape, float value);
  /// Makes a constant tensor.
  Value constant(ArrayRef<int64_t> shape, ArrayRef<float> values);
  Value constant(ArrayRef<int64_t> shape, ArrayRef<int64_t> values);

  /// Builds one loop nest of `loops` loops, in this order from the outermost.
  /// `access[i]` are the positions that operand `i` is read at; the last one is
  /// `init`, which is also written. Loops whose dimension does not occur there
  /// are reductions.
  Value nest(unsigned loops, ValueRange inputs, Value init,
             ArrayRef<SmallVector<AffineExpr>> access, LoopBody body);

  /// Combines equally shaped inputs element by element into a new tensor.
  Value map(ValueRange inputs, LoopBody body);

  /// Reduces `axes` of the input, which are dropped from its shape.
  Value reduce(Value input, ArrayRef<int64_t> axes, float init, LoopBody body);

  /// Combines `input` with values of the shape that `reduce` gives for `axes`:
  /// they are repeated along the axes.
  Value mapReduced(Value input, ValueRange reduced, ArrayRef<int64_t> axes,
                   LoopBody body);

  /// Makes a tensor of `shape` whose every element at (d0, ..) is element
  /// `access` of `input`, `access` being linear; a constant input gives a
  /// constant.
  Value rearrange(Value input, ArrayRef<int64_t> shape,
                  ArrayRef<AffineExpr> access);

  /// Surrounds `input` with `low` and `high` elements of `value` on each axis;
  /// returns it unchanged where there are none.
  Value pad(Value input, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
            float value);
};

/// Returns the value of function `kind` at `x`, in f32. The table of formulas
/// is in the description of nn.unary.
Value buildUnary(ScalarBuilder &b, nn::UnaryKind kind, Value x, float alpha,
                 float beta);

void populateContractionPatterns(mlir::RewritePatternSet &patterns);
void populateElementwisePatterns(mlir::RewritePatternSet &patterns);
void populateImagePatterns(mlir::RewritePatternSet &patterns);
void populateIndexPatterns(mlir::RewritePatternSet &patterns);
void populateNormalisationPatterns(mlir::RewritePatternSet &patterns);
void populateRecurrentPatterns(mlir::RewritePatternSet &patterns);
void populateReductionPatterns(mlir::RewritePatternSet &patterns);

/// Whether `op` is one of TOSA's that the patterns rewrite.
bool isConvertedTosa(Operation *op);

} // namespace narrow

#endif // NARROW_LIB_CONVERSION_NNTOLINALG_LOOPBUILDER_H
