//===- FittedState.h - a layer with fitted weights -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_FITTEDSTATE_H
#define NARROW_LIB_REPAIR_FITTEDSTATE_H

#include "FitSamples.h"
#include <array>

namespace narrow {

/// Moments of each group, of two parts of the samples.
using GroupMoments = std::array<std::vector<Moments>, 2>;

/// Returns `before` with weights for `moments`, whose targets lack `means`
/// [outputs], with a bias and a requantisation for them: weights fitted to the
/// targets if `isFitted`, else those of the model, rounded for the inputs.
/// Nothing, and the reason, where that cannot be.
std::optional<LayerState> fitState(const FitLayer &layer,
                                   const LayerState &before,
                                   const GroupMoments &moments,
                                   ArrayRef<double> means, bool isFitted,
                                   StringRef &reason);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_FITTEDSTATE_H
