//===- Taps.h - modules that return other values ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_TAPS_H
#define NARROW_SIMULATE_TAPS_H

#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow {

/// Makes the prepared float module and the fixed-point module made from it
/// return the input of a final softmax in its place (in the softmax's axis
/// order, real values), where both have one there: figures about logits are
/// taken there. Everything in front of it stays as it is. Returns whether there
/// was one.
bool cutFinalSoftmax(ModuleOp original, ModuleOp quantized);

/// A value of the float module and its counterpart in the fixed-point module.
using ValuePair = std::pair<Value, Value>;

/// Returns what the two modules' results consist of, real values alone: the
/// input of a final softmax in its place, the scores in the place of an index
/// of the largest, and what is concatenated, where both modules join as many
/// values of the same shapes there, in the place of the whole: errors of one
/// part say nothing about another.
SmallVector<ValuePair> findParts(ModuleOp original, ModuleOp quantized);

/// Returns the axis along which the index of the largest element of `scores` is
/// a result of its function; nothing where none is.
std::optional<int64_t> findChosenAxis(Value scores);

/// Returns a copy of the prepared float module that returns `value`, of f32,
/// alone and computes nothing else.
OwningOpRef<ModuleOp> cutBehind(ModuleOp original, Value value);

/// Makes the function of a fixed-point module return the real values of
/// `values` in the place of its results.
void returnValues(ModuleOp quantized, ArrayRef<Value> values);

} // namespace narrow

#endif // NARROW_SIMULATE_TAPS_H
