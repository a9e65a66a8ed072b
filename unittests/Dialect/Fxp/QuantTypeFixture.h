//===- QuantTypeFixture.h - short names for quantised types ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_UNITTESTS_DIALECT_FXP_QUANTTYPEFIXTURE_H
#define NARROW_UNITTESTS_DIALECT_FXP_QUANTTYPEFIXTURE_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "gtest/gtest.h"

namespace narrow::fxp {

/// A context with the dialect loaded, and makers of common element types.
class QuantTypeFixture : public ::testing::Test {
protected:
  QuantTypeFixture() { context.loadDialect<FxpDialect>(); }

  /// A per-tensor type of `bits` stored bits and their full range.
  Type uniform(bool isSigned, unsigned bits, double scale, int64_t zeroPoint) {
    using mlir::quant::QuantizedType;
    return mlir::quant::UniformQuantizedType::get(
        isSigned ? mlir::quant::QuantizationFlags::Signed : 0,
        IntegerType::get(&context, bits), f32(), scale, zeroPoint,
        QuantizedType::getDefaultMinimumForInteger(isSigned, bits),
        QuantizedType::getDefaultMaximumForInteger(isSigned, bits));
  }
  Type u8(double scale, int64_t zeroPoint) {
    return uniform(false, 8, scale, zeroPoint);
  }
  Type i8(double scale, int64_t zeroPoint) {
    return uniform(true, 8, scale, zeroPoint);
  }
  Type i16(double scale) { return uniform(true, 16, scale, 0); }
  Type i32(double scale) { return uniform(true, 32, scale, 0); }

  Type u8PerAxis(ArrayRef<double> scales, ArrayRef<int64_t> zeroPoints,
                 int32_t axis) {
    return mlir::quant::UniformQuantizedPerAxisType::get(
        0, IntegerType::get(&context, 8), f32(), scales, zeroPoints, axis, 0,
        255);
  }
  /// Weights: symmetric, -127..127.
  Type i8PerAxis(ArrayRef<double> scales, int32_t axis) {
    SmallVector<int64_t> zeros(scales.size(), 0);
    return mlir::quant::UniformQuantizedPerAxisType::get(
        mlir::quant::QuantizationFlags::Signed, IntegerType::get(&context, 8),
        f32(), scales, zeros, axis, -127, 127);
  }
  Type f32() { return mlir::Float32Type::get(&context); }

  MLIRContext context;
};

} // namespace narrow::fxp

#endif // NARROW_UNITTESTS_DIALECT_FXP_QUANTTYPEFIXTURE_H
