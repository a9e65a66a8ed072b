//===- FormCosts.h - bytes and microseconds of a module ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_FORMCOSTS_H
#define NARROW_LIB_DRIVER_FORMCOSTS_H

#include "narrow/Cost/CostModel.h"
#include "llvm/ADT/StringMap.h"

namespace narrow {

/// What a module comes to when it is compiled.
struct ModuleCost {
  int64_t bytes = 0; ///< Of constants.
  double us = 0;     ///< The sum of all kernels, predicted.
  /// The same of each node.
  llvm::StringMap<int64_t> bytesByNode;
  llvm::StringMap<double> usByNode;
  int64_t estimated = 0; ///< Kernels whose times nobody measured.
};

/// Returns the best of some levels.
const Target &getBestLevel(ArrayRef<const Target *> targets);

/// Chooses the module's kernels for `targets`, of which nothing stays; where
/// the result has to be exact, their code too, which may change tiles. Times
/// are those of the best level.
llvm::Expected<ModuleCost> measureCost(ModuleOp module,
                                       ArrayRef<const Target *> targets,
                                       const cost::CostModel &times,
                                       bool isExact = false);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_FORMCOSTS_H
