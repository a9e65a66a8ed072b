//===- LayerValues.cpp - real values of layers ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerValues.h"

using namespace narrow;
using reference::Tensor;

std::vector<float> narrow::getWeights(Operation *op, const LayerState &state) {
  Tensor tensor = Tensor::fromElements(state.weightsType, state.weights);
  fxp::QuantView view = tensor.getQuantView(),
                 input(op->getOperand(0).getType());
  PatchGeometry geometry = getGeometry(op);
  int64_t outputs = tensor.getDim(0), depth = tensor.getNumElements() / outputs;
  std::vector<float> values;
  for (auto [i, q] : llvm::enumerate(tensor.stored())) {
    int64_t channel = static_cast<int64_t>(i) / depth;
    double share = 1;
    if (input.isPerAxis())
      share = input.getLargestScale() /
              input.getScale(
                  getInputChannel(geometry, outputs, static_cast<int64_t>(i)));
    values.push_back(static_cast<float>(
        share * view.getScale(channel) *
        static_cast<double>(q - view.getZeroPoint(channel))));
  }
  return values;
}
