//===- Constants.h - constant operands of float ops ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recognises and makes the constants that passes of the float level work on.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_CONSTANTS_H
#define NARROW_LIB_PREPARE_CONSTANTS_H

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow::prepare {

/// Returns the data of a static, ranked constant (dense, splat or resource), or
/// null where `value` is none.
ElementsAttr matchConstant(Value value);

/// Returns the elements of an f32 constant, splats expanded.
std::optional<SmallVector<float>> matchFloats(Value value);

/// Returns the single number of an f32 constant whose elements are all equal.
std::optional<float> matchFloatSplat(Value value);

/// Returns the numbers of a constant TOSA shape operand.
std::optional<SmallVector<int64_t>> matchShape(Value value);

/// Returns whether every element of the constant is zero.
bool isZero(Value value);

/// Makes a `tosa.const` of f32 with `shape`, from row-major `values`.
Value createFloats(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                   ArrayRef<float> values);

/// Makes a constant TOSA shape operand.
Value createShape(OpBuilder &builder, Location loc, ArrayRef<int64_t> values);

/// Makes a reshape of `value` to `shape`, or returns `value` where it has that
/// shape.
Value createReshape(OpBuilder &builder, Location loc, Value value,
                    ArrayRef<int64_t> shape);

/// Makes the product of `value` and an f32 constant that broadcasts to it.
mlir::tosa::MulOp createProduct(OpBuilder &builder, Location loc, Value value,
                                ArrayRef<int64_t> shape,
                                ArrayRef<float> factors);

/// Returns the constant with another shape of as many elements.
ElementsAttr reshapeConstant(ElementsAttr attr, ArrayRef<int64_t> shape);

/// Returns the constant with its axes permuted (axis i of the result is axis
/// perm[i] of `attr`), or null for element types other than floats of at most
/// 32 bits and integers.
ElementsAttr transposeConstant(ElementsAttr attr, ArrayRef<int32_t> perm);

/// Reads a per-channel constant that broadcasts against a tensor of `rank` axes
/// with `channels` channels on the last one: a splat, or a tensor whose other
/// axes are all 1. Returns `channels` numbers, or nothing.
std::optional<SmallVector<float>> matchPerChannel(Value value, int64_t rank,
                                                  int64_t channels);

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_CONSTANTS_H
