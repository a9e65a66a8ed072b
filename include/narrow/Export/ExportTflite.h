//===- ExportTflite.h - fixed point as a TFLite model -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_EXPORT_EXPORTTFLITE_H
#define NARROW_EXPORT_EXPORTTFLITE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow {

/// Writes a function in fixed point as a TFLite model: activations of i8 with a
/// zero point or of i16 without, weights of i8 with a scale for each channel,
/// biases at the scale of their products. Axes are in the function's order.
/// Returns the file's bytes; fails with a diagnostic at what has no form there.
FailureOr<std::string> exportTflite(mlir::func::FuncOp function);

} // namespace narrow

#endif // NARROW_EXPORT_EXPORTTFLITE_H
