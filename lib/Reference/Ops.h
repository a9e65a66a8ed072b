//===- Ops.h - the reference semantics of each fxp op ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One plain function per op, in the file of its family. Models.cpp attaches
// them to all ops of the dialect: where one is missing, the program does not
// link.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REFERENCE_OPS_H
#define NARROW_LIB_REFERENCE_OPS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Reference/Tensor.h"

namespace narrow::reference {

using Operands = ArrayRef<const Tensor *>;

/// Reads `operands` in the op's order and fills `result`, which has the
/// result's type. Fails after emitting an error.
template <typename OpT>
LogicalResult evaluate(OpT op, Operands operands, Tensor &result);

/// The same for an op of several results.
template <typename OpT>
LogicalResult evaluate(OpT op, Operands operands,
                       MutableArrayRef<Tensor> results);

} // namespace narrow::reference

#endif // NARROW_LIB_REFERENCE_OPS_H
