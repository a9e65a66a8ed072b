//===- ChannelScales.h - a scale for each activation channel ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers behind scales per activation channel, without IR.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_CHANNELSCALES_H
#define NARROW_LIB_REPAIR_CHANNELSCALES_H

#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include <vector>

namespace narrow {

/// What the float model's value is over some samples, channel (last axis) by
/// channel.
class ChannelValues {
public:
  /// `kept` values of each channel are kept of every sample.
  ChannelValues(int64_t channels, int64_t kept)
      : low(channels), high(channels), sums(channels), squares(channels),
        kept(kept) {}

  void add(ArrayRef<float> values);

  /// Extremes, 0 included.
  std::vector<float> low, high;
  std::vector<double> sums, squares;
  int64_t count = 0;
  /// [rows, channels].
  std::vector<float> rows;

private:
  int64_t kept;
};

/// What reads a value with a scale for each channel.
struct ReaderWeights {
  /// Of each input channel: sum of the squares of the weights that it is
  /// multiplied with, and the largest of them.
  std::vector<double> squares, largest;
  /// [outputs, inputs]: the largest weight of a kernel.
  std::vector<double> byOutput;
  int64_t taps = 1;
  /// The largest stored weight.
  double highest = 127;
};

/// Returns for each channel the scale at which `stored` just holds its values;
/// none is less than a 256th of the largest, or than `least`.
std::vector<double> holdChannels(const ChannelValues &values,
                                 const fxp::QuantView &stored,
                                 ArrayRef<double> least);

/// Returns scales between the ranges of channels and the weights that they are
/// multiplied with, where rounding values and weights then gives less noise
/// than with one scale, else nothing. What noise a clipped range gives is
/// measured.
std::vector<double> balanceChannels(const ChannelValues &values,
                                    const ReaderWeights &weights,
                                    const fxp::QuantView &stored,
                                    ArrayRef<double> least);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_CHANNELSCALES_H
