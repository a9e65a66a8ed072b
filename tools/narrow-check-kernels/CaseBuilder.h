//===- CaseBuilder.h - one function of drawn operations --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_CHECK_KERNELS_CASEBUILDER_H
#define NARROW_TOOLS_CHECK_KERNELS_CASEBUILDER_H

#include "Draw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace narrow {

/// Builds the function of one case. Steps take values and add operations whose
/// parameters they draw; where a draw cannot be expressed (a scale ratio out of
/// a mode's reach, say) they return failure and the case is drawn anew.
class CaseBuilder {
public:
  CaseBuilder(MLIRContext *context, StringRef name, ArrayRef<uint64_t> seed);

  MLIRContext *getContext() const { return builder.getContext(); }
  OpBuilder &getBuilder() { return builder; }
  Location getLoc() const { return loc; }

  /// Adds an argument to the function.
  Value argument(ArrayRef<int64_t> shape, Type element);
  /// Adds a constant of stored integers (or of biases), drawn by the caller.
  Value constant(RankedTensorType type, ArrayRef<int64_t> values);
  /// Adds a constant of `type` with drawn values.
  Value drawnConstant(RankedTensorType type);
  /// Makes a value a result of the function.
  void result(Value value) { results.push_back(value); }

  mlir::IntegerAttr i32(int64_t value) {
    return builder.getI32IntegerAttr(static_cast<int32_t>(value));
  }

  /// Returns a module with the function alone.
  OwningOpRef<ModuleOp> finish();

  Draw draw;

private:
  Location loc;
  OwningOpRef<ModuleOp> module;
  mlir::func::FuncOp function;
  OpBuilder builder;
  SmallVector<Value> results;
};

/// Returns the shape of a tensor value.
ArrayRef<int64_t> shapeOf(Value value);
/// Returns the type of `value` with another shape.
RankedTensorType withShape(Value value, ArrayRef<int64_t> shape);

/// Returns stored weights [channels, depth] in the patterns that break kernels:
/// saturated, of one sign, sparse, at the limit of pairs.
SmallVector<int64_t> drawWeights(Draw &draw, fxp::IntegerRange range,
                                 int64_t zero, int64_t channels, int64_t depth);

/// A family of operations that is drawn and checked together.
struct CaseFamily {
  StringRef name;
  StringRef what;
  LogicalResult (*draw)(CaseBuilder &c);
  /// Whether each case is compiled in strips of a few rows.
  bool isInStrips = false;
};

/// Returns all families: those of each file, and chains of their operations.
ArrayRef<CaseFamily> getCaseFamilies();
ArrayRef<CaseFamily> getCastFamilies();
ArrayRef<CaseFamily> getContractionFamilies();
ArrayRef<CaseFamily> getElementwiseFamilies();
ArrayRef<CaseFamily> getMovementFamilies();
ArrayRef<CaseFamily> getPoolFamilies();
ArrayRef<CaseFamily> getRecurrentFamilies();

/// Returns the module of case `index` of a family: the first draw that can be
/// expressed, valid IR.
OwningOpRef<ModuleOp> drawCase(MLIRContext *context, const CaseFamily &family,
                               uint64_t seed, uint64_t index);

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

using Step = FailureOr<Value>;

/// Returns an argument of any rank and type; scales per axis in some.
Value drawTensor(CaseBuilder &c, unsigned mostBits, bool mayHaveAxis);
/// Returns an image argument [N, H, W, C] of a drawn type.
Value drawImage(CaseBuilder &c, int64_t mostChannels, unsigned mostBits = 8);
/// Returns 16 bits in `percent` of the cases, else 8.
unsigned drawWidth(CaseBuilder &c, unsigned percent);

/// Makes what `step` built the case's result.
LogicalResult finishCase(CaseBuilder &c, Step step);
/// Draws a step on `input`, in some cases a second one: the same shapes with
/// other parameters, which must not share a kernel by mistake.
LogicalResult drawOn(CaseBuilder &c, Step (*step)(CaseBuilder &, Value),
                     Value input);

// Steps of which chains are made.
Step drawConv(CaseBuilder &c, Value image);
Step drawDepthwise(CaseBuilder &c, Value image);
Step drawLinear(CaseBuilder &c, Value input);
/// An add, sub, min or max of both.
Step drawBinary(CaseBuilder &c, Value lhs, Value rhs);
Step drawRequantize(CaseBuilder &c, Value input);
Step drawLookup(CaseBuilder &c, Value input);
Step drawMaxPool(CaseBuilder &c, Value image);
Step drawAvgPool(CaseBuilder &c, Value image);
/// One of reshape, transpose, slice, pad, concat (with itself), gather.
Step drawMovement(CaseBuilder &c, Value input);
Step drawResize(CaseBuilder &c, Value image);

} // namespace narrow

#endif // NARROW_TOOLS_CHECK_KERNELS_CASEBUILDER_H
