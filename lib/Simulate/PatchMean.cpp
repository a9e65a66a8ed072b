//===- PatchMean.cpp - mean input of a contraction ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/PatchMean.h"

using namespace narrow;

PatchMean::PatchMean(const PatchGeometry &geometry)
    : geometry(geometry),
      sums(geometry.kernelHeight * geometry.kernelWidth * geometry.channels) {}

void PatchMean::add(ArrayRef<float> input) {
  const PatchGeometry &g = geometry;
  // Sums along one input row, [kernelWidth, channels]: every kernel row that
  // reads it reads the same.
  std::vector<double> along(g.kernelWidth * g.channels);
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t y = 0; y < g.height; ++y) {
      bool isSummed = false;
      for (int64_t ky = 0; ky < g.kernelHeight; ++ky) {
        int64_t above = y - g.row(0, ky);
        if (above < 0 || above % g.strides[0] != 0 ||
            above / g.strides[0] >= g.outHeight)
          continue;
        if (!isSummed)
          sumRow(input.slice((n * g.height + y) * g.width * g.channels,
                             g.width * g.channels),
                 along);
        isSummed = true;
        double *sum = sums.data() + ky * g.kernelWidth * g.channels;
        for (size_t i = 0; i < along.size(); ++i)
          sum[i] += along[i];
      }
    }
  count += g.batch * g.outHeight * g.outWidth;
}

void PatchMean::sumRow(ArrayRef<float> row,
                       MutableArrayRef<double> along) const {
  const PatchGeometry &g = geometry;
  std::fill(along.begin(), along.end(), 0.0);
  for (int64_t kx = 0; kx < g.kernelWidth; ++kx) {
    double *sum = along.data() + kx * g.channels;
    for (int64_t ox = 0; ox < g.outWidth; ++ox) {
      int64_t x = g.column(ox, kx);
      if (x < 0 || x >= g.width)
        continue;
      const float *pixel = row.data() + x * g.channels;
      for (int64_t c = 0; c < g.channels; ++c)
        sum[c] += pixel[c];
    }
  }
}

std::vector<double> PatchMean::multiply(ArrayRef<float> weights,
                                        int64_t outputs) const {
  const PatchGeometry &g = geometry;
  int64_t groupDepth = g.channels / g.groups;
  int64_t groupOutputs = outputs / g.groups;
  int64_t taps = g.kernelHeight * g.kernelWidth;
  std::vector<double> means(outputs);
  for (int64_t o = 0; o < outputs; ++o) {
    double total = 0;
    for (int64_t tap = 0; tap < taps; ++tap) {
      const float *w = weights.data() + (o * taps + tap) * groupDepth;
      const double *sum =
          sums.data() + tap * g.channels + o / groupOutputs * groupDepth;
      for (int64_t i = 0; i < groupDepth; ++i)
        total += w[i] * sum[i];
    }
    means[o] = count ? total / static_cast<double>(count) : 0;
  }
  return means;
}
