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
#include "narrow/Plan/TypeChoice.h"
#include <functional>
#include <memory>

namespace narrow {

#define GEN_PASS_DECL
#include "narrow/Plan/Passes.h.inc"

/// Returns the range of the value called `name` that suits `bits` bits, as its
/// statistics have it; nothing where there are none.
using RangeSource =
    std::function<std::optional<RealRange>(StringRef name, unsigned bits)>;

/// Returns the pass `plan-types`, which asks `source` (may be null) for ranges
/// of other widths than the default one.
std::unique_ptr<mlir::Pass> createPlanTypesPass(const PlanTypesOptions &options,
                                                RangeSource source);

#define GEN_PASS_REGISTRATION
#include "narrow/Plan/Passes.h.inc"

} // namespace narrow

#endif // NARROW_PLAN_PASSES_H
