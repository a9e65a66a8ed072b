//===- Parts.h - results whose parts keep their types ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Boxes and scores that leave as one result have nothing in common but that:
// one type serves the larger part alone. Nothing computes with the whole, so
// each part keeps its own type and the casts to float join them.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PARTS_H
#define NARROW_PLAN_PARTS_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// On a concatenation that planning leaves to the casts.
inline constexpr llvm::StringLiteral kPartsAttribute = "narrow.parts";

/// Returns whether some result of the function is made of `value`, and nothing
/// else: what reads it moves it there (reshapes, transposes, slices and
/// concatenations).
bool leavesByMovement(Value value);

/// Returns whether a marked concatenation makes `value`, moved or not.
bool comesFromParts(Value value);

} // namespace narrow

#endif // NARROW_PLAN_PARTS_H
