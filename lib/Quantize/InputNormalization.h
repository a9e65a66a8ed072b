//===- InputNormalization.h - normalisation in an input's cast -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums and products with constants that stand between an argument and the rest
// of the network, one number or one per channel, are part of the argument's
// cast (N12) where the argument's own type would be too coarse: features in
// unlike units, or far from 0, do not share a type before they are normalised.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_QUANTIZE_INPUTNORMALIZATION_H
#define NARROW_LIB_QUANTIZE_INPUTNORMALIZATION_H

#include "narrow/Analysis/FloatGraph.h"

namespace narrow::quantize {

/// A value that is `scale[c] * argument + offset[c]`, moved.
struct InputNormalization {
  Value argument;
  /// The transposes and reshapes between, from the argument on.
  SmallVector<Operation *> movement;
  /// Where each axis of the value lies in the argument; -1 where reshapes mix
  /// it with others.
  SmallVector<int64_t> axes;
  /// The argument's axis of the channels; -1 for one number.
  int64_t axis = -1;
  SmallVector<double> scale, offset;
};

/// Returns what the result of `op`, a sum, difference or product with a finite
/// constant, is of an argument of the function; nothing for any other op, where
/// a scale is 0, and where constants vary along more than one axis of the
/// argument.
std::optional<InputNormalization> getInputNormalization(Operation *op);

} // namespace narrow::quantize

#endif // NARROW_LIB_QUANTIZE_INPUTNORMALIZATION_H
