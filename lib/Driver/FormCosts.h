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
#include "llvm/ADT/StringSet.h"

namespace narrow {

/// What a module comes to when it is compiled.
struct ModuleCost {
  int64_t bytes = 0; ///< Of constants.
  llvm::StringMap<int64_t> bytesByNode;
  /// A kernel's node and features.
  std::vector<std::pair<std::string, cost::KernelFeatures>> kernels;

  /// As `price` finds them: the sum of all kernels, those of each node, and the
  /// kernels whose times nobody measured.
  double us = 0;
  llvm::StringMap<double> usByNode;
  int64_t estimated = 0;

  /// Looks up what the kernels take.
  void price(const cost::CostModel &times, const Target &level);
  /// Returns the nodes of kernels whose times nobody measured.
  llvm::StringSet<> findUnmeasured(const cost::CostModel &times,
                                   const Target &level) const;
};

/// Returns the best of some levels.
const Target &getBestLevel(ArrayRef<const Target *> targets);

/// Chooses the module's kernels for `targets`, of which nothing stays; where
/// the result has to be exact, generates their code too, which may change
/// tiles. Nothing has a price yet.
llvm::Expected<ModuleCost>
measureCost(ModuleOp module, ArrayRef<const Target *> targets, bool isExact);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_FORMCOSTS_H
