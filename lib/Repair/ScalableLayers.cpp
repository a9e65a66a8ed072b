//===- ScalableLayers.cpp - layers around scales per channel --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalableLayers.h"
#include "narrow/Simulate/PatchGeometry.h"
#include <cmath>

using namespace narrow;

bool narrow::isWeightedLayer(Operation *op) {
  return isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op);
}

bool narrow::isDepthwise(Operation *op) {
  PatchGeometry geometry = getGeometry(op);
  return geometry.depth() == geometry.taps();
}

bool narrow::isPowerOfTwo(double scale) {
  int exponent;
  return std::frexp(scale, &exponent) == 0.5;
}

bool narrow::canReadChannels(Operation *op, const FloatLayers &floats,
                             const RepairContext &context) {
  if (!isWeightedLayer(op) || !LayerState::get(op))
    return false;
  // Weights of one scale, or of powers of two, were asked for.
  fxp::QuantView weights(op->getOperand(1).getType());
  if (!weights.isPerAxis() || llvm::all_of(weights.getScales(), isPowerOfTwo) ||
      llvm::any_of(weights.getZeroPoints(), [](int64_t z) { return z != 0; }))
    return false;
  return isDepthwise(op) || (floats.find(op) && !context.arePairsSafe);
}
