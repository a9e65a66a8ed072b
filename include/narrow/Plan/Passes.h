//===- Passes.h - choosing types -------------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PASSES_H
#define NARROW_PLAN_PASSES_H

#include "mlir/Pass/Pass.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow {

#define GEN_PASS_DECL
#include "narrow/Plan/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "narrow/Plan/Passes.h.inc"

} // namespace narrow

#endif // NARROW_PLAN_PASSES_H
