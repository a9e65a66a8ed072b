//===- ScalableLayers.h - layers around scales per channel -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which layers repairs change, and which can read a scale for each channel.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_SCALABLELAYERS_H
#define NARROW_LIB_REPAIR_SCALABLELAYERS_H

#include "FloatLayers.h"
#include "narrow/Repair/RepairStep.h"

namespace narrow {

/// Whether repairs change the weights of `op`.
bool isWeightedLayer(Operation *op);
/// Whether every output of `op`, a contraction, reads one input channel.
bool isDepthwise(Operation *op);
bool isPowerOfTwo(double scale);

/// Whether the weights of `op`, a contraction, can hold the scales of its
/// input's channels: those of a depthwise one do, others have to be rounded
/// anew, from weights that `floats` knows.
bool canReadChannels(Operation *op, const FloatLayers &floats,
                     const RepairContext &context);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_SCALABLELAYERS_H
