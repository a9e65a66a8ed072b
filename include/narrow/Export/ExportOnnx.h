//===- ExportOnnx.h - fixed point as ONNX with QDQ --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_EXPORT_EXPORTONNX_H
#define NARROW_EXPORT_EXPORTONNX_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow {

/// The opsets that can be written.
inline constexpr int64_t kLeastExportOpset = 13, kMostExportOpset = 23;

/// Writes a function in fixed point as an ONNX model: float operations between
/// DequantizeLinear and QuantizeLinear, weights as integers with their scales,
/// biases as i32. Images keep their channels first, where nothing in between
/// needs them last. `opset` is 0 for the least that has all types: 13, or 21
/// for 16-bit values. With 21 and later, weights whose integers fit 4 bits are
/// stored as int4. Returns the serialised model; fails with a diagnostic at
/// what has no form there.
FailureOr<std::string> exportOnnx(mlir::func::FuncOp function, int64_t opset);

} // namespace narrow

#endif // NARROW_EXPORT_EXPORTONNX_H
