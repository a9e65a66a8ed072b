//===- InitAllDialects.h - registers every dialect we use ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_INITALLDIALECTS_H
#define NARROW_INITALLDIALECTS_H

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Reference/Interpreter.h"

namespace narrow {

/// Registers Narrow's dialects and external models alone; for plugins, whose
/// host has upstream's already.
inline void registerNarrowDialects(mlir::DialectRegistry &registry) {
  registry.insert<fused::FusedDialect, fxp::FxpDialect, nn::NnDialect,
                  tile::TileDialect>();
  reference::registerReferenceModels(registry);
}

/// Registers Narrow's dialects, upstream's, and all external models.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerNarrowDialects(registry);
}

} // namespace narrow

#endif // NARROW_INITALLDIALECTS_H
