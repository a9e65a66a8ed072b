//===- ReferenceRunner.h - a module run by the interpreter -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_REFERENCERUNNER_H
#define NARROW_DRIVER_REFERENCERUNNER_H

#include "narrow/Driver/Model.h"
#include "narrow/Reference/Interpreter.h"

namespace narrow {

/// Runs a fixed-point module by the reference interpreter on host tensors.
class ReferenceRunner {
public:
  /// `module` must outlive the runner and stay as it is.
  explicit ReferenceRunner(ModuleOp module);

  llvm::Error run(ArrayRef<HostTensor> inputs,
                  std::vector<HostTensor> &outputs);

private:
  mlir::func::FuncOp function;
  reference::Interpreter interpreter;
  SmallVector<ValueSpec> outputSpecs;
};

} // namespace narrow

#endif // NARROW_DRIVER_REFERENCERUNNER_H
