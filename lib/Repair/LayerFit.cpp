//===- LayerFit.cpp - integer weights for one layer -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/LayerFit.h"

#include "mlir/IR/Threading.h"
#include "narrow/Plan/BlockWeights.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

using namespace narrow;

/// What real weights may be drawn to those of the float model by, in mean
/// variances of the inputs.
static constexpr double kFitDampings[] = {0.02, 0.2, 2};
/// What integers are drawn to their neighbours by, and more of it where inputs
/// are many beside the positions that they were seen at.
static constexpr double kRoundingDamping = 0.01,
                        kRoundingDampingPerInput = 0.05;
/// Parts of the largest weight that a scale is tried to hold.
static constexpr double kClips[] = {1, 0.92, 0.84, 0.76, 0.68, 0.6, 0.52, 0.44};

void Moments::add(const Moments &other) {
  auto addAll = [](std::vector<double> &to, ArrayRef<double> from) {
    for (auto [x, y] : llvm::zip_equal(to, from))
      x += y;
  };
  count += other.count;
  addAll(sums, other.sums);
  addAll(products, other.products);
  addAll(targetSums, other.targetSums);
  addAll(cross, other.cross);
}

Covariance Moments::getCovariance() const {
  auto size = static_cast<int64_t>(sums.size());
  auto n = static_cast<double>(count);
  Covariance result{size, products};
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j) {
      double &value = result.values[i * size + j];
      value = (value - sums[i] * sums[j] / n) / n;
    }
  return result;
}

std::vector<double> Moments::getCross() const {
  size_t size = sums.size();
  auto n = static_cast<double>(count);
  std::vector<double> result = cross;
  for (size_t o = 0; o < targetSums.size(); ++o)
    for (size_t i = 0; i < size; ++i) {
      double &value = result[o * size + i];
      value = (value - targetSums[o] * sums[i] / n) / n;
    }
  return result;
}

double FittedChannel::getOffset(const Moments &moments, int64_t channel) const {
  double offset = moments.targetSums[channel];
  for (auto [q, sum] : llvm::zip_equal(stored, moments.sums))
    offset -= scale * q * sum;
  return offset / static_cast<double>(moments.count);
}

namespace {
/// Rounds the channels of a group.
class GroupRounding {
public:
  GroupRounding(const SecondOrderRounding &rounding, ArrayRef<double> variances,
                ArrayRef<double> weights, ArrayRef<double> floors,
                const FitScheme &scheme,
                MutableArrayRef<FittedChannel> channels)
      : rounding(rounding), variances(variances),
        inputs(static_cast<int64_t>(variances.size())), weights(weights),
        floors(floors), scheme(scheme), channels(channels) {}

  /// Several channels at once, each at the scale that it has.
  void roundChannels(int64_t first) const;
  /// One channel at several scales, of which the best is taken.
  void roundClipped(int64_t channel) const;

private:
  static constexpr int64_t kRows = SecondOrderRounding::kRows;

  /// Integers of `kRows` rows of weights in units of their steps: by second
  /// order, or the nearest ones where these lose less.
  struct Choice {
    std::vector<double> stored;
    /// The gain that fits each row best, and e H e' with it, in steps.
    double gains[kRows], errors[kRows];
  };
  Choice choose(ArrayRef<double> rows) const;
  /// The multiplier of each weight of `kRows` rows; empty without blocks.
  std::vector<double> getMultipliers(ArrayRef<double> rows) const;
  void store(int64_t channel, ArrayRef<double> stored, double scale) const;

  const SecondOrderRounding &rounding;
  ArrayRef<double> variances; ///< Of the inputs, damped.
  int64_t inputs;
  ArrayRef<double> weights, floors;
  const FitScheme &scheme;
  MutableArrayRef<FittedChannel> channels;
};
} // namespace

std::vector<double> GroupRounding::getMultipliers(ArrayRef<double> rows) const {
  std::vector<double> result;
  for (int64_t row = 0; scheme.block && row < kRows; ++row) {
    SmallVector<int64_t> fitted = fitMultipliers(
        rows.slice(row * inputs, inputs), variances, scheme.block);
    for (int64_t i = 0; i < inputs; ++i)
      result.push_back(static_cast<double>(fitted[i / scheme.block]));
  }
  return result;
}

GroupRounding::Choice GroupRounding::choose(ArrayRef<double> rows) const {
  std::vector<double> nearest(rows.size());
  Choice result{std::vector<double>(rows.size()), {}, {}};
  std::vector<double> multipliers = getMultipliers(rows);
  fxp::IntegerRange range = scheme.range;
  if (scheme.block)
    range = {-fxp::kMostBlockField, fxp::kMostBlockField};
  rounding.round(rows, multipliers, range.lo, range.hi, result.stored);
  for (auto [i, w] : llvm::enumerate(rows)) {
    double unit = multipliers.empty() ? 1 : multipliers[i];
    nearest[i] = unit * std::clamp(std::nearbyint(w / unit),
                                   static_cast<double>(range.lo),
                                   static_cast<double>(range.hi));
  }
  std::vector<double> target = rounding.project(rows);
  auto measure = [&](ArrayRef<double> stored, double *gains, double *errors) {
    std::vector<double> projected = rounding.project(stored);
    for (int64_t row = 0; row < kRows; ++row) {
      auto of = [&](const std::vector<double> &x) {
        return ArrayRef<double>(x).slice(row * inputs, inputs);
      };
      double product = 0, square = 0, error = 0;
      for (auto [q, w] : llvm::zip_equal(of(projected), of(target))) {
        product += q * w;
        square += q * q;
      }
      double gain = scheme.clips && product > 0 ? product / square : 1;
      for (auto [q, w] : llvm::zip_equal(of(projected), of(target)))
        error += (w - gain * q) * (w - gain * q);
      gains[row] = gain;
      errors[row] = error;
    }
  };
  measure(result.stored, result.gains, result.errors);
  double gains[kRows], errors[kRows];
  measure(nearest, gains, errors);
  for (int64_t row = 0; row < kRows; ++row) {
    if (errors[row] >= result.errors[row])
      continue;
    result.gains[row] = gains[row];
    result.errors[row] = errors[row];
    std::copy_n(nearest.begin() + row * inputs, inputs,
                result.stored.begin() + row * inputs);
  }
  return result;
}

void GroupRounding::store(int64_t channel, ArrayRef<double> stored,
                          double scale) const {
  channels[channel].scale = scale;
  channels[channel].stored.assign(stored.begin(), stored.end());
}

void GroupRounding::roundChannels(int64_t first) const {
  std::vector<double> rows(kRows * inputs);
  int64_t count =
      std::min<int64_t>(kRows, static_cast<int64_t>(channels.size()) - first);
  for (int64_t row = 0; row < count; ++row)
    for (int64_t i = 0; i < inputs; ++i)
      rows[row * inputs + i] =
          weights[(first + row) * inputs + i] / channels[first + row].scale;
  Choice choice = choose(rows);
  for (int64_t row = 0; row < count; ++row)
    store(first + row,
          ArrayRef<double>(choice.stored).slice(row * inputs, inputs),
          channels[first + row].scale);
}

void GroupRounding::roundClipped(int64_t channel) const {
  std::vector<double> rows(kRows * inputs);
  double scales[kRows];
  static_assert(std::size(kClips) == kRows);
  for (int64_t row = 0; row < kRows; ++row) {
    scales[row] =
        std::max(kClips[row] * channels[channel].scale, floors[channel]);
    for (int64_t i = 0; i < inputs; ++i)
      rows[row * inputs + i] = weights[channel * inputs + i] / scales[row];
  }
  Choice choice = choose(rows);
  int64_t best = 0;
  auto getError = [&](int64_t row) {
    return choice.errors[row] * scales[row] * scales[row];
  };
  for (int64_t row = 1; row < kRows; ++row)
    if (getError(row) < getError(best))
      best = row;
  store(channel, ArrayRef<double>(choice.stored).slice(best * inputs, inputs),
        std::max(choice.gains[best] * scales[best], floors[channel]));
}

namespace {
/// What fits to some positions start from, whatever the damping.
struct FitGround {
  FitGround(const Moments &moments, ArrayRef<double> weights)
      : weights(weights), covariance(moments.getCovariance()),
        cross(moments.getCross()), rest(getRest(covariance, weights, cross)) {}

  FailureOr<std::vector<double>> fit(double damping) const {
    return fitRest(covariance, weights, rest,
                   damping * covariance.getMeanVariance());
  }

  ArrayRef<double> weights; ///< Of the model.
  Covariance covariance;
  std::vector<double> cross, rest;
};
} // namespace

/// How much further from the targets of `tested` each channel is with weights
/// fitted to `ground` than with those of the model.
static FailureOr<std::vector<double>>
test(const FitGround &ground, const FitGround &tested, double damping) {
  FailureOr<std::vector<double>> fitted = ground.fit(damping);
  if (failed(fitted))
    return failure();
  return getExcess(tested.covariance, tested.weights, tested.cross, *fitted);
}

/// Returns real weights for the moments of both parts: those of the model for
/// channels that no damping makes better on the other part, and where inputs
/// are more than positions.
static std::vector<double> fitReal(const Moments &first, const Moments &second,
                                   const Moments &all, ArrayRef<double> weights,
                                   MLIRContext &context) {
  constexpr size_t kDampings = std::size(kFitDampings);
  size_t inputs = all.sums.size(), outputs = all.targetSums.size();
  std::vector<double> result = weights.vec();
  if (static_cast<size_t>(std::min(first.count, second.count)) < inputs)
    return result;
  std::optional<FitGround> grounds[2];
  mlir::parallelFor(&context, 0, 2, [&](size_t i) {
    grounds[i].emplace(i ? second : first, weights);
  });
  std::vector<double> excess[2 * kDampings];
  mlir::parallelFor(&context, 0, 2 * kDampings, [&](size_t i) {
    FailureOr<std::vector<double>> tested =
        test(*grounds[1 - i % 2], *grounds[i % 2], kFitDampings[i / 2]);
    if (succeeded(tested))
      excess[i] = std::move(*tested);
  });
  std::vector<double> least(outputs);
  std::vector<int> chosen(outputs, -1);
  for (size_t i = 0; i < kDampings; ++i) {
    if (excess[2 * i].empty() || excess[2 * i + 1].empty())
      continue;
    for (size_t o = 0; o < outputs; ++o) {
      double sum = excess[2 * i][o] + excess[2 * i + 1][o];
      if (sum >= least[o])
        continue;
      least[o] = sum;
      chosen[o] = static_cast<int>(i);
    }
  }
  FitGround ground(all, weights);
  for (size_t i = 0; i < kDampings; ++i) {
    if (!llvm::is_contained(chosen, static_cast<int>(i)))
      continue;
    FailureOr<std::vector<double>> fitted = ground.fit(kFitDampings[i]);
    if (failed(fitted))
      continue;
    for (size_t o = 0; o < outputs; ++o)
      if (chosen[o] == static_cast<int>(i))
        std::copy_n(fitted->begin() + o * inputs, inputs,
                    result.begin() + o * inputs);
  }
  return result;
}

FailureOr<std::vector<FittedChannel>>
narrow::fitGroup(const Moments &first, const Moments &second,
                 ArrayRef<double> weights, ArrayRef<double> scales,
                 ArrayRef<double> floors, const FitScheme &scheme,
                 MLIRContext &context) {
  Moments moments = first;
  moments.add(second);
  auto inputs = static_cast<int64_t>(moments.sums.size());
  auto outputs = static_cast<int64_t>(scales.size());
  auto isFinite = [](double v) { return std::isfinite(v); };
  if (!moments.count || !llvm::all_of(moments.products, isFinite) ||
      !llvm::all_of(moments.cross, isFinite))
    return failure();
  Covariance covariance = moments.getCovariance();
  double variance = covariance.getMeanVariance();
  double perInput =
      static_cast<double>(inputs) / static_cast<double>(moments.count);
  double damping =
      variance * (kRoundingDamping + kRoundingDampingPerInput * perInput);
  FailureOr<SecondOrderRounding> rounding =
      SecondOrderRounding::create(covariance, damping);
  if (failed(rounding))
    return failure();

  std::vector<double> fitted =
      scheme.isFitted ? fitReal(first, second, moments, weights, context)
                      : weights.vec();
  std::vector<double> variances;
  for (int64_t i = 0; i < inputs; ++i)
    variances.push_back(covariance.get(i, i) + damping);
  int64_t highest = scheme.block ? fxp::kMostBlockWeight : scheme.range.hi;
  std::vector<FittedChannel> channels(outputs);
  for (int64_t o = 0; o < outputs; ++o) {
    double largest = 0;
    for (double w : ArrayRef<double>(fitted).slice(o * inputs, inputs))
      largest = std::max(largest, std::abs(w));
    channels[o].scale =
        scheme.hasFreeScales
            ? std::max(largest / static_cast<double>(highest), floors[o])
            : scales[o];
  }
  GroupRounding group(*rounding, variances, fitted, floors, scheme, channels);
  if (scheme.clips)
    mlir::parallelFor(&context, 0, outputs,
                      [&](size_t o) { group.roundClipped(o); });
  else
    mlir::parallelFor(&context, 0,
                      llvm::divideCeil(outputs, SecondOrderRounding::kRows),
                      [&](size_t block) {
                        group.roundChannels(block * SecondOrderRounding::kRows);
                      });
  return channels;
}
