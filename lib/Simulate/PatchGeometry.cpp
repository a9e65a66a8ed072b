//===- PatchGeometry.cpp - sizes of a contraction -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/PatchGeometry.h"

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;

/// Sizes of a convolution of either dialect.
template <typename ConvOp>
static PatchGeometry getConvGeometry(ConvOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  auto result = cast<RankedTensorType>(op.getResult().getType());
  PatchGeometry g;
  g.batch = input.getDimSize(0);
  g.height = input.getDimSize(1);
  g.width = input.getDimSize(2);
  g.channels = input.getDimSize(3);
  g.outHeight = result.getDimSize(1);
  g.outWidth = result.getDimSize(2);
  g.kernelHeight = weights.getDimSize(1);
  g.kernelWidth = weights.getDimSize(2);
  for (int axis : {0, 1}) {
    g.strides[axis] = op.getStrides()[axis];
    g.dilations[axis] = op.getDilations()[axis];
  }
  g.top = op.getPads()[0];
  g.left = op.getPads()[1];
  g.groups = op.getGroups();
  return g;
}

/// A fully connected layer as a convolution of its rows.
static PatchGeometry getLinearGeometry(RankedTensorType input) {
  PatchGeometry g;
  g.channels = input.getShape().back();
  g.height = g.outHeight = input.getNumElements() / g.channels;
  return g;
}

PatchGeometry narrow::getGeometry(Operation *op) {
  if (auto conv = dyn_cast<fxp::Conv2DOp>(op))
    return getConvGeometry(conv);
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return getConvGeometry(conv);
  return getLinearGeometry(cast<RankedTensorType>(op->getOperand(0).getType()));
}
