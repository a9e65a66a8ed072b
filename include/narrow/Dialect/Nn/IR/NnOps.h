//===- NnOps.h - the nn dialect: enumerations and ops ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNOPS_H
#define NARROW_DIALECT_NN_IR_NNOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "narrow/Support/LLVM.h"
#include <limits>

#include "narrow/Dialect/Nn/IR/NnEnums.h.inc"

namespace narrow::nn {
/// An activation of a recurrent layer with its parameters.
struct GateFunction {
  GateKind kind;
  float alpha, beta;
};
} // namespace narrow::nn

#include "narrow/Dialect/Nn/IR/NnDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "narrow/Dialect/Nn/IR/NnAttributes.h.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Nn/IR/NnOps.h.inc"

#endif // NARROW_DIALECT_NN_IR_NNOPS_H
