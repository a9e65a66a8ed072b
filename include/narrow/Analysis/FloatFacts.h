//===- FloatFacts.h - facts of float ops -----------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What preparation, planning and quantisation ask about ops of `tosa` and `nn`,
// in the place of lists of their own. A new float op of one of these kinds is
// named here and nowhere else.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_ANALYSIS_FLOATFACTS_H
#define NARROW_ANALYSIS_FLOATFACTS_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// How the elements of a result come from those of operands whose type, once
/// quantised, the result shares.
enum class Movement {
  None,  ///< They are computed.
  Picks, ///< Each is an element of an operand.
  Pads,  ///< Each is an element of an operand or the padding's.
  Blends ///< Each lies between elements of the operand.
};

/// Returns how the single result of `op`, which may be null, comes from
/// `getMovedOperands(op)`.
Movement getMovement(Operation *op);

/// Returns the operands that `op` moves or picks elements of, its first ones;
/// none where it computes.
SmallVector<Value> getMovedOperands(Operation *op);

/// Returns whether the range of the result is that of the one operand that `op`
/// moves, 0 included.
bool keepsRange(Operation *op);

/// Returns whether `op`, which may be null, is a sum of products with a
/// requantised result.
bool isContraction(Operation *op);

/// Returns whether `op`, which may be null, is a contraction with weights
/// `[O, ..., I]`, operand 1, and a bias `[O]`, operand 2.
bool hasWeights(Operation *op);

/// Returns whether `op`, which may be null, is a layer: a contraction with
/// weights, or a recurrent layer, whose operands but the first are constant or
/// states.
bool isLayer(Operation *op);

/// Returns the weights of a layer: operand 1 of contractions.
Value getLayerWeights(Operation *layer);

/// Returns the multiply-accumulates of a contraction or layer; 0 of other ops.
int64_t countMacs(Operation *op);

/// Returns whether clamps that alone read the result of `op`, which may be
/// null, become part of its requantisation.
bool takesClamp(Operation *op);

/// Returns whether a product with a positive number does as well: weights or a
/// divisor take it in.
bool takesFactor(Operation *op);

/// Returns whether `value` is what a recurrent layer makes and keeps in 16
/// bits.
bool isWideState(Value value);

/// Returns whether `op` is a recurrent layer that reads `value` in 16 bits.
bool readsWide(Operation *op, Value value);

} // namespace narrow

#endif // NARROW_ANALYSIS_FLOATFACTS_H
