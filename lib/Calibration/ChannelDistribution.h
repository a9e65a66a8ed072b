//===- ChannelDistribution.h - guessed values of a channel ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where there are no samples, what a channel's elements are is guessed: normal,
// and clamped. The moments of what layers make of them follow, as in Nagel et
// al., "Data-Free Quantization Through Weight Equalization and Bias Correction"
// (ICCV 2019). No IR.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CALIBRATION_CHANNELDISTRIBUTION_H
#define NARROW_LIB_CALIBRATION_CHANNELDISTRIBUTION_H

#include "narrow/Support/LLVM.h"
#include <functional>
#include <limits>
#include <vector>

namespace narrow {

/// Mean and variance.
struct Moments {
  double mean = 0, variance = 0;
};

/// Elements are normal with this mean and deviation, clamped to `low` and
/// `high`.
struct ChannelDistribution {
  double mean = 0, deviation = 0;
  double low = -std::numeric_limits<double>::infinity(),
         high = std::numeric_limits<double>::infinity();

  /// Returns the element at a place of the standard normal distribution.
  double at(double place) const;
  /// The moments behind the clamp.
  Moments getMoments() const;
};

/// One entry for each channel, or one for all.
using Distribution = std::vector<ChannelDistribution>;

/// Returns `count` places that cut the standard normal distribution into as
/// likely pieces, each in the middle of its own.
const std::vector<double> &getNormalPlaces(size_t count);

/// Returns what is normal with these moments within the bounds.
ChannelDistribution makeNormal(Moments moments, double low, double high);

/// Returns the channel of a function's results.
ChannelDistribution apply(const std::function<double(double)> &function,
                          const ChannelDistribution &channel);

/// Returns the channel of all elements of all channels.
ChannelDistribution join(const Distribution &channels);

} // namespace narrow

#endif // NARROW_LIB_CALIBRATION_CHANNELDISTRIBUTION_H
