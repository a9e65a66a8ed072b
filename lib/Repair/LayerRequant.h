//===- LayerRequant.h - what follows from a layer's constants --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_LAYERREQUANT_H
#define NARROW_LIB_REPAIR_LAYERREQUANT_H

#include "narrow/Repair/RepairStep.h"

namespace narrow {

/// Returns the type of `weights` with a scale for each output channel, f32s;
/// one scale of a whole tensor stays.
RankedTensorType withScales(RankedTensorType weights, ArrayRef<double> scales);

/// The largest magnitude of biases of `type` (N2).
double getBiasLimit(Type type);

/// Chooses the requantisation of `op`, which reads `inputType`, with the
/// constants and the result of `state`, whose biases lost `remainders` when
/// they were rounded. Returns whether there is one; the bounds are those that
/// it had.
bool chooseRequant(Operation *op, Type inputType, LayerState &state,
                   ArrayRef<double> remainders);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_LAYERREQUANT_H
