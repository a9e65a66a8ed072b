//===- LayerValues.cpp - real values of layers ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerValues.h"

using namespace narrow;
using reference::Tensor;

std::vector<float> narrow::toReal(const Tensor &tensor) {
  fxp::QuantView view = tensor.getQuantView();
  std::vector<float> values;
  values.reserve(tensor.stored().size());
  float scale = view.getScale();
  for (int32_t q : tensor.stored())
    values.push_back(scale * static_cast<float>(q - view.getZeroPoint()));
  return values;
}

std::vector<float> narrow::getWeights(const LayerState &state) {
  Tensor tensor = Tensor::fromElements(state.weightsType, state.weights);
  fxp::QuantView view = tensor.getQuantView();
  int64_t depth = tensor.getNumElements() / tensor.getDim(0);
  std::vector<float> values;
  for (auto [i, q] : llvm::enumerate(tensor.stored())) {
    int64_t channel = static_cast<int64_t>(i) / depth;
    values.push_back(static_cast<float>(
        view.getScale(channel) *
        static_cast<double>(q - view.getZeroPoint(channel))));
  }
  return values;
}
