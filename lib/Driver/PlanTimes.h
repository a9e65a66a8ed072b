//===- PlanTimes.h - predicted times of a plan ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_PLANTIMES_H
#define NARROW_LIB_DRIVER_PLANTIMES_H

#include "narrow/Cost/CostModel.h"
#include "narrow/Plan/Plan.h"
#include "narrow/Target/Target.h"

namespace narrow {

/// Adds predicted times of the operations in fixed point to the layers that
/// they compute; returns their sum in microseconds.
double predictTimes(ModuleOp quantized, const cost::CostModel &costs,
                    const Target &level, Plan &plan);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_PLANTIMES_H
