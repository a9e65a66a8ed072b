//===- Dynamic.h - products with integer weights ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers with integer weights, as those of Handlers.h.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPS_DYNAMIC_H
#define NARROW_LIB_FRONTEND_ONNX_OPS_DYNAMIC_H

#include "../Node.h"

namespace narrow::frontend {

// Dynamic.cpp
LogicalResult importDynamicQuantizeMatMul(Node &node);
LogicalResult importDynamicMatMul(Node &node);
LogicalResult importDynamicConv(Node &node);
LogicalResult importDynamicQuantizeLstm(Node &node);
LogicalResult importMatMulIntegerToFloat(Node &node);
LogicalResult importMatMulNBits(Node &node);

// QAttention.cpp
LogicalResult importQAttention(Node &node);

// IntegerProducts.cpp
LogicalResult importMatMulInteger(Node &node);
LogicalResult importConvInteger(Node &node);
LogicalResult importScaledMatMul(Node &node);
LogicalResult importScaledConv(Node &node);

/// Returns the reals of integer weights, operand `index`, in steps of `scales`,
/// of 1 where that is null, with zero points `zeros`, which may be null. Those
/// of several channels belong to `axis`.
Tensor getIntegerWeights(Node &node, size_t index, Tensor scales, Tensor zeros,
                         int64_t axis);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPS_DYNAMIC_H
