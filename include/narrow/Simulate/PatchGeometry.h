//===- PatchGeometry.h - sizes of a contraction ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_PATCHGEOMETRY_H
#define NARROW_SIMULATE_PATCHGEOMETRY_H

#include "narrow/Support/LLVM.h"
#include <algorithm>

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
  /// Elements that one output position reads of a group.
  int64_t depth() const { return taps() * channels / groups; }
  /// Output positions, [batch, height, width].
  int64_t positions() const { return batch * outHeight * outWidth; }
  /// The input's row and column that a tap of an output position reads.
  int64_t row(int64_t oy, int64_t ky) const {
    return oy * strides[0] + ky * dilations[0] - top;
  }
  int64_t column(int64_t ox, int64_t kx) const {
    return ox * strides[1] + kx * dilations[1] - left;
  }

  /// Lays out what output position `position` reads of a group of `input`,
  /// NHWC: [kernelHeight, kernelWidth, channels / groups], `outside` beyond the
  /// rim.
  template <typename T>
  void gatherPatch(const T *input, int64_t position, int64_t group, T *patch,
                   T outside = 0) const {
    int64_t some = channels / groups;
    int64_t ox = position % outWidth, oy = position / outWidth % outHeight;
    int64_t n = position / outWidth / outHeight;
    for (int64_t ky = 0; ky < kernelHeight; ++ky)
      for (int64_t kx = 0; kx < kernelWidth; ++kx, patch += some) {
        int64_t y = row(oy, ky), x = column(ox, kx);
        if (y < 0 || y >= height || x < 0 || x >= width)
          std::fill_n(patch, some, outside);
        else
          std::copy_n(input + ((n * height + y) * width + x) * channels +
                          group * some,
                      some, patch);
      }
  }
};

/// Returns the sizes of a convolution or linear layer of `fxp` or `nn`; a
/// linear layer is a convolution of its rows.
PatchGeometry getGeometry(Operation *op);

} // namespace narrow

#endif // NARROW_SIMULATE_PATCHGEOMETRY_H
