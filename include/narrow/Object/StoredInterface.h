//===- StoredInterface.h - stored integers at the interface ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_OBJECT_STOREDINTERFACE_H
#define NARROW_OBJECT_STOREDINTERFACE_H

#include "narrow/Support/LLVM.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace narrow {

/// Gives the arguments and results that a quantised model takes and gives as
/// stored integers (`narrow.stored`) these types, in the place of reals and the
/// casts behind them.
void takeStoredInterface(mlir::func::FuncOp function);

} // namespace narrow

#endif // NARROW_OBJECT_STOREDINTERFACE_H
