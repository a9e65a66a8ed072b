//===- ReferenceRunner.h - a module run by the interpreter -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_REFERENCERUNNER_H
#define NARROW_DRIVER_REFERENCERUNNER_H

#include "narrow/Driver/Model.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Reference/Interpreter.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/ADT/StringMap.h"

namespace narrow {

/// Runs a module by the reference interpreter on host tensors. Its float
/// islands, if there are any, run by plain loops in the defined arithmetic
/// (N70).
class ReferenceRunner {
public:
  /// The function may be one of several in its module.
  explicit ReferenceRunner(mlir::func::FuncOp function);
  explicit ReferenceRunner(ModuleOp module)
      : ReferenceRunner(getMainFunction(module)) {}

  /// Runs the function as the interpreter does.
  LogicalResult run(ArrayRef<reference::Tensor> inputs,
                    SmallVectorImpl<reference::Tensor> &results) {
    return interpreter.run(inputs, results);
  }
  llvm::Error run(ArrayRef<HostTensor> inputs,
                  std::vector<HostTensor> &outputs);

private:
  LogicalResult runIsland(Operation &op,
                          ArrayRef<const reference::Tensor *> operands,
                          MutableArrayRef<reference::Tensor> results);

  /// A module with the function, its islands in functions of their own.
  OwningOpRef<ModuleOp> module;
  mlir::func::FuncOp function;
  /// The islands, by their functions' names, from their first call on.
  llvm::StringMap<std::unique_ptr<FloatExecutor>> islands;
  reference::Interpreter interpreter;
  SmallVector<ValueSpec> outputSpecs;
};

} // namespace narrow

#endif // NARROW_DRIVER_REFERENCERUNNER_H
