//===- KernelCheck.h - compares generated code, level by level -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_CHECK_KERNELS_KERNELCHECK_H
#define NARROW_TOOLS_CHECK_KERNELS_KERNELCHECK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Target/Target.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace narrow {

/// One function with its inputs and what the interpreter makes of them.
struct KernelCase {
  mlir::func::FuncOp function;
  std::vector<SmallVector<reference::Tensor>> inputs, wanted;

  /// Draws `samples` inputs, edges first, and interprets the function. Fails
  /// if the interpreter does.
  LogicalResult evaluate(unsigned samples, ArrayRef<uint64_t> seed);
};

/// One sample of one case whose output is not the interpreter's.
struct Mismatch {
  size_t caseIndex;
  unsigned sample, output;
  int64_t different, elements; ///< Elements that differ, of so many.
  std::string first;           ///< Where the first one is, found and wanted.
};

/// Compiles the functions of all cases as one artefact for one level, runs
/// every sample and reports what differs.
llvm::Error checkLevel(ArrayRef<KernelCase> cases, const Target &target,
                       function_ref<void(const Mismatch &)> report);

} // namespace narrow

#endif // NARROW_TOOLS_CHECK_KERNELS_KERNELCHECK_H
