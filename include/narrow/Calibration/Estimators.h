//===- Estimators.h - from statistics to ranges ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A range is the interval of real values that a quantised value can take;
// beyond it values saturate. A narrow range makes steps small, a wide one clips
// little: the estimators are ways to choose between the two.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CALIBRATION_ESTIMATORS_H
#define NARROW_CALIBRATION_ESTIMATORS_H

#include "narrow/Calibration/Statistics.h"

#include <optional>

namespace narrow {

enum class Estimator {
  /// The lowest and the highest value seen.
  MinMax,
  /// The means of each sample's lowest and highest value.
  Average,
  /// Cuts a share of the values at each end.
  Percentile,
  /// Least Kullback-Leibler divergence of the quantised distribution from the
  /// float one (Migacz, 8-bit inference with TensorRT, 2017).
  Entropy,
  /// Least mean squared error of quantising the histogram.
  Mse,
  /// Least mean squared error where rounding is modelled as uniform noise of
  /// variance step^2 / 12 and only clipping is counted exactly.
  HistogramUniform,
  /// Least mean squared error among steps that are powers of two.
  Pow2,
};

/// Returns the estimator's name on the command line.
llvm::StringRef getEstimatorName(Estimator estimator);
std::optional<Estimator> parseEstimatorName(llvm::StringRef name);
/// Returns all names, separated by commas.
std::string getEstimatorNames();

struct RangeOptions {
  Estimator estimator = Estimator::Mse;
  /// Width of the quantised value, 2 to 16.
  unsigned bits = 8;
  /// Zero in the middle: [-m, m], or [0, m] where no value is negative.
  bool isSymmetric = false;
  /// Percent of the values that `Percentile` keeps.
  double percentile = 99.99;
};

struct Range {
  double lowest = 0, highest = 0;
  bool operator==(const Range &other) const {
    return lowest == other.lowest && highest == other.highest;
  }
};

/// Returns the range of a value. It always holds zero, is never empty, and
/// [0, 1] for a value that is zero throughout. The statistics must pass
/// `Statistics::check`. Above 12 bits, where steps are narrower than the
/// histogram's bins, Entropy, Mse and HistogramUniform are MinMax.
Range estimateRange(const TensorStatistics &statistics,
                    const RangeOptions &options);

} // namespace narrow

#endif // NARROW_CALIBRATION_ESTIMATORS_H
