//===- QuickContraction.cpp - contractions on many samples ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuickContraction.h"
#include "narrow/Support/Avx2.h"
#include <cmath>

using namespace narrow;
using reference::Tensor;

/// Pixels whose patches are gathered before they are multiplied.
static constexpr int64_t kPixels = 8 * QuickProduct::kRows;

bool QuickContraction::isSupported(Operation *op) {
  if (!isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op))
    return false;
  fxp::QuantView in(op->getOperand(0).getType()),
      weights(op->getOperand(1).getType());
  return in && weights && in.hasOneZeroPoint() && in.getBits() <= 16 &&
         (in.getBits() <= 8 || in.getZeroPoint() == 0) &&
         weights.getBits() <= 8 &&
         fxp::QuantView(op->getResult(0).getType()).hasOneZeroPoint();
}

QuickContraction::QuickContraction(Operation *op, const Tensor &weights,
                                   const Tensor &biasTensor)
    : geometry(getGeometry(op)),
      resultType(cast<RankedTensorType>(op->getResult(0).getType())),
      outputs(biasTensor.getDim(0)) {
  const PatchGeometry &g = geometry;
  fxp::QuantView in(op->getOperand(0).getType()), w = weights.getQuantView(),
                                                  out(resultType);
  inputZeroPoint = static_cast<int32_t>(in.getZeroPoint());
  isWide = in.getBits() > 8;
  zeroPoint = static_cast<int32_t>(out.getZeroPoint());
  int64_t depth = weights.getNumElements() / outputs;
  std::vector<int16_t> centred(weights.getNumElements());
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t k = 0; k < depth; ++k)
      centred[o * depth + k] = static_cast<int16_t>(
          weights.stored()[o * depth + k] - w.getZeroPoint(o));
  if (g.groups == g.channels && outputs == g.channels) {
    depthwise.resize(centred.size());
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t k = 0; k < depth; ++k)
        depthwise[k * outputs + o] = centred[o * depth + k];
  } else {
    int64_t some = outputs / g.groups;
    for (int64_t group = 0; group < g.groups; ++group)
      groups.emplace_back(
          ArrayRef(centred).slice(group * some * depth, some * depth), some,
          depth);
  }
  auto requant = op->getAttrOfType<fxp::RequantAttr>("requant");
  for (int64_t o = 0; o < outputs; ++o) {
    bias.push_back(biasTensor.integers()[o]);
    ratios.push_back(static_cast<float>(in.getLargestScale() * w.getScale(o) /
                                        out.getScale(o)));
    auto at = [&](ArrayRef<int32_t> list, int64_t otherwise) {
      return list.empty() ? static_cast<int32_t>(otherwise)
                          : list[list.size() == 1 ? 0 : o];
    };
    low.push_back(at(requant.getMin(), out.getStorageRange().lo));
    high.push_back(at(requant.getMax(), out.getStorageRange().hi));
  }
}

#define NARROW_INLINE __attribute__((always_inline)) inline

/// Adds products channel by channel.
static NARROW_INLINE void addProductsOf(const int16_t *a, const int16_t *b,
                                        int32_t *sums, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    sums[i] += static_cast<int32_t>(a[i]) * b[i];
}
NARROW_AVX2 static void addProductsWide(const int16_t *a, const int16_t *b,
                                        int32_t *sums, int64_t count) {
  addProductsOf(a, b, sums, count);
}
static void addProducts(const int16_t *a, const int16_t *b, int32_t *sums,
                        int64_t count) {
  if (hasAvx2())
    addProductsWide(a, b, sums, count);
  else
    addProductsOf(a, b, sums, count);
}

namespace {
/// What makes a result of a sum, for each channel.
struct Rescale {
  const int64_t *bias;
  const float *ratios;
  const int32_t *low, *high;
  int64_t channels;
  int32_t zeroPoint;
};
} // namespace

/// Replaces the sums of `pixels`, and 256 times those of `upper` where there
/// are some, by results.
template <typename T, bool hasUpper>
static NARROW_INLINE void
rescaleAll(const Rescale &r, int32_t *__restrict values,
           const int32_t *__restrict upper, int64_t pixels) {
  const int64_t *__restrict bias = r.bias;
  const int32_t *__restrict low = r.low, *__restrict high = r.high;
  const float *__restrict ratios = r.ratios;
  for (int64_t pixel = 0; pixel < pixels; ++pixel, values += r.channels)
    for (int64_t o = 0; o < r.channels; ++o) {
      T sum = static_cast<T>(values[o]) + static_cast<T>(bias[o]);
      if constexpr (hasUpper)
        sum += static_cast<T>(upper[pixel * r.channels + o]) * 256;
      float y = std::nearbyint(static_cast<float>(sum) * ratios[o]);
      y = std::min(std::max(y, -4e6f), 4e6f);
      int32_t q = static_cast<int32_t>(y) + r.zeroPoint;
      values[o] = std::min(std::max(q, low[o]), high[o]);
    }
}
NARROW_AVX2 static void rescaleByAvx2(const Rescale &r, int32_t *values,
                                      int64_t pixels) {
  rescaleAll<int32_t, false>(r, values, nullptr, pixels);
}

void QuickContraction::runDepthwise(const int16_t *input, int32_t *sums) const {
  const PatchGeometry &g = geometry;
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t oy = 0; oy < g.outHeight; ++oy)
      for (int64_t ox = 0; ox < g.outWidth; ++ox, sums += outputs)
        for (int64_t tap = 0; tap < g.taps(); ++tap) {
          int64_t y = g.row(oy, tap / g.kernelWidth);
          int64_t x = g.column(ox, tap % g.kernelWidth);
          if (y < 0 || y >= g.height || x < 0 || x >= g.width)
            continue;
          const int16_t *pixel =
              input + ((n * g.height + y) * g.width + x) * g.channels;
          addProducts(pixel, depthwise.data() + tap * outputs, sums, outputs);
        }
}

void QuickContraction::runGroups(const int16_t *input, int32_t *sums) const {
  const PatchGeometry &g = geometry;
  int64_t pixels = g.batch * g.outHeight * g.outWidth;
  int64_t length = groups.front().getRowLength();
  int64_t some = outputs / g.groups;
  // Rows of the input itself where each is one patch of whole pairs.
  bool isDirect = g.taps() == 1 && g.groups == 1 && g.strides[0] == 1 &&
                  g.strides[1] == 1 && g.top == 0 && g.left == 0 &&
                  g.outHeight == g.height && g.outWidth == g.width &&
                  g.channels == length;
  if (isDirect)
    return groups.front().run(input, length, pixels, sums, outputs);
  std::vector<int16_t> patches(std::min(kPixels, pixels) * length);
  for (int64_t first = 0; first < pixels; first += kPixels) {
    int64_t count = std::min(kPixels, pixels - first);
    for (auto [group, product] : llvm::enumerate(groups)) {
      for (int64_t i = 0; i < count; ++i)
        g.gatherPatch(input, first + i, static_cast<int64_t>(group),
                      patches.data() + i * length);
      product.run(patches.data(), length, count,
                  sums + first * outputs + static_cast<int64_t>(group) * some,
                  outputs);
    }
  }
}

void QuickContraction::addUp(ArrayRef<int16_t> input, int32_t *sums) const {
  if (depthwise.empty())
    runGroups(input.data(), sums);
  else
    runDepthwise(input.data(), sums);
}

Tensor QuickContraction::run(const Tensor &input) const {
  // Sums of products of 16 bits would leave 32: those of the lower bytes and
  // of what is above them are apart.
  std::vector<int16_t> centred(input.stored().size());
  for (size_t i = 0; i < centred.size(); ++i) {
    int32_t x = input.stored()[i] - inputZeroPoint;
    centred[i] = static_cast<int16_t>(isWide ? x & 255 : x);
  }
  Tensor result(resultType);
  // Results take the places of their sums.
  int32_t *sums = result.stored().data();
  addUp(centred, sums);
  Rescale parameters{bias.data(), ratios.data(), low.data(),
                     high.data(), outputs,       zeroPoint};
  int64_t pixels = result.getNumElements() / outputs;
  if (isWide) {
    for (size_t i = 0; i < centred.size(); ++i)
      centred[i] = static_cast<int16_t>(input.stored()[i] >> 8);
    std::vector<int32_t> upper(result.getNumElements());
    addUp(centred, upper.data());
    rescaleAll<int64_t, true>(parameters, sums, upper.data(), pixels);
  } else if (hasAvx2()) {
    rescaleByAvx2(parameters, sums, pixels);
  } else {
    rescaleAll<int32_t, false>(parameters, sums, nullptr, pixels);
  }
  return result;
}
