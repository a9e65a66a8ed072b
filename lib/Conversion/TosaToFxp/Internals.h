//===- Internals.h - what the parts of the conversion share -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CONVERSION_TOSATOFXP_INTERNALS_H
#define NARROW_LIB_CONVERSION_TOSATOFXP_INTERNALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Conversion/TosaToFxp/TosaToFxp.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

namespace narrow::tosatofxp {

namespace tosa = mlir::tosa;

/// The integers of a constant operand, reshaped or not, sign-extended, or of a
/// `const_shape`; nothing for other values.
std::optional<SmallVector<int64_t>> getConstant(Value value);

/// Width of a tensor's elements where they are integers; 0 otherwise.
unsigned getIntegerBits(Value value);

/// Whether values of this kind have a form in fixed point: i8 or i16.
bool isStorable(Value value);

/// Element type of stored integers of `bits` bits at scale 1, which stands for
/// a scale that nobody knows.
Type getStoredType(MLIRContext *context, unsigned bits, bool isUnsigned,
                   int64_t zeroPoint);

/// The numbers of a `tosa.rescale`.
struct Rescale {
  SmallVector<int32_t> multiplier, shift; ///< One, or one per channel.
  bool roundsTwice = false;
  bool inputUnsigned = false, outputUnsigned = false;
  int64_t inputZero = 0, outputZero = 0;

  /// Reads them; fails after an error at `op`.
  static FailureOr<Rescale> get(tosa::RescaleOp op);
  bool isPerChannel() const { return multiplier.size() > 1; }
  /// Whether it multiplies by exactly one.
  bool isUnit() const { return getLeftShift() == 0; }
  /// The shift to the left that it is, without any rounding; nothing where it
  /// is none.
  std::optional<int64_t> getLeftShift() const;
  /// The same as a requantisation (N21, N27, N28).
  fxp::RequantAttr getRequant(MLIRContext *context) const;
};

/// The requantisation that changes nothing.
fxp::RequantAttr getUnitRequant(MLIRContext *context);

/// Rewrites one function, operation after operation. Between them values are
/// plain integers: what is made gives its result as such.
class Converter {
public:
  explicit Converter(mlir::func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  /// Fails after errors at the operations that cannot be converted.
  LogicalResult run();

private:
  // Each leaves alone what has no form in fixed point, and fails after an
  // error.
  LogicalResult convert(Operation *op);
  LogicalResult convertRescale(tosa::RescaleOp op);
  void convertContraction(Operation *op);
  void convertMovement(Operation *op);
  void convertAvgPool(tosa::AvgPool2dOp op);
  void convertClamp(tosa::ClampOp op);
  void convertTable(tosa::TableOp op);

  // What a rescale makes of the operation in front of it; false where it has
  // none of that kind.
  bool rescaleContraction(tosa::RescaleOp op, const Rescale &rescale);
  bool rescaleCombination(tosa::RescaleOp op, const Rescale &rescale);
  bool rescaleSum(tosa::RescaleOp op, const Rescale &rescale);
  bool rescaleTable(tosa::RescaleOp op, const Rescale &rescale);

  /// The contraction as an op of `result`'s elements, or null.
  Value buildContraction(Operation *op, Type result, fxp::RequantAttr requant);
  Value buildMatMul(tosa::MatMulOp op, Type result, fxp::RequantAttr requant);

  /// A side of an elementwise operation on i32: stored integers, and how they
  /// become i32.
  struct Side {
    Value value;
    fxp::RequantAttr requant;
    int64_t shift = 0; ///< To the left, before it.

    fxp::CombineSide get() const { return {value.getType(), requant, shift}; }
  };
  std::optional<Side> getSide(Value plain);

  /// A plain value as stored integers of `zeroPoint`.
  Value getStored(Value plain, int64_t zeroPoint, bool isUnsigned = false);
  /// The same at the zero point that the value's maker or readers have.
  Value getStored(Value plain);
  /// Replaces the result of `op` by stored integers.
  void replace(Operation *op, Value stored);
  /// The type of `like`, with other elements.
  static RankedTensorType withElements(Value like, Type element);

  mlir::func::FuncOp function;
  OpBuilder builder;
};

/// Zero point of a plain value as its maker or, failing that, its readers have
/// it; 0 where nobody says.
int64_t findZeroPoint(Value plain);

} // namespace narrow::tosatofxp

#endif // NARROW_LIB_CONVERSION_TOSATOFXP_INTERNALS_H
