//===- ScalarMath.h - scalar functions from IEEE operations ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forms of rounding and elementary functions on one f32 that every target
// computes to the same bits without a library (N70). A NaN goes through.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FLOATCODE_SCALARMATH_H
#define NARROW_LIB_FLOATCODE_SCALARMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Support/LLVM.h"

namespace narrow::floatcode {

struct ScalarMath : mlir::ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value number(float value);
  Value integer(int32_t value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value less(Value a, Value b);  ///< False where one is NaN.
  Value equal(Value a, Value b); ///< False where one is NaN.
  Value select(Value condition, Value a, Value b);
  Value abs(Value x);
  Value withSignOf(Value magnitude, Value x);
  /// `((c[n] * x + c[n-1]) * x + ...) + c[0]`.
  Value polynomial(Value x, ArrayRef<float> coefficients);

  /// Truncates to an integer; 0 for NaN.
  Value toInteger(Value x);

  // Rounding.
  Value trunc(Value x);
  Value floor(Value x);
  Value ceil(Value x);
  Value roundEven(Value x);
  Value round(Value x); ///< Halves away from zero.

  // Elementary functions.
  Value exp(Value x);
  Value sin(Value x);
  Value cos(Value x);
  Value pow(Value x, Value y);
  Value sinh(Value x);
  Value cosh(Value x);
  Value asinh(Value x);
  Value acosh(Value x);
  Value atanh(Value x);

private:
  /// The sine of `x` moved on by `quarters` quarters of a turn.
  Value wave(Value x, float quarters);
  /// `2^k` of an integer -126 to 127.
  Value powerOfTwo(Value k);
};

} // namespace narrow::floatcode

#endif // NARROW_LIB_FLOATCODE_SCALARMATH_H
