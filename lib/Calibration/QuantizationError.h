//===- QuantizationError.h - what a range costs ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CALIBRATION_QUANTIZATIONERROR_H
#define NARROW_LIB_CALIBRATION_QUANTIZATIONERROR_H

#include "narrow/Calibration/Estimators.h"

namespace narrow {

/// The values of a histogram as points at the middles of its bins, without the
/// exact zeros, which every range represents exactly.
struct Points {
  std::vector<double> values;
  std::vector<double> counts;
  double total = 0;

  explicit Points(const TensorStatistics &statistics);
};

/// Steps from one integer to the next: 2^bits - 1, and one fewer where zero is
/// in the middle and both signs occur.
double getNumSteps(const Range &range, const RangeOptions &options);

/// Sum of squared errors of rounding to the range's grid and clipping to it.
double getSquaredError(const Points &points, const Range &range,
                       const RangeOptions &options);

/// The same with rounding as uniform noise.
double getUniformNoiseError(const Points &points, const Range &range,
                            const RangeOptions &options);

/// Kullback-Leibler divergence of the values quantised in `range` from the
/// values; both distributions are over `numBins` bins of `full`.
double getDivergence(const Points &points, const Range &full,
                     const Range &range, const RangeOptions &options,
                     size_t numBins);

} // namespace narrow

#endif // NARROW_LIB_CALIBRATION_QUANTIZATIONERROR_H
