//===- FloatCode.h - float operations to loops over buffers ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The road from `tosa` and `nn` to loop nests on one block of scratch memory.
// Execution compiles its end for this machine, Codegen for the levels of an
// artefact.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FLOATCODE_FLOATCODE_H
#define NARROW_FLOATCODE_FLOATCODE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/FloatCode/ChooseTile.h"
#include "narrow/Support/LLVM.h"
#include <optional>
#include <vector>

namespace narrow::floatcode {

/// Alignment of each buffer and large constant in bytes: a cache line.
constexpr size_t kBufferAlignment = 64;

/// LLVM function attribute (passed through) of loop nests that may read the
/// buffer that they write.
constexpr llvm::StringLiteral kMayAliasAttribute = "narrow-may-alias";

/// Registers and loads what lowering needs beyond the dialects of a module.
void registerLowering(MLIRContext &context);

/// Gives `entry`, from tensors to tensors, a memref argument behind the others
/// for each of its results, in order, instead of the results. Inputs are the
/// caller's: they are not written.
void addDestinations(mlir::func::FuncOp entry);

/// What `lowerToBuffers` makes beside the module.
struct BufferPlan {
  /// Contents of the constants' argument.
  std::vector<uint8_t> constants;
  /// Bytes of the temporary buffers' argument.
  int64_t arenaBytes = 0;
};

struct BufferOptions {
  /// All constants go to the block, all temporary buffers must have a place in
  /// the arena, copies are loops and arithmetic is expanded: the code needs
  /// nothing from elsewhere.
  bool freestanding = false;
  /// Contractions with constant weights become loops made for this unit, with
  /// what comes before and after them, and add each product without rounding
  /// it; they are left for `emitContractions`.
  std::optional<VectorUnit> fusedFor;
};

/// Lowers a module, whose `entry` has destinations, to buffers. Each loop nest
/// (linalg operation) becomes a function of its own, shared by those that
/// differ in nothing but their buffers; `entry` calls them, and takes two more
/// arguments, `memref<Nxi8>`: its large constants and `arenaBytes` of scratch.
LogicalResult lowerToBuffers(ModuleOp module, mlir::func::FuncOp entry,
                             const BufferOptions &options, BufferPlan &plan);

/// Emits the loops of the fused contractions of a module on buffers.
void emitContractions(ModuleOp module);

/// Size of the tiles of results that stay in registers.
struct TileShape {
  /// f32 results in a vector of output channels: 16 fill a cache line, one
  /// AVX-512 register or two of AVX2.
  int64_t lanes = 16;
  /// Vectors in a tile: with as many weights and inputs as are in flight they
  /// fit 16 registers.
  int64_t rows = 6;
  /// Products are added without being rounded first.
  bool isFused = false;
};

/// Rewrites every bufferised f32 contraction into loops over register tiles.
/// Each result is summed in the same order as before.
void tileContractions(ModuleOp module, TileShape shape);

/// Rewrites the loop nests that are left into plain loops.
LogicalResult lowerToLoops(ModuleOp module);

/// Rewrites scalar arithmetic whose result depends on the target, or that
/// targets take from a library, into IEEE additions, products, quotients,
/// square roots, comparisons and integer operations: N70. Fails after an error
/// at an operation that has no such form.
LogicalResult expandArithmetic(ModuleOp module);

} // namespace narrow::floatcode

#endif // NARROW_FLOATCODE_FLOATCODE_H
