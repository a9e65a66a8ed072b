//===- KeepFloat.h - what the user wants in float ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_ANALYSIS_KEEPFLOAT_H
#define NARROW_ANALYSIS_KEEPFLOAT_H

#include "narrow/Support/LLVM.h"
#include "llvm/ADT/DenseSet.h"
#include <string>
#include <vector>

namespace narrow {

/// The discardable unit attribute of an op that a plan leaves in float.
inline constexpr llvm::StringLiteral kKeepFloatAttr = "narrow.keep_float";

/// The ops of a function that stay in float because the user or a plan named
/// them, or because they only move data from one such op to another.
class KeepFloat {
public:
  /// `names` of nodes, also of nodes that preparation merged into others, or of
  /// values. What lies between such ops and the inputs or outputs of a function
  /// stays as well where `isInterfaceFloat`.
  KeepFloat(Operation *root, ArrayRef<std::string> names,
            bool isInterfaceFloat = false);

  bool contains(Operation *op) const { return ops.contains(op); }
  /// Returns the names that nothing inside the root has, sorted.
  ArrayRef<std::string> getUnknown() const { return unknown; }

private:
  void addMovement(Operation *root, bool isInterfaceFloat);

  llvm::DenseSet<Operation *> ops;
  std::vector<std::string> unknown;
};

} // namespace narrow

#endif // NARROW_ANALYSIS_KEEPFLOAT_H
