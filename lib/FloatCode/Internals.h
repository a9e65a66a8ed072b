//===- Internals.h - steps from float operations to buffers ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FLOATCODE_INTERNALS_H
#define NARROW_LIB_FLOATCODE_INTERNALS_H

#include "mlir/IR/DialectResourceBlobManager.h"
#include "narrow/FloatCode/ChooseTile.h"
#include "narrow/FloatCode/FloatCode.h"
#include "llvm/ADT/DenseSet.h"

namespace narrow::floatcode {

using ResourceSet = llvm::DenseSet<mlir::DenseResourceElementsAttr>;

/// Returns the resources that operations of the module refer to.
ResourceSet collectResources(ModuleOp module);

/// Moves the contents of the constants of a bufferised module to one block of
/// bytes, which `entry` takes as an additional argument: a compiler is spared
/// from reading megabytes of weights. Small ones stay unless `all`. Resources
/// that are not in `kept` (made on the way here, and used nowhere else) are
/// emptied.
LogicalResult moveConstantsToBlob(ModuleOp module, mlir::func::FuncOp entry,
                                  const ResourceSet &kept, bool all,
                                  std::vector<uint8_t> &blob);

/// Moves each loop nest (linalg operation) of a bufferised `entry` to a
/// function of its own, shared by those that differ in nothing but their
/// buffers.
void outlineKernels(ModuleOp module, mlir::func::FuncOp entry);

/// Places the temporary buffers of a bufferised `entry` in one arena, which it
/// takes as an additional argument.
LogicalResult planArena(mlir::func::FuncOp entry, int64_t &arenaBytes);

/// Rewrites the convolutions and products of `entry`, on tensors, whose weights
/// are constants, as fused contractions.
void formContractions(mlir::func::FuncOp entry, const VectorUnit &unit);

/// Gives the operations on integers that may trap, or that targets compute
/// differently, the values of N70: quotients by 0 and -1, conversions of NaN.
void defineIntegers(ModuleOp module);

/// Has the fused contractions of a bufferised `entry` read and write copies of
/// the buffers whose last axis has a step: their loops move by whole vectors
/// along it.
void makeRowsDense(mlir::func::FuncOp entry);

/// Moves elementwise loop nests, on tensors, into the contractions that they
/// are the only readers of.
void fuseEpilogues(mlir::func::FuncOp entry);

} // namespace narrow::floatcode

#endif // NARROW_LIB_FLOATCODE_INTERNALS_H
