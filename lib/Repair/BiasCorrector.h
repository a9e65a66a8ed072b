//===- BiasCorrector.h - biases for the float model's means ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_BIASCORRECTOR_H
#define NARROW_LIB_REPAIR_BIASCORRECTOR_H

#include "FloatLayers.h"
#include "narrow/Repair/RepairStep.h"
#include "narrow/Simulate/PatchMean.h"

namespace narrow {

/// Mean of each channel (last axis), over samples.
class ChannelMean {
public:
  void add(ArrayRef<float> values, int64_t channels) {
    sums.resize(channels);
    for (size_t i = 0; i < values.size(); ++i)
      sums[i % channels] += values[i];
    count += values.size() / channels;
  }
  /// Empty where nothing was added.
  std::vector<double> get() const {
    std::vector<double> means;
    for (double sum : sums)
      means.push_back(sum / count);
    return means;
  }

private:
  std::vector<double> sums;
  int64_t count = 0;
};

/// Mean of what a layer reads.
struct InputMeans {
  explicit InputMeans(const PatchGeometry &geometry) : patch(geometry) {}
  PatchMean patch;
  /// Of the value that alone is added to the result.
  ChannelMean residual;
};

/// Knows what the float model's channels are on average, and makes biases that
/// bring a contraction in fixed point there.
class BiasCorrector {
public:
  /// Of the float model: one for each layer.
  using FloatMeans = std::vector<InputMeans>;

  /// Runs the float model over the samples that train. `others`, where it is
  /// not null, becomes what those that do not judge give.
  static llvm::Expected<BiasCorrector> create(const FloatLayers &layers,
                                              const RepairContext &context,
                                              FloatMeans *others = nullptr);
  /// The same for the context of `repair`, whose samples are those of other
  /// steps and networks: runs nothing where its means were kept (KeptRuns.h).
  static llvm::Expected<BiasCorrector> createKept(const FloatLayers &layers,
                                                  const RepairContext &context);

  /// What a contraction reads, in fixed point.
  struct Measured {
    InputMeans means;
    /// Of the sums of products and of the residual in the float model; no
    /// residual where either side lacks one.
    const InputMeans *floats;
    const FloatLayer *layer;
    bool hasResidual;
  };
  /// Measures what `op` reads; nothing where that or its counterpart is
  /// unknown.
  std::optional<Measured> measure(Operation *op, LayerWalk &walk) const;

  /// Gives `state` the biases that make the mean of each channel of `op` what
  /// it is in the float model, rounded and clamped to the accumulator's type;
  /// where one is not finite, it stays as it is.
  static void correct(Operation *op, LayerState &state,
                      const Measured &measured);

private:
  BiasCorrector(const FloatLayers &layers, int64_t samples)
      : layers(&layers), samples(samples) {}

  const FloatLayers *layers;
  int64_t samples;
  std::shared_ptr<const FloatMeans> floats;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_BIASCORRECTOR_H
