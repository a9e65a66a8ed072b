//===- LayerFit.h - integer weights for one layer --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers of a fit, without IR: from moments of what a layer reads and of
// what it should make, integers and their scales.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_LAYERFIT_H
#define NARROW_REPAIR_LAYERFIT_H

#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Repair/SecondOrder.h"

namespace narrow {

/// Sums over positions of a group's inputs x [inputs], in steps, and targets t
/// [outputs].
struct Moments {
  Moments(int64_t inputs, int64_t outputs)
      : sums(inputs), products(inputs * inputs), targetSums(outputs),
        cross(outputs * inputs) {}

  int64_t count = 0;
  /// Of x; of x x', [inputs, inputs]; of t; of t x', [outputs, inputs].
  std::vector<double> sums, products, targetSums, cross;

  void add(const Moments &other);
  Covariance getCovariance() const;
  /// Covariances of each target with the inputs, [outputs, inputs].
  std::vector<double> getCross() const;
};

/// How a layer's weights are stored.
struct FitScheme {
  /// The integers that may be stored.
  fxp::IntegerRange range;
  /// Whether scales may be chosen; else they are as given.
  bool hasFreeScales = true;
  /// Whether a scale may be less than what holds the largest weight, and be
  /// moved by the gain that fits its integers best: what few bits want.
  bool clips = false;
  /// Whether the real weights that are rounded are fitted to the targets; else
  /// they are those of the model.
  bool isFitted = true;
  /// Weights that share a multiplier (N4); 0 for none.
  int64_t block = 0;
};

/// One channel's weights: `scale * stored`.
struct FittedChannel {
  double scale = 0;
  std::vector<int8_t> stored;

  /// Returns what is to be added for results of the targets' mean.
  double getOffset(const Moments &moments, int64_t channel) const;
};

/// Fits the weights of one group to its moments, which come in two parts: how
/// far weights are drawn to those of the model is what does best on the part
/// that they were not fitted to. `weights` is [outputs, inputs] in real results
/// per step of the input; `scales` and `floors`, [outputs] in the same unit,
/// are what the layer has and what a scale must not fall below. Fails where the
/// moments are of no use: nothing varies, or something is not finite.
FailureOr<std::vector<FittedChannel>>
fitGroup(const Moments &first, const Moments &second, ArrayRef<double> weights,
         ArrayRef<double> scales, ArrayRef<double> floors,
         const FitScheme &scheme, MLIRContext &context);

} // namespace narrow

#endif // NARROW_REPAIR_LAYERFIT_H
