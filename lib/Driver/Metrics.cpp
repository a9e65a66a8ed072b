//===- Metrics.cpp - how close two sets of outputs are --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Metrics.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace narrow;

size_t narrow::getTop1(llvm::ArrayRef<float> scores) {
  return size_t(std::max_element(scores.begin(), scores.end()) -
                scores.begin());
}

std::pair<double, double> narrow::getWilsonInterval(int64_t hits,
                                                    int64_t total) {
  if (total == 0)
    return {0, 100};
  constexpr double kZ = 1.959963984540054; // 97.5 % quantile of the normal.
  double n = double(total), share = double(hits) / n;
  double denominator = 1 + kZ * kZ / n;
  double centre = (share + kZ * kZ / (2 * n)) / denominator;
  double half = kZ *
                std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n)) /
                denominator;
  return {100 * std::max(0.0, centre - half),
          100 * std::min(1.0, centre + half)};
}

void OutputComparison::add(llvm::ArrayRef<float> reference,
                           llvm::ArrayRef<float> quantized, int64_t label) {
  assert(reference.size() == quantized.size() && "outputs differ in size");
  if (reference.empty())
    return;
  ++samples;
  size_t referenceTop = getTop1(reference), quantizedTop = getTop1(quantized);
  agreed += referenceTop == quantizedTop;
  if (label >= 0) {
    ++labels;
    referenceHits += int64_t(referenceTop) == label;
    quantizedHits += int64_t(quantizedTop) == label;
  }
  for (auto [r, q] : llvm::zip_equal(reference, quantized)) {
    referenceSquares += double(r) * r;
    quantizedSquares += double(q) * q;
    products += double(r) * q;
    errorSquares += (double(r) - q) * (double(r) - q);
  }
}

double OutputComparison::getAgreement() const {
  return samples ? 100.0 * double(agreed) / double(samples) : 100;
}

double OutputComparison::getSqnr() const {
  if (errorSquares == 0)
    return HUGE_VAL;
  return 10 * std::log10(referenceSquares / errorSquares);
}

double OutputComparison::getCosine() const {
  double norm = std::sqrt(referenceSquares) * std::sqrt(quantizedSquares);
  return norm == 0 ? 1 : products / norm;
}
