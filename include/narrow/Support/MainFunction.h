//===- MainFunction.h - the function that is the model ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_MAINFUNCTION_H
#define NARROW_SUPPORT_MAINFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow {

/// Returns the function `main`, or the only one there is, or null.
mlir::func::FuncOp getMainFunction(ModuleOp module);

} // namespace narrow

#endif // NARROW_SUPPORT_MAINFUNCTION_H
