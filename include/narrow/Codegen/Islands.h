//===- Islands.h - float operations inside an artefact ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A float island (a region of operations that stayed in float) is one kernel of
// the level module. Its intermediate buffers are one block of scratch memory,
// which the memory plan places like a value that lives during the call.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_ISLANDS_H
#define NARROW_CODEGEN_ISLANDS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Codegen/Kernel.h"
#include "narrow/Cost/KernelFeatures.h"
#include "llvm/ADT/StringMap.h"

namespace narrow::codegen {

struct Island;

/// The islands of a module, lowered to buffers once for all levels.
class Islands {
public:
  /// Lowers every island function of `module`, which is left as it is. Fails
  /// after an error at an operation that has no loops.
  static FailureOr<Islands> lower(ModuleOp module);

  /// Returns the bytes of scratch memory that a call needs.
  int64_t getScratchBytes(mlir::func::CallOp call) const;

  /// Returns the kernel of a call, as `selectKernel` does.
  KernelCall select(mlir::func::CallOp call, ArrayRef<BufferLayout> operands,
                    ArrayRef<BufferLayout> results) const;

  /// Returns what the time of a call depends on.
  cost::KernelFeatures describe(mlir::func::CallOp call) const;

private:
  llvm::StringMap<std::shared_ptr<const Island>> islands; ///< By name.
};

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_ISLANDS_H
