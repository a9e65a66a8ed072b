//===- ChannelScales.cpp - a scale for each activation channel ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelScales.h"

#include <cmath>
#include <limits>

using namespace narrow;

/// The least part of the largest scale that one may be: a channel that was
/// still on these samples may not be on others.
static constexpr double kLeastShare = 1.0 / 256;
/// How much of a channel's scale is its values' range; its weights' size has
/// the rest.
static constexpr double kShares[] = {0, 0.25, 0.5, 0.75, 1};
/// Parts of the whole range that are tried.
static constexpr double kClips[] = {1, 0.94, 0.88, 0.82, 0.76, 0.7, 0.6, 0.5};

void ChannelValues::add(ArrayRef<float> values) {
  size_t channels = low.size(), pixels = values.size() / channels;
  for (size_t pixel = 0; pixel < pixels; ++pixel)
    for (size_t c = 0; c < channels; ++c) {
      float x = values[pixel * channels + c];
      low[c] = std::min(low[c], x);
      high[c] = std::max(high[c], x);
      sums[c] += x;
      squares[c] += static_cast<double>(x) * x;
    }
  count += static_cast<int64_t>(pixels);
  // One of each of as many equal stretches, at a place that moves on.
  size_t wanted = std::min<size_t>(kept, pixels);
  for (size_t i = 0; i < wanted; ++i) {
    size_t begin = i * pixels / wanted, end = (i + 1) * pixels / wanted;
    size_t pixel = begin + (rows.size() / channels * 7) % (end - begin);
    rows.insert(rows.end(), values.begin() + pixel * channels,
                values.begin() + (pixel + 1) * channels);
  }
}

/// Returns the scale at which `stored` holds [low, high].
static double hold(double low, double high, const fxp::QuantView &stored) {
  fxp::IntegerRange steps = stored.getCenteredRange();
  double scale = 0;
  if (high > 0 && steps.hi > 0)
    scale = high / static_cast<double>(steps.hi);
  if (low < 0 && steps.lo < 0)
    scale = std::max(scale, low / static_cast<double>(steps.lo));
  return scale;
}

/// Raises scales to what they may be at least.
static void raise(std::vector<double> &scales, ArrayRef<double> least) {
  double floor = kLeastShare * *llvm::max_element(scales);
  for (auto [scale, own] : llvm::zip_equal(scales, least))
    scale = std::max({scale, own, floor});
}

std::vector<double> narrow::holdChannels(const ChannelValues &values,
                                         const fxp::QuantView &stored,
                                         ArrayRef<double> least) {
  std::vector<double> scales;
  for (auto [low, high] : llvm::zip_equal(values.low, values.high))
    scales.push_back(hold(low, high, stored));
  raise(scales, least);
  return scales;
}

/// Returns the noise at the readers' sums that rounding and clipping to
/// `scales` gives, per position.
static double measureValueNoise(const ChannelValues &values,
                                const ReaderWeights &weights,
                                const fxp::QuantView &stored,
                                ArrayRef<double> scales) {
  fxp::IntegerRange steps = stored.getCenteredRange();
  auto low = static_cast<double>(steps.lo),
       high = static_cast<double>(steps.hi);
  size_t channels = scales.size(), rows = values.rows.size() / channels;
  double noise = 0;
  for (size_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (size_t row = 0; row < rows; ++row) {
      double x = values.rows[row * channels + c] / scales[c];
      double error = std::clamp(std::nearbyint(x), low, high) - x;
      sum += error * error;
    }
    noise += sum * scales[c] * scales[c] * weights.squares[c];
  }
  return noise / static_cast<double>(std::max<size_t>(rows, 1));
}

/// Returns the noise at the readers' sums that weights rounded for `scales` are
/// expected to give, per position.
static double expectWeightNoise(const ChannelValues &values,
                                const ReaderWeights &weights,
                                ArrayRef<double> scales) {
  auto count = static_cast<double>(values.count);
  size_t channels = scales.size(), outputs = weights.byOutput.size() / channels;
  // A step of a weight is one of the product with the channel's scale.
  double power = 0, noise = 0;
  for (size_t c = 0; c < channels; ++c) {
    double mean = values.sums[c] / count;
    double variance = std::max(values.squares[c] / count - mean * mean, 0.0);
    power += variance / (scales[c] * scales[c]);
  }
  for (size_t o = 0; o < outputs; ++o) {
    double largest = 0;
    for (size_t c = 0; c < channels; ++c)
      largest =
          std::max(largest, weights.byOutput[o * channels + c] * scales[c]);
    double step = largest / weights.highest;
    noise += step * step / 12;
  }
  return noise * power * static_cast<double>(weights.taps);
}

std::vector<double> narrow::balanceChannels(const ChannelValues &values,
                                            const ReaderWeights &weights,
                                            const fxp::QuantView &stored,
                                            ArrayRef<double> least) {
  size_t channels = values.low.size();
  std::vector<double> best;
  auto measure = [&](ArrayRef<double> scales) {
    return measureValueNoise(values, weights, stored, scales) +
           expectWeightNoise(values, weights, scales);
  };
  double lowest = measure(std::vector<double>(channels, stored.getScale()));
  for (double share : kShares) {
    std::vector<double> shape;
    for (size_t c = 0; c < channels; ++c) {
      double range = hold(values.low[c], values.high[c], stored);
      double weight = std::max(weights.largest[c], 1e-12);
      shape.push_back(std::pow(range, share) / std::pow(weight, 1 - share));
    }
    raise(shape, std::vector<double>(channels, 0));
    double whole = 0;
    for (size_t c = 0; c < channels; ++c)
      whole = std::max(whole, hold(values.low[c] / shape[c],
                                   values.high[c] / shape[c], stored));
    if (!(whole > 0) || !std::isfinite(whole))
      continue;
    for (double clip : kClips) {
      std::vector<double> scales;
      for (size_t c = 0; c < channels; ++c)
        scales.push_back(clip * whole * shape[c]);
      raise(scales, least);
      double noise = measure(scales);
      if (noise >= lowest)
        continue;
      lowest = noise;
      best = scales;
    }
  }
  return best;
}
