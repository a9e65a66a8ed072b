//===- TransposedPhases.cpp - a transposed convolution as several ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposedPhases.h"

using namespace narrow;
using namespace narrow::codegen;

SmallVector<PhaseAxis> codegen::cutPhases(int64_t outputs, int64_t kernel,
                                          int64_t stride, int64_t dilation,
                                          int64_t padBefore) {
  // Output `y` gets input `i` through position `k`: y + pad = i * stride + k *
  // dilation.
  SmallVector<PhaseAxis> phases;
  for (int64_t first = 0; first < std::min(stride, outputs); ++first) {
    PhaseAxis phase;
    phase.firstOutput = first;
    phase.outputs = llvm::divideCeil(outputs - first, stride);
    for (int64_t k = kernel - 1; k >= 0; --k) {
      int64_t numerator = first + padBefore - k * dilation;
      if (numerator % stride)
        continue;
      if (phase.positions.empty())
        phase.firstInput = numerator / stride;
      else if (phase.positions.size() == 1)
        phase.spacing = numerator / stride - phase.firstInput;
      phase.positions.push_back(k);
    }
    phases.push_back(phase);
  }
  return phases;
}

SmallVector<PhaseAxis> codegen::cutPhases(fxp::TransposedConv2DOp op,
                                          unsigned axis) {
  return cutPhases(
      cast<RankedTensorType>(op.getResult().getType()).getDimSize(1 + axis),
      cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1 + axis),
      op.getStrides()[axis], op.getDilations()[axis], op.getPads()[axis]);
}

TiledShape codegen::getPhaseShape(fxp::TransposedConv2DOp op,
                                  const BufferLayout &a, const BufferLayout &o,
                                  const PhaseAxis &y, const PhaseAxis &x) {
  int64_t depth =
      cast<RankedTensorType>(op.getWeights().getType()).getDimSize(3);
  int64_t rowA = a.rowStride * a.elementBytes,
          pixelA = a.pixelStride * a.elementBytes;
  int64_t rowO = o.rowStride * o.elementBytes,
          pixelO = o.pixelStride * o.elementBytes;
  TiledShape shape;
  shape.images = o.shape[0];
  shape.imageA = a.imageStride * a.elementBytes;
  shape.imageO = o.imageStride * o.elementBytes;
  shape.groups = op.getGroups();
  shape.groupA = depth * a.elementBytes;
  shape.rows = y.outputs;
  shape.cols = x.outputs;
  shape.rowA = rowA;
  shape.pixelA = pixelA;
  shape.rowO = op.getStrides()[0] * rowO;
  shape.pixelO = op.getStrides()[1] * pixelO;
  shape.originA =
      a.origin * a.elementBytes + y.firstInput * rowA + x.firstInput * pixelA;
  shape.originO =
      o.origin * o.elementBytes + y.firstOutput * rowO + x.firstOutput * pixelO;
  shape.kernel = {{int64_t(y.positions.size()), y.spacing * rowA},
                  {int64_t(x.positions.size()), x.spacing * pixelA}};
  shape.run = depth * a.elementBytes;
  shape.channels = o.shape[3] / shape.groups;
  shape.bytesA = a.bufferBytes;
  shape.bytesO = o.bufferBytes;
  return shape;
}

ContractionData codegen::getPhaseData(fxp::TransposedConv2DOp op,
                                      const ContractionData &data,
                                      const PhaseAxis &y, const PhaseAxis &x) {
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  int64_t cols = weights.getDimSize(2), depth = weights.getDimSize(3);
  ContractionData phase = data;
  phase.depth = y.positions.size() * x.positions.size() * depth;
  phase.weights.clear();
  for (int64_t c = 0; c < data.channels; ++c)
    for (int64_t ky : y.positions)
      for (int64_t kx : x.positions)
        for (int64_t i = 0; i < depth; ++i)
          phase.weights.push_back(data.weight(c, (ky * cols + kx) * depth + i));
  return phase;
}
