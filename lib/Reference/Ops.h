//===- Ops.h - the reference semantics of each fxp op ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One plain function per op: it reads `operands` in the op's order and fills
// `result`, which has the result's type. Each fails after emitting an error.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REFERENCE_OPS_H
#define NARROW_LIB_REFERENCE_OPS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Reference/Tensor.h"

namespace narrow::reference {

using Operands = ArrayRef<const Tensor *>;

// Contractions.cpp
LogicalResult evaluate(fxp::Conv2DOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::TransposedConv2DOp op, Operands operands,
                       Tensor &result);
LogicalResult evaluate(fxp::FullyConnectedOp op, Operands operands,
                       Tensor &result);
LogicalResult evaluate(fxp::MatMulOp op, Operands operands, Tensor &result);

// Casts.cpp
LogicalResult evaluate(fxp::QuantizeOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::DequantizeOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::RequantizeOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::ToIntegersOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::FromIntegersOp op, Operands operands,
                       Tensor &result);

// Elementwise.cpp
LogicalResult evaluate(fxp::AddOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::SubOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::MinOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::MaxOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::MulOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::LookupOp op, Operands operands, Tensor &result);

// Softmax.cpp
LogicalResult evaluate(fxp::SoftmaxOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::LogSoftmaxOp op, Operands operands, Tensor &result);

// Normalize.cpp
LogicalResult evaluate(fxp::NormalizeOp op, Operands operands, Tensor &result);

// Reductions.cpp
LogicalResult evaluate(fxp::MaxPool2DOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::AvgPool2DOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::ReduceSumOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::ReduceMaxOp op, Operands operands, Tensor &result);

// Movement.cpp
LogicalResult evaluate(fxp::ReshapeOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::TransposeOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::SliceOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::PadOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::ConcatOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::GatherOp op, Operands operands, Tensor &result);
LogicalResult evaluate(fxp::ResizeOp op, Operands operands, Tensor &result);

} // namespace narrow::reference

#endif // NARROW_LIB_REFERENCE_OPS_H
