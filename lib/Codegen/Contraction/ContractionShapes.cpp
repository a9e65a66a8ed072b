//===- ContractionShapes.cpp - contractions by their sizes ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionShapes.h"

using namespace narrow;
using namespace narrow::codegen;

/// Strides of a tensor [..., K] as rows of K elements.
TiledShape codegen::getMatrixShape(const BufferLayout &a,
                                   const BufferLayout &o) {
  TiledShape shape;
  int64_t depth = a.shape.back();
  shape.run = depth * a.elementBytes;
  shape.channels = o.shape.back();
  shape.bytesA = a.bufferBytes;
  shape.bytesO = o.bufferBytes;
  shape.originA = a.origin * a.elementBytes;
  shape.originO = o.origin * o.elementBytes;
  if (a.shape.size() == 4 && o.shape.size() == 4) {
    shape.images = a.shape[0];
    shape.rows = a.shape[1];
    shape.cols = a.shape[2];
    shape.rowA = a.rowStride * a.elementBytes;
    shape.pixelA = a.pixelStride * a.elementBytes;
    shape.rowO = o.rowStride * o.elementBytes;
    shape.pixelO = o.pixelStride * o.elementBytes;
    shape.imageA = a.imageStride * a.elementBytes;
    shape.imageO = o.imageStride * o.elementBytes;
    return shape;
  }
  for (int64_t size : ArrayRef(a.shape).drop_back())
    shape.cols *= size;
  shape.pixelA = shape.run;
  shape.pixelO = shape.channels * o.elementBytes;
  return shape;
}

TiledShape codegen::getConvolutionShape(fxp::Conv2DOp op, const BufferLayout &a,
                                        const BufferLayout &o) {
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  int64_t rowA = a.rowStride * a.elementBytes,
          pixelA = a.pixelStride * a.elementBytes;
  TiledShape shape;
  shape.images = o.shape[0];
  shape.imageA = a.imageStride * a.elementBytes;
  shape.imageO = o.imageStride * o.elementBytes;
  shape.groups = op.getGroups();
  shape.run = weights.getDimSize(3) * a.elementBytes;
  shape.groupA = shape.run;
  shape.rows = o.shape[1];
  shape.cols = o.shape[2];
  shape.rowA = op.getStrides()[0] * rowA;
  shape.pixelA = op.getStrides()[1] * pixelA;
  shape.rowO = o.rowStride * o.elementBytes;
  shape.pixelO = o.pixelStride * o.elementBytes;
  shape.originA = a.origin * a.elementBytes - op.getPads()[0] * rowA -
                  op.getPads()[1] * pixelA;
  shape.originO = o.origin * o.elementBytes;
  shape.kernel = {{weights.getDimSize(1), op.getDilations()[0] * rowA},
                  {weights.getDimSize(2), op.getDilations()[1] * pixelA}};
  shape.channels = o.shape[3] / shape.groups;
  shape.bytesA = a.bufferBytes;
  shape.bytesO = o.bufferBytes;
  return shape;
}

DepthwiseShape codegen::getDepthwiseShape(fxp::Conv2DOp op,
                                          const BufferLayout &a,
                                          const BufferLayout &o) {
  TiledShape strides = getConvolutionShape(op, a, o);
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  DepthwiseShape shape;
  shape.channels = o.shape[3];
  shape.rows = o.shape[1];
  shape.cols = o.shape[2];
  shape.images = strides.images;
  shape.imageA = strides.imageA;
  shape.imageO = strides.imageO;
  shape.kernelRows = weights.getDimSize(1);
  shape.kernelCols = weights.getDimSize(2);
  shape.strideY = op.getStrides()[0];
  shape.strideX = op.getStrides()[1];
  shape.dilationY = op.getDilations()[0];
  shape.dilationX = op.getDilations()[1];
  shape.rowA = a.rowStride * a.elementBytes;
  shape.pixelA = a.pixelStride * a.elementBytes;
  shape.originA = strides.originA;
  shape.bytesA = a.bufferBytes;
  shape.rowO = strides.rowO;
  shape.pixelO = strides.pixelO;
  shape.originO = strides.originO;
  shape.bytesO = o.bufferBytes;
  shape.outputBytes = o.elementBytes;
  return shape;
}
