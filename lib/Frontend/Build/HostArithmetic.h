//===- HostArithmetic.h - elementwise functions on the host -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar semantics of ONNX's elementwise operators, for constants.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_BUILD_HOSTARITHMETIC_H
#define NARROW_LIB_FRONTEND_BUILD_HOSTARITHMETIC_H

#include "TensorBuilder.h"

namespace narrow::frontend {

/// Applies to floats; comparisons give 0 or 1.
double evaluate(BinaryOp op, double lhs, double rhs);

/// Applies to integers of a type, before wrapping. Division by zero gives 0.
int64_t evaluate(BinaryOp op, DataType type, int64_t lhs, int64_t rhs);

/// Applies to a float.
double evaluate(UnaryOp op, double value);

/// Applies to an integer; null where ONNX defines the function on floats alone.
std::optional<int64_t> evaluate(UnaryOp op, int64_t value);

/// Returns whether the result is a boolean whatever the operands are.
bool isComparison(BinaryOp op);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_BUILD_HOSTARITHMETIC_H
