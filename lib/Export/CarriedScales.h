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

/// Returns the element type of an operation's weights with the scales, in f32,
/// by which it multiplies: s_x * s_w[c] / s_y[c] is the multiplier of q15 or
/// q31 that the operation has, and not the ratio from which this was rounded.
/// Who reads the scales then rescales as our code does. No integer depends on
/// them, and no other operation reads them, since each writes its weights for
/// itself. The type's own where one scale would stand for several multipliers.
Type getCarriedType(fxp::WeightedOpInterface op);

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_CARRIEDSCALES_H
