//===- CarriedScales.h - scales that say the multipliers --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_CARRIEDSCALES_H
#define NARROW_LIB_EXPORT_CARRIEDSCALES_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

namespace narrow::exporting {

/// An operation's constants as a reader of scales has to have them.
struct Carried {
  Type weights; ///< Of the elements.
  SmallVector<int64_t> bias;
};

/// Returns the element type of an operation's weights with the scales, in f32,
/// by which it multiplies: s_x * s_w[c] / s_y[c] is the multiplier of q15 or
/// q31 that the operation has, and not the ratio from which this was rounded.
/// Who reads the scales then rescales as our code does. No weight depends on
/// them, and no other operation reads them, since each writes its weights for
/// itself. The offset of q15 has the zero point divided by the ratio, and what
/// rounding the bias lost: what it is more than the zero point divided by the
/// multiplier goes into the integers of the bias. Both stay as they are where
/// one scale would stand for several multipliers.
Carried carryMultipliers(fxp::WeightedOpInterface op, ArrayRef<int64_t> bias);

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_CARRIEDSCALES_H
