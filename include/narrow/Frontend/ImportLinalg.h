//===- ImportLinalg.h - functions of linalg as the float level --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FRONTEND_IMPORTLINALG_H
#define NARROW_FRONTEND_IMPORTLINALG_H

#include "narrow/Support/LLVM.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace narrow {

/// Whether a function computes with `linalg`, or with `tensor`, `arith` and
/// `math` as models in `linalg` do.
bool hasLinalg(mlir::func::FuncOp function);

/// Rewrites such a function on tensors to TOSA and `nn` (pass `import-linalg`);
/// fails after an error at the operation that has no such form.
LogicalResult importLinalg(mlir::func::FuncOp function);

} // namespace narrow

#endif // NARROW_FRONTEND_IMPORTLINALG_H
