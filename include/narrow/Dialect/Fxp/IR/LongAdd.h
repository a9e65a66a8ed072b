//===- LongAdd.h - sums of more than 16 bits -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What additions and normalisations pass on may have more than 16 bits (N1):
// few elements of it can be so large that the rest has no steps in 16.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_LONGADD_H
#define NARROW_DIALECT_FXP_IR_LONGADD_H

#include "narrow/Dialect/Fxp/IR/Parameters.h"

namespace narrow::fxp {

/// The most storage bits of such a value: f32 rounds to its integers exactly in
/// the way that casts do it (N10).
inline constexpr unsigned kMostStreamBits = 22;

/// Returns whether N40 adds in i64: an operand or the result has more than 16
/// bits.
bool isLongAdd(Type lhs, Type rhs, Type result);

/// Returns true if the multipliers are ones of N40 and no stored operands make
/// its sums leave i32, or i64 in a long addition.
bool isAddExact(const AddParameters &parameters, Type lhs, Type rhs,
                Type result);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_LONGADD_H
