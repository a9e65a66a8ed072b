//===- PairSafeWeights.cpp - weights whose pairs fit 16 bits --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/PairSafeWeights.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/PairSafe.h"
#include <cmath>

using namespace narrow;

int64_t narrow::getPairedStretch(Operation *op, RankedTensorType weights) {
  ArrayRef<int64_t> shape = weights.getShape();
  int64_t inputs = shape.back();
  if (auto linear = dyn_cast<nn::LinearOp>(op)) {
    auto rows = cast<RankedTensorType>(linear.getInput().getType());
    return rows.getNumElements() > inputs ? inputs : 0;
  }
  // The phases of a transposed convolution take kernel columns apart.
  if (isa<nn::TransposedConv2DOp>(op))
    return inputs;
  auto conv = dyn_cast<nn::Conv2DOp>(op);
  if (!conv || (conv.getGroups() > 1 && inputs == 1))
    return 0;
  auto result = cast<RankedTensorType>(conv.getResult().getType());
  if (result.getNumElements() == shape.front())
    return 0;
  // A kernel row is contiguous in memory.
  bool isRow = conv.getGroups() == 1 && conv.getDilations()[1] == 1;
  return isRow ? shape[2] * inputs : inputs;
}

SmallVector<int8_t> narrow::roundPairSafe(ArrayRef<float> weights, double scale,
                                          int64_t highest, int64_t stretch) {
  auto store = [&](double steps) {
    return static_cast<int8_t>(
        std::clamp<int64_t>(std::llrint(steps), -highest, highest));
  };
  SmallVector<int8_t> stored;
  stored.reserve(weights.size());
  for (float w : weights)
    stored.push_back(store(w / scale));
  for (int64_t i = 0, e = weights.size(); i + 1 < e; ++i) {
    // The last weight of an odd stretch has no partner.
    if (i % stretch % 2 || i % stretch + 1 == stretch)
      continue;
    int8_t &x = stored[i], &y = stored[i + 1];
    if (isPairSafe(x, y))
      continue;
    // Both have one sign, and neither is larger than the limit.
    double a = std::abs(weights[i] / scale),
           c = std::abs(weights[i + 1] / scale);
    int64_t first = std::clamp<int64_t>(std::llrint((a - c + kPairLimit) / 2),
                                        kPairLimit - highest, highest);
    int64_t sign = x < 0 ? -1 : 1;
    x = static_cast<int8_t>(sign * first);
    y = static_cast<int8_t>(sign * (kPairLimit - first));
  }
  return stored;
}

double narrow::choosePairSafeScale(ArrayRef<float> weights, double scale,
                                   const WeightScheme &scheme,
                                   int64_t stretch) {
  constexpr int kTrials = 16;
  int64_t highest = getWeightStorageRange(scheme).second;
  double best = scale, least = -1;
  for (int trial = 0; trial <= kTrials; ++trial) {
    double tried =
        roundScale(scale * std::exp2(double(trial) / kTrials), scheme.pow2);
    SmallVector<int8_t> stored =
        roundPairSafe(weights, tried, highest, stretch);
    double error = 0;
    bool isFree = true;
    for (auto [w, q] : llvm::zip_equal(weights, stored)) {
      double difference = w - tried * q;
      error += difference * difference;
      isFree &= std::abs(difference) <= 0.5000001 * tried;
    }
    // No pair had to move: nothing is gained by a coarser scale.
    if (isFree && trial == 0)
      return tried;
    if (least < 0 || error < least) {
      least = error;
      best = tried;
    }
  }
  return best;
}
