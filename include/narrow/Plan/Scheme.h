//===- Scheme.h - when a layer's input gets its scale ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_SCHEME_H
#define NARROW_PLAN_SCHEME_H

#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Support/LLVM.h"
#include "narrow/Support/Scheme.h"
#include <string>

namespace narrow {

/// Returns the step that gives a layer's input a scale in each run, null for
/// none; with `moves`, the reshapes and transposes behind it, the last one
/// first.
nn::DynamicFakeQuantizeOp
findDynamicInput(Operation *layer,
                 SmallVectorImpl<Operation *> *moves = nullptr);

/// Returns the scheme of a layer: its own, else what its input is as the model
/// has it, else the module's. Nothing where none of them says one, and for
/// layers that have one way alone.
std::optional<Scheme> findScheme(Operation *layer);

/// Returns why a layer cannot have a scheme, or nothing.
std::string findObstacle(Operation *layer, Scheme scheme);

} // namespace narrow

#endif // NARROW_PLAN_SCHEME_H
