//===- ValueRoles.h - what values are to the network -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Who makes and who reads the values that share a type decides how wide it is.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PLAN_VALUEROLES_H
#define NARROW_LIB_PLAN_VALUEROLES_H

#include "narrow/Analysis/FloatGraph.h"

namespace narrow::plan {

/// Returns whether nothing but contractions, log-softmax and movement make
/// `members`, and nothing but movement, softmax, the place of a maximum and the
/// function's end read them. Sums (with biases by position) make them as well
/// if softmax alone reads them.
bool isWide(ArrayRef<Value> members, const KeepFloat &keepFloat);

/// Returns whether `members` are one contraction's result that additions alone
/// read.
bool isResidual(ArrayRef<Value> members, const KeepFloat &keepFloat);

/// Returns whether `members` are a residual stream: sums or results of
/// contractions, moved or not, that additions and layers read, and nothing else
/// but movement, means and the function's end. What layers read is observed.
bool isStream(ArrayRef<Value> members, const KeepFloat &keepFloat);

/// Returns whether convolutions or linear layers read one of `members`.
bool doLayersRead(ArrayRef<Value> members);

/// Returns whether normalisations read `members`, which the function computes,
/// and nothing else but additions and movement does.
bool areNormalized(ArrayRef<Value> members);

/// Returns whether recurrent layers alone read them, in 16 bits, or make them
/// so and nobody but the function's end reads them: projected inputs, cells and
/// states.
bool areRecurrent(ArrayRef<Value> members);

/// Returns whether `op`, which may be null, makes whole numbers from whole
/// numbers alone.
bool makesIntegers(Operation *op);

/// Returns whether something, and nothing but casts to integers and movement,
/// reads them.
bool becomeIntegers(ArrayRef<Value> members);

/// Whether a value is rounded to 16 bits as the model has it, behind what moves
/// it.
bool isRoundedTo16Bits(Value value);

/// Whether elementwise arithmetic alone reads a constant, and all that it works
/// with has 16 bits: fewer for the constant would be what limits its results.
bool isAmongWide(Value constant);

} // namespace narrow::plan

#endif // NARROW_LIB_PLAN_VALUEROLES_H
