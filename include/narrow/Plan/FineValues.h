//===- FineValues.h - values that need more than eight bits ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reciprocal near zero, or a logarithm over decades, changes by much of its
// range within one step of eight bits: what goes in decides nothing any more.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_FINEVALUES_H
#define NARROW_PLAN_FINEVALUES_H

#include "narrow/Analysis/KeepFloat.h"
#include "narrow/Plan/TypeChoice.h"
#include "llvm/ADT/DenseSet.h"
#include <optional>

namespace mlir::func {
class FuncOp;
} // namespace mlir::func

namespace narrow {

/// Returns the calibrated extremes of a value, or nothing.
using GetRange = function_ref<std::optional<RealRange>(Value)>;

/// Returns the values of `func` that sixteen bits are planned for: input and
/// result of each steep function, and what the input is computed from by
/// elementwise operations, sums along axes and movement, up to results of
/// contractions, which have exact sums.
///
/// A function is a chain of elementwise ops of one value and numbers, of which
/// nobody else reads what lies between, with a reciprocal, root's reciprocal,
/// logarithm, power or exponential in it. It is steep if within one step of an
/// eight-bit input it changes by more than an eighth of its result's range.
/// What contractions read keeps eight bits, and so do arguments that the steep
/// function does not read itself.
llvm::DenseSet<Value> findFineValues(mlir::func::FuncOp func, GetRange getRange,
                                     const KeepFloat &keepFloat);

} // namespace narrow

#endif // NARROW_PLAN_FINEVALUES_H
