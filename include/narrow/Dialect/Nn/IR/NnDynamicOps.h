//===- NnDynamicOps.h - ops that few files need to know --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values and weights in fewer bits, and places of values.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNDYNAMICOPS_H
#define NARROW_DIALECT_NN_IR_NNDYNAMICOPS_H

#include "narrow/Dialect/Nn/IR/NnOps.h"

#define GET_OP_CLASSES
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h.inc"

#endif // NARROW_DIALECT_NN_IR_NNDYNAMICOPS_H
