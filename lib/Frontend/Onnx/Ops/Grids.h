//===- Grids.h - between real numbers and stored integers -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps from stored integers to reals and back, with checked scales and
// zero points. Every quantised operator is imported as its operands' reals, the
// float operator, and the result's integers.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPS_GRIDS_H
#define NARROW_LIB_FRONTEND_ONNX_OPS_GRIDS_H

#include "../Node.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace narrow::frontend {

/// Returns the fixed-point type of integers of `type`, at most 16 bits wide.
/// Unsigned ones of 16 bits become signed: their reals are the same.
mlir::quant::UniformQuantizedType
getStoredType(MLIRContext *context, DataType type, double scale, int64_t zero);

/// Says in the module that the model came quantised.
void markQuantized(Node &node);

/// Returns the reals of `stored`; `zero` may be missing. Parameters of more
/// than one number belong to `axis`.
Tensor dequantize(Node &node, Tensor stored, Tensor scale, Tensor zero,
                  int64_t axis);

/// Notes how the file has the constants of the layer that `node` becomes
/// (StoredWeights.h), where they are as they were dequantised: output channels
/// of `weights` are on `axis`, `bias` may be missing.
void noteLayer(Node &node, const Tensor &weights, int64_t axis,
               const Tensor &bias);

/// Returns `real` as integers of `type`; `zero` may be missing.
Tensor quantize(Node &node, Tensor real, Tensor scale, Tensor zero,
                DataType type, int64_t axis);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPS_GRIDS_H
