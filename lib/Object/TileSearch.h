//===- TileSearch.h - smaller tiles where registers spill ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_TILESEARCH_H
#define NARROW_LIB_OBJECT_TILESEARCH_H

#include "Spills.h"
#include "narrow/Codegen/LevelModule.h"
#include "llvm/Target/TargetMachine.h"

namespace narrow::object {

/// Finds smaller register tiles for those kernels of a level whose hot loops
/// spill much. `loops` holds the hot loops of the generated code; without it,
/// the kernels that may fill the registers are generated alone first. A kernel
/// that spills is generated
/// alone with ever smaller tiles until one spills little. If none does, the one
/// with the smallest share of spills is taken. Says at the op, in a remark,
/// where the tile differs from the model's choice.
llvm::Expected<codegen::TileSteps>
searchTiles(mlir::func::FuncOp function, const codegen::MemoryPlan &plan,
            const codegen::Islands &islands, const Target &target,
            ArrayRef<codegen::BoundCall> calls, const HotLoops *loops,
            llvm::TargetMachine &machine);

/// Keeps remarks back while it exists, for work that is done again.
struct MutedRemarks : mlir::ScopedDiagnosticHandler {
  explicit MutedRemarks(MLIRContext *context);
};

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_TILESEARCH_H
