//===- TransposedPhases.h - a transposed convolution as several *- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TRANSPOSEDPHASES_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TRANSPOSEDPHASES_H

#include "Tiled/TiledKernel.h"

namespace narrow::codegen {

/// The outputs of one axis whose position has the same remainder by the stride:
/// an ordinary convolution of stride 1 by some of the kernel's positions.
struct PhaseAxis {
  int64_t firstOutput = 0, outputs = 0;
  int64_t firstInput = 0; ///< Read by the first output; negative in the halo.
  int64_t spacing = 1;    ///< Inputs between neighbouring positions.
  SmallVector<int64_t> positions; ///< Of the kernel, by ascending input.

  int64_t lastInput() const {
    return firstInput + (outputs - 1) +
           (int64_t(positions.size()) - 1) * spacing;
  }
};

/// Cuts one axis into phases, those without outputs left out.
SmallVector<PhaseAxis> cutPhases(int64_t outputs, int64_t kernel,
                                 int64_t stride, int64_t dilation,
                                 int64_t padBefore);

/// The phases of `op` on axis 0 (rows) or 1 (columns).
SmallVector<PhaseAxis> cutPhases(fxp::TransposedConv2DOp op, unsigned axis);

/// Returns the convolution of a pair of phases: its loops, and its share of the
/// weights in `data`.
TiledShape getPhaseShape(fxp::TransposedConv2DOp op, const BufferLayout &a,
                         const BufferLayout &o, const PhaseAxis &y,
                         const PhaseAxis &x);
ContractionData getPhaseData(fxp::TransposedConv2DOp op,
                             const ContractionData &data, const PhaseAxis &y,
                             const PhaseAxis &x);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TRANSPOSEDPHASES_H
