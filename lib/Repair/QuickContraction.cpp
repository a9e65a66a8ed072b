//===- QuickContraction.cpp - contractions for measuring means ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuickContraction.h"
#include <cmath>

using namespace narrow;
using reference::Tensor;

bool QuickContraction::isSupported(RankedTensorType input,
                                   RankedTensorType weights) {
  fxp::QuantView in(input), w(weights);
  return in && w && !in.isPerAxis() && in.getBits() <= 8 && w.getBits() <= 8;
}

QuickContraction::QuickContraction(const PatchGeometry &geometry,
                                   const Tensor &weightTensor,
                                   const Tensor &biasTensor,
                                   fxp::RequantAttr requant,
                                   RankedTensorType input,
                                   RankedTensorType result)
    : geometry(geometry), resultType(result), outputs(biasTensor.getDim(0)) {
  const PatchGeometry &g = geometry;
  fxp::QuantView in(input), w = weightTensor.getQuantView(), out(result);
  isDepthwise = g.groups == g.channels && outputs == g.channels;
  inputZeroPoint = static_cast<int32_t>(in.getZeroPoint());
  zeroPoint = static_cast<int32_t>(out.getZeroPoint());
  int64_t depth = weightTensor.getNumElements() / outputs;
  weights.resize(weightTensor.getNumElements());
  for (int64_t o = 0; o < outputs; ++o) {
    for (int64_t k = 0; k < depth; ++k)
      weights[isDepthwise ? k * outputs + o : o * depth + k] =
          static_cast<int16_t>(weightTensor.stored()[o * depth + k] -
                               w.getZeroPoint(o));
    bias.push_back(static_cast<int32_t>(biasTensor.integers()[o]));
    ratios.push_back(
        static_cast<float>(in.getScale() * w.getScale(o) / out.getScale(o)));
    auto at = [&](ArrayRef<int32_t> list, int64_t otherwise) {
      return list.empty() ? static_cast<int32_t>(otherwise)
                          : list[list.size() == 1 ? 0 : o];
    };
    low.push_back(at(requant.getMin(), out.getStorageRange().lo));
    high.push_back(at(requant.getMax(), out.getStorageRange().hi));
  }
}

/// Returns the sum of `count` products of numbers of at most 9 bits.
static int32_t dot(const int16_t *a, const int16_t *b, int64_t count) {
  int32_t sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += static_cast<int32_t>(a[i]) * b[i];
  return sum;
}

void QuickContraction::runPixel(const int16_t *input, int64_t n, int64_t oy,
                                int64_t ox, MutableArrayRef<int32_t> sums,
                                MutableArrayRef<int16_t> patch) const {
  const PatchGeometry &g = geometry;
  int64_t taps = g.kernelHeight * g.kernelWidth;
  int64_t groupDepth = g.channels / g.groups;
  int64_t groupOutputs = outputs / g.groups;
  // The patch is laid out by group, as the weights are: [groups, taps, I].
  for (int64_t tap = 0; tap < taps; ++tap) {
    int64_t y =
        oy * g.strides[0] + tap / g.kernelWidth * g.dilations[0] - g.top;
    int64_t x =
        ox * g.strides[1] + tap % g.kernelWidth * g.dilations[1] - g.left;
    bool inside = y >= 0 && y < g.height && x >= 0 && x < g.width;
    const int16_t *pixel =
        input + (inside ? ((n * g.height + y) * g.width + x) * g.channels : 0);
    if (isDepthwise) {
      const int16_t *w = weights.data() + tap * g.channels;
      for (int64_t c = 0; inside && c < g.channels; ++c)
        sums[c] += static_cast<int32_t>(pixel[c]) * w[c];
      continue;
    }
    for (int64_t group = 0; group < g.groups; ++group) {
      int16_t *to = patch.data() + (group * taps + tap) * groupDepth;
      if (inside)
        std::copy_n(pixel + group * groupDepth, groupDepth, to);
      else
        std::fill_n(to, groupDepth, 0);
    }
  }
  if (isDepthwise)
    return;
  int64_t depth = taps * groupDepth;
  for (int64_t o = 0; o < outputs; ++o)
    sums[o] += dot(patch.data() + o / groupOutputs * depth,
                   weights.data() + o * depth, depth);
}

Tensor QuickContraction::run(const Tensor &input) const {
  const PatchGeometry &g = geometry;
  std::vector<int16_t> centred(input.stored().size());
  for (size_t i = 0; i < centred.size(); ++i)
    centred[i] = static_cast<int16_t>(input.stored()[i] - inputZeroPoint);
  Tensor result(resultType);
  std::vector<int32_t> sums(outputs);
  std::vector<int16_t> patch(g.kernelHeight * g.kernelWidth * g.channels);
  int32_t *to = result.stored().data();
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t oy = 0; oy < g.outHeight; ++oy)
      for (int64_t ox = 0; ox < g.outWidth; ++ox, to += outputs) {
        std::copy(bias.begin(), bias.end(), sums.begin());
        runPixel(centred.data(), n, oy, ox, sums, patch);
        for (int64_t o = 0; o < outputs; ++o) {
          float y = std::nearbyint(static_cast<float>(sums[o]) * ratios[o]);
          y = std::clamp(y, -1e6f, 1e6f);
          to[o] =
              std::clamp(static_cast<int32_t>(y) + zeroPoint, low[o], high[o]);
        }
      }
  return result;
}
