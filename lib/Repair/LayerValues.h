//===- LayerValues.h - real values of layers -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_LAYERVALUES_H
#define NARROW_LIB_REPAIR_LAYERVALUES_H

#include "narrow/Reference/Tensor.h"
#include "narrow/Repair/RepairStep.h"

namespace narrow {

/// The real values of a tensor with one scale.
std::vector<float> toReal(const reference::Tensor &tensor);

/// The real values of a layer's weights, a scale per output channel.
std::vector<float> getWeights(const LayerState &state);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_LAYERVALUES_H
