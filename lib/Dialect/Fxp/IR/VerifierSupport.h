//===- VerifierSupport.h - checks that several fxp ops share ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each check emits an error that names the rule of docs/numerics.md.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DIALECT_FXP_IR_VERIFIERSUPPORT_H
#define NARROW_LIB_DIALECT_FXP_IR_VERIFIERSUPPORT_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

namespace narrow::fxp {

/// What a value's per-axis scales may belong to.
enum class ScaleAxis { None, First, Last, Any };

/// N1: storage of 2 bits to `mostBits`, or as many as the op's interface says
/// (32 for ops without one), zero points in the storage range, one scale per
/// element of the axis, scales only where `axis` allows them.
LogicalResult verifyQuantised(Operation *op, Value value, StringRef name,
                              ScaleAxis axis,
                              std::optional<unsigned> mostBits = std::nullopt);

/// N1 for every quantised operand and result, scales on any axis.
LogicalResult verifyAllQuantised(Operation *op);

/// The same shape on both sides.
LogicalResult verifySameShape(Operation *op, Value input, Value result);

/// Equal ranks; sizes of 1 are broadcast.
LogicalResult verifyBroadcast(Operation *op, Value lhs, Value rhs,
                              Value result);

/// `attribute` has `size` elements, each at least `least`.
LogicalResult verifyList(Operation *op, StringRef name, ArrayRef<int64_t> list,
                         size_t size, int64_t least);

/// What a requantisation is checked against.
struct RequantCheck {
  int64_t channels = 1;
  /// Real scale ratios, one or one per channel; empty: not determined by types.
  SmallVector<double> ratios;
  /// True if the op has no bias, so that the q15 offset is known: round(z / M)
  /// and the rounding constant.
  bool hasKnownOffset = false;
  /// What the accumulator can hold, if that follows from types alone.
  std::optional<IntegerRange> accumulator;
  /// True if an accumulator that does not fit i32 is i64.
  bool mayBeLong = false;
};

/// N20 to N23 and N27 (limits and lengths), N25 (agreement with the types'
/// scales, unless the integers are given, N28), and that a known accumulator,
/// with its q15 offset, fits its width.
LogicalResult verifyRequant(Operation *op, RequantAttr requant, Value result,
                            const RequantCheck &check);

/// N25 for one integer ratio against the real one: within 2^-18 of it (scales
/// may have passed through f32) and one unit of the multiplier, `unit`.
bool agrees(double integerRatio, double ratio, double unit);

/// Channels of an op without output channels of its own: the scales of the
/// result, else of the input, else the extent of the last axis.
int64_t getElementwiseChannels(Value input, Value result);

} // namespace narrow::fxp

#endif // NARROW_LIB_DIALECT_FXP_IR_VERIFIERSUPPORT_H
