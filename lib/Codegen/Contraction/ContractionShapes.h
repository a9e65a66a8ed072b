//===- ContractionShapes.h - contractions by their sizes -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_CONTRACTIONSHAPES_H
#define NARROW_LIB_CODEGEN_CONTRACTION_CONTRACTIONSHAPES_H

#include "Depthwise/DepthwisePlan.h"
#include "Tiled/TiledShape.h"
#include "narrow/Codegen/Kernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

/// Returns the product of `a`, a tensor [..., K] as rows of K elements, with a
/// matrix of weights into `o`.
TiledShape getMatrixShape(const BufferLayout &a, const BufferLayout &o);

/// Returns a convolution of `a` into `o`, of any groups.
TiledShape getConvolutionShape(fxp::Conv2DOp op, const BufferLayout &a,
                               const BufferLayout &o);

/// Returns a depthwise convolution with one output per input channel.
DepthwiseShape getDepthwiseShape(fxp::Conv2DOp op, const BufferLayout &a,
                                 const BufferLayout &o);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_CONTRACTIONSHAPES_H
