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

/// Returns `before` with weights fitted to `moments`, whose targets lack
/// `means` [outputs], with a bias and a requantisation for them; nothing, and
/// the reason, where that cannot be.
std::optional<LayerState> fitState(const FitLayer &layer,
                                   const LayerState &before,
                                   const GroupMoments &moments,
                                   ArrayRef<double> means, StringRef &reason);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_FITTEDSTATE_H
