//===- PatchGeometry.h - sizes of a contraction ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_PATCHGEOMETRY_H
#define NARROW_SIMULATE_PATCHGEOMETRY_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// Sizes of a convolution; a fully connected layer is one with a kernel of 1
/// over a column of rows.
struct PatchGeometry {
  int64_t batch = 1, height = 1, width = 1, channels = 1;
  int64_t outHeight = 1, outWidth = 1;
  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t strides[2] = {1, 1}, dilations[2] = {1, 1};
  int64_t top = 0, left = 0;
  int64_t groups = 1;

  /// Elements of a kernel's plane.
  int64_t taps() const { return kernelHeight * kernelWidth; }
  /// The input's row and column that a tap of an output position reads.
  int64_t row(int64_t oy, int64_t ky) const {
    return oy * strides[0] + ky * dilations[0] - top;
  }
  int64_t column(int64_t ox, int64_t kx) const {
    return ox * strides[1] + kx * dilations[1] - left;
  }
};

/// Returns the sizes of a convolution or linear layer of `fxp` or `nn`; a
/// linear layer is a convolution of its rows.
PatchGeometry getGeometry(Operation *op);

} // namespace narrow

#endif // NARROW_SIMULATE_PATCHGEOMETRY_H
