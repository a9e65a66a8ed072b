//===- ChannelDistribution.cpp - guessed values of a channel --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelDistribution.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace narrow;

/// Places at which moments are summed up.
static constexpr size_t kPlaces = 129;
/// Places between which a function's extremes are looked for, in deviations.
static constexpr double kReach = 4;

double ChannelDistribution::at(double place) const {
  return std::clamp(mean + deviation * place, low, high);
}

Moments ChannelDistribution::getMoments() const {
  if (mean - kReach * deviation >= low && mean + kReach * deviation <= high)
    return {mean, deviation * deviation};
  double sum = 0, squares = 0;
  const std::vector<double> &places = getNormalPlaces(kPlaces);
  for (double place : places) {
    double value = at(place);
    sum += value;
    squares += value * value;
  }
  sum /= kPlaces;
  return {sum, std::max(squares / kPlaces - sum * sum, 0.0)};
}

const std::vector<double> &narrow::getNormalPlaces(size_t count) {
  static thread_local std::map<size_t, std::vector<double>> known;
  std::vector<double> &places = known[count];
  for (size_t i = places.size(); i < count; ++i) {
    double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    double low = -10, high = 10;
    // Halving to the last bit of a float.
    for (int step = 0; step < 40; ++step) {
      double middle = (low + high) / 2;
      (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
    }
    places.push_back(low);
  }
  return places;
}

ChannelDistribution narrow::makeNormal(Moments moments, double low,
                                       double high) {
  return {moments.mean, std::sqrt(std::max(moments.variance, 0.0)), low, high};
}

ChannelDistribution narrow::apply(const std::function<double(double)> &function,
                                  const ChannelDistribution &channel) {
  double sum = 0, squares = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  auto see = [&](double place) {
    double value = function(channel.at(place));
    low = std::min(low, value);
    high = std::max(high, value);
    return value;
  };
  for (double place : getNormalPlaces(kPlaces)) {
    double value = see(place);
    sum += value;
    squares += value * value;
  }
  see(-kReach);
  see(kReach);
  sum /= kPlaces;
  return makeNormal({sum, squares / kPlaces - sum * sum}, low, high);
}

ChannelDistribution narrow::join(const Distribution &channels) {
  double sum = 0, squares = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const ChannelDistribution &channel : channels) {
    Moments moments = channel.getMoments();
    sum += moments.mean;
    squares += moments.variance + moments.mean * moments.mean;
    low = std::min(low, channel.low);
    high = std::max(high, channel.high);
  }
  auto count = static_cast<double>(channels.size());
  sum /= count;
  return makeNormal({sum, squares / count - sum * sum}, low, high);
}
