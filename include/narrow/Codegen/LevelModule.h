//===- LevelModule.h - all kernels of a model for one level -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_LEVELMODULE_H
#define NARROW_CODEGEN_LEVELMODULE_H

#include "narrow/Codegen/MemoryPlan.h"
#include "narrow/Cost/KernelFeatures.h"
#include "llvm/ADT/StringMap.h"

namespace narrow::codegen {

/// The constants of all levels of an artefact, in order of first use, each
/// 64-byte aligned; equal contents are stored once.
class ConstantPool {
public:
  /// Returns the offset of `contents`.
  int64_t add(ArrayRef<char> contents);
  /// Returns all bytes, with `BufferLayout::kSlackBytes` behind the last.
  const std::vector<char> &finish();
  int64_t size() const { return bytes.size(); }

private:
  std::vector<char> bytes;
  llvm::StringMap<int64_t> offsets; ///< By contents.
};

/// By how many steps the register tiles of kernels are smaller, by the names of
/// their functions at step 0; 0 for all others.
using TileSteps = llvm::StringMap<unsigned>;

/// One argument of a bound call.
struct BoundArgument {
  Placement::Space space;
  unsigned index = 0; ///< Of the input or output.
  int64_t offset = 0; ///< In the arena or the constants, in bytes.
};

/// A kernel with its buffers.
struct BoundCall {
  std::shared_ptr<const Kernel> kernel;
  SmallVector<BoundArgument> arguments;
  Location loc;
  std::string op; ///< What it computes: an op without its dialect, "copy" of
                  ///< an input or output, or "halo".
  /// Of the op's operands (without constants of rank 1) and its result:
  /// "1x8x8x16 by 32x3x3x16 -> 1x8x8x32".
  std::string shapes;
  /// What the op's time depends on; empty for copies and halos.
  cost::KernelFeatures features;
  std::string origin; ///< Name of the kernel's function at tile step 0.
  /// Of its packed weights, biases, multipliers and tables; equal contents are
  /// stored once for all calls.
  int64_t constantBytes = 0;
};

/// Selects the kernels of all ops of `function` on `target`, in order, with the
/// copies and halos that the plan asks for. Constants of the same op may depend
/// on its tile step.
FailureOr<std::vector<BoundCall>>
bindKernels(mlir::func::FuncOp function, const MemoryPlan &plan,
            const Islands &islands, const Target &target,
            ConstantPool &constants, const TileSteps &steps = {});

/// Name of the function that runs a level, and of the constants.
std::string getBodyName(const Target &target);
/// Name of the function that makes call `index` alone, with the body's
/// arguments.
std::string getStepName(const Target &target, size_t index);
inline constexpr llvm::StringLiteral kConstantsName = "narrow_constants";

/// Name of a kernel's function, and of the one that shares its units among
/// threads.
std::string getKernelName(const Target &target, const Kernel &kernel);
std::string getSharedName(const Target &target, const Kernel &kernel);

/// Fails at a call whose kernel has the name of another call's but is not the
/// same code. Only one of them is emitted, so that the name must say everything
/// that the code depends on.
LogicalResult verifyKernelNames(ArrayRef<BoundCall> calls,
                                const Target &target);

/// Emits a module with the kernels that `calls` use and a body function
/// `(inputs..., outputs..., arena, parallel)` that calls them: `memref<Nxi8>`
/// but for the last, a pointer to a `narrow_parallel` (runtime/artefact.h) or
/// null. A kernel of several units is called through a function of
/// `getSharedName`, which is only declared. With `withSteps` there is a
/// function for each call as well.
OwningOpRef<ModuleOp>
emitLevelModule(mlir::func::FuncOp function, const MemoryPlan &plan,
                ArrayRef<BoundCall> calls, const Target &target,
                int64_t constantBytes, bool withSteps = false);

/// Lowers such a module to the LLVM dialect. Pointers are passed bare.
LogicalResult lowerLevelModule(ModuleOp module, const Target &target);

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_LEVELMODULE_H
