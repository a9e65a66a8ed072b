//===- Internals.h - steps from a float module to machine code -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXECUTION_INTERNALS_H
#define NARROW_LIB_EXECUTION_INTERNALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "narrow/Support/HostTensor.h"
#include "narrow/Support/LLVM.h"
#include "llvm/ADT/DenseSet.h"

namespace narrow::execution {

/// Alignment of each buffer and large constant in bytes: a cache line.
constexpr size_t kBufferAlignment = 64;

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
/// to the large constants, which are copied to `constants`, and to `arenaBytes`
/// bytes for its temporary buffers.
LogicalResult lowerToLLVM(ModuleOp module, mlir::func::FuncOp entry,
                          std::vector<uint8_t> &constants, int64_t &arenaBytes);

using ResourceSet = llvm::DenseSet<mlir::DenseResourceElementsAttr>;

/// Returns the resources that operations of the module refer to.
ResourceSet collectResources(ModuleOp module);

/// Moves the contents of all large constants of a bufferised module to one
/// block of bytes, which `entry` takes as an additional argument: the JIT
/// compiler is spared from reading megabytes of weights. Resources that are not
/// in `kept` (made on the way here, and used nowhere else) are emptied.
LogicalResult moveConstantsToBlob(ModuleOp module, mlir::func::FuncOp entry,
                                  const ResourceSet &kept,
                                  std::vector<uint8_t> &blob);

/// Moves each loop nest (linalg operation) of a bufferised `entry` to a
/// function of its own, shared by those that differ in nothing but their
/// buffers.
void outlineKernels(ModuleOp module, mlir::func::FuncOp entry);

/// Places the temporary buffers of a bufferised `entry` in one arena, which it
/// takes as an additional argument.
LogicalResult planArena(mlir::func::FuncOp entry, int64_t &arenaBytes);

/// Rewrites every bufferised f32 contraction into loops over register tiles.
void tileContractions(ModuleOp module);

} // namespace narrow::execution

#endif // NARROW_LIB_EXECUTION_INTERNALS_H
