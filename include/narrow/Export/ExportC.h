//===- ExportC.h - fixed point as arrays in C -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_EXPORT_EXPORTC_H
#define NARROW_EXPORT_EXPORTC_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow {

/// Writes a function in fixed point as a header of constant arrays, C99 and
/// C++17: what operations compute with (weights, biases, tables, multipliers,
/// shifts, geometry), shape, scale and zero point of every value, and a comment
/// that states the arithmetic. Names begin with `prefix` as an identifier.
/// With `packed`, weights of fewer than 8 bits lie in their storage code (N4).
/// Returns the text; fails with a diagnostic at what is not in fixed point.
FailureOr<std::string> exportC(mlir::func::FuncOp function, StringRef prefix,
                               bool packed);

} // namespace narrow

#endif // NARROW_EXPORT_EXPORTC_H
