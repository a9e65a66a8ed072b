//===- FusedOps.h - contractions of float execution ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FUSED_IR_FUSEDOPS_H
#define NARROW_DIALECT_FUSED_IR_FUSEDOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "narrow/Support/LLVM.h"

#include "narrow/Dialect/Fused/IR/FusedDialect.h.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Fused/IR/FusedOps.h.inc"

namespace narrow::fused {

/// Makes the dialect's ops known to One-Shot Bufferize.
void registerBufferization(mlir::DialectRegistry &registry);

} // namespace narrow::fused

#endif // NARROW_DIALECT_FUSED_IR_FUSEDOPS_H
