//===- BlockWeights.cpp - integers for weights in blocks ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/BlockWeights.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/TypeChoice.h"
#include <cmath>

using namespace narrow;

bool narrow::mayHaveBlocks(Operation *op) {
  if (isa<nn::LinearOp>(op))
    return true;
  auto conv = dyn_cast<nn::Conv2DOp>(op);
  return conv &&
         cast<ShapedType>(conv.getWeights().getType()).getShape().back() > 1;
}

double narrow::roundInBlock(double weight, double multiplier) {
  constexpr double kMost = fxp::kMostBlockField;
  return multiplier *
         std::clamp(std::nearbyint(weight / multiplier), -kMost, kMost);
}

/// What rounding `weights` to multiples of `multiplier` loses.
static double getLoss(ArrayRef<double> weights, ArrayRef<double> importance,
                      double multiplier) {
  double loss = 0;
  for (auto [i, weight] : llvm::enumerate(weights)) {
    double error = weight - roundInBlock(weight, multiplier);
    loss += error * error * (importance.empty() ? 1 : importance[i]);
  }
  return loss;
}

SmallVector<int64_t> narrow::fitMultipliers(ArrayRef<double> weights,
                                            ArrayRef<double> importance,
                                            int64_t block) {
  SmallVector<int64_t> multipliers;
  for (size_t from = 0; from < weights.size(); from += block) {
    auto cut = [&](ArrayRef<double> all) {
      return all.empty() ? all : all.drop_front(from).take_front(block);
    };
    int64_t best = 1;
    double least = getLoss(cut(weights), cut(importance), 1);
    for (int64_t multiplier = 2; multiplier <= fxp::kMostBlockMultiplier;
         ++multiplier) {
      double loss = getLoss(cut(weights), cut(importance),
                            static_cast<double>(multiplier));
      if (loss < least) {
        least = loss;
        best = multiplier;
      }
    }
    multipliers.push_back(best);
  }
  return multipliers;
}

BlockChannel narrow::fitBlocks(ArrayRef<double> weights, int64_t block,
                               double floor, bool pow2) {
  double largest = 0;
  for (double weight : weights)
    largest = std::max(largest, std::abs(weight));
  BlockChannel best;
  double least = INFINITY;
  std::vector<double> steps(weights.size());
  for (double clip : kBlockClips) {
    double scale = roundScale(
        std::max(clip * largest / fxp::kMostBlockWeight, floor), pow2);
    for (auto [step, weight] : llvm::zip_equal(steps, weights))
      step = weight / scale;
    SmallVector<int64_t> multipliers = fitMultipliers(steps, {}, block);
    BlockChannel channel{scale, {}};
    double loss = 0;
    for (auto [i, step] : llvm::enumerate(steps)) {
      double rounded =
          roundInBlock(step, static_cast<double>(multipliers[i / block]));
      loss += (step - rounded) * (step - rounded);
      channel.integers.push_back(static_cast<int64_t>(rounded));
    }
    loss *= scale * scale;
    if (loss < least) {
      least = loss;
      best = std::move(channel);
    }
  }
  return best;
}
