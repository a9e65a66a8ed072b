//===- NewerBytecode.h - bytecode of a newer MLIR --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_NEWERBYTECODE_H
#define NARROW_LIB_FRONTEND_NEWERBYTECODE_H

#include "mlir/Bytecode/BytecodeReaderConfig.h"
#include "narrow/Support/LLVM.h"

namespace narrow::frontend {

/// Adds what newer writers of bytecode have and the reader of our MLIR has not:
/// affine maps in a form of their own, which MLIR 22 writes as text. What
/// torch-mlir exports as `linalg` has them.
void readNewerAttributes(mlir::BytecodeReaderConfig &config);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_NEWERBYTECODE_H
