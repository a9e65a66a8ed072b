//===- Internals.h - steps from a float module to machine code -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXECUTION_INTERNALS_H
#define NARROW_LIB_EXECUTION_INTERNALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/FloatCode/FloatCode.h"
#include "narrow/Support/HostTensor.h"
#include "narrow/Support/LLVM.h"

namespace narrow::execution {

/// What the compiled function calls for observed value `index`: `context` is
/// what it was called with.
using ObserveFunction = void (*)(void *context, int64_t index,
                                 const float *elements, int64_t count);

/// The function's interface.
struct Signature {
  std::vector<HostTensor> inputs, outputs;
  std::vector<std::string> observed;
};

/// Rewrites `entry`, from tensors to tensors, so that it takes its inputs, one
/// memref for each output, the observe function and its context (two pointers),
/// and returns nothing. Observers become calls. Emits an error and fails on
/// types that cannot be passed.
LogicalResult rewriteEntryPoint(mlir::func::FuncOp entry, Signature &signature);

/// Lowers a module with a rewritten entry point to buffers and loops, then to
/// the LLVM dialect. The entry point takes two more pointers after the others:
/// to the constants and to the scratch memory of `plan`.
LogicalResult lowerToLLVM(ModuleOp module, mlir::func::FuncOp entry,
                          FloatArithmetic arithmetic,
                          floatcode::BufferPlan &plan);

} // namespace narrow::execution

#endif // NARROW_LIB_EXECUTION_INTERNALS_H
