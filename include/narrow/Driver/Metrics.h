//===- Metrics.h - how close two sets of outputs are -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_METRICS_H
#define NARROW_DRIVER_METRICS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <utility>

namespace narrow {

/// Index of the largest element; the first of equal ones.
size_t getTop1(llvm::ArrayRef<float> scores);

/// The 95 % confidence interval of a share, `hits` of `total` (Wilson, 1927),
/// in percent.
std::pair<double, double> getWilsonInterval(int64_t hits, int64_t total);

/// Compares a float output with its quantised counterpart, sample by sample.
class OutputComparison {
public:
  /// Adds one sample; with `label` >= 0 its top-1 hits are counted.
  void add(llvm::ArrayRef<float> reference, llvm::ArrayRef<float> quantized,
           int64_t label = -1);

  int64_t getNumSamples() const { return samples; }
  int64_t getNumLabels() const { return labels; }
  /// Samples whose top-1 is the label's.
  int64_t getReferenceHits() const { return referenceHits; }
  int64_t getQuantizedHits() const { return quantizedHits; }
  /// Samples whose top-1 is the same in both, in percent.
  double getAgreement() const;
  /// Signal to quantisation noise over all samples and elements,
  /// 10 log10(sum r^2 / sum (r - q)^2) in dB; infinite for equal outputs.
  double getSqnr() const;
  /// Cosine of the angle between both over all samples and elements.
  double getCosine() const;

private:
  int64_t samples = 0, labels = 0, agreed = 0;
  int64_t referenceHits = 0, quantizedHits = 0;
  double referenceSquares = 0, quantizedSquares = 0, products = 0;
  double errorSquares = 0;
};

} // namespace narrow

#endif // NARROW_DRIVER_METRICS_H
