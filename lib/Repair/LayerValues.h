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
#include "narrow/Simulate/PatchGeometry.h"

namespace narrow {

/// The input channel that a weight reads, by its place in [outputs, kh, kw, I].
inline int64_t getInputChannel(const PatchGeometry &geometry, int64_t outputs,
                               int64_t weight) {
  int64_t some = geometry.channels / geometry.groups;
  return weight / geometry.depth() / (outputs / geometry.groups) * some +
         weight % some;
}

/// The real values of the weights of `op`, a scale per output channel, and per
/// input channel where its input has some (N1).
std::vector<float> getWeights(Operation *op, const LayerState &state);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_LAYERVALUES_H
