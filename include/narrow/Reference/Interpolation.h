//===- Interpolation.h - what a short table makes of all inputs -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REFERENCE_INTERPOLATION_H
#define NARROW_REFERENCE_INTERPOLATION_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::reference {

/// Returns N46's results for all stored inputs, from the lowest on.
SmallVector<int32_t> tabulate(fxp::InterpolateOp op);

} // namespace narrow::reference

#endif // NARROW_REFERENCE_INTERPOLATION_H
