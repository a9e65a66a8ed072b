//===- Dynamic.h - products with integer weights ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of Dynamic.cpp, as those of Handlers.h.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPS_DYNAMIC_H
#define NARROW_LIB_FRONTEND_ONNX_OPS_DYNAMIC_H

#include "../Node.h"

namespace narrow::frontend {

LogicalResult importDynamicQuantizeMatMul(Node &node);
LogicalResult importDynamicMatMul(Node &node);
LogicalResult importDynamicConv(Node &node);
LogicalResult importDynamicQuantizeLstm(Node &node);
LogicalResult importMatMulIntegerToFloat(Node &node);
LogicalResult importMatMulNBits(Node &node);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPS_DYNAMIC_H
