//===- FitSamples.h - what a fit of weights learns from --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fit sets each layer's input in fixed point beside the float model's result
// at the same places. Both models are run one after the other, so that one
// side's places are kept: as many as a budget of memory allows, for as many
// layers as it allows; the float model is run again for the next ones.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_FITSAMPLES_H
#define NARROW_LIB_REPAIR_FITSAMPLES_H

#include "FloatLayers.h"
#include "narrow/Repair/LayerFit.h"
#include "narrow/Repair/RepairStep.h"
#include "narrow/Simulate/PatchGeometry.h"

namespace narrow {

/// A layer whose weights can be fitted.
struct FitLayer {
  Operation *op;
  const FloatLayer *floats;
  PatchGeometry geometry;
  /// What alone is added to the result in fixed point; null where nothing is.
  Value residual;
  /// The places of a layer are drawn by it.
  uint64_t seed;
  /// Output positions that are looked at in each sample.
  int64_t positionsPerSample;

  /// Whether inputs have more than 8 bits.
  bool isWide() const {
    return fxp::QuantView(op->getOperand(0).getType()).getBits() > 8;
  }
  int64_t getOutputs() const {
    return static_cast<int64_t>(floats->bias.size());
  }
  /// Returns the positions of one sample, [batch, height, width] flattened,
  /// rising; drawn, and the same at each call.
  std::vector<int64_t> getPositions(int64_t sample) const;
};

/// What the float model makes of the layers at their positions.
class FloatTargets {
public:
  /// Bytes of targets that are kept at a time; those of one layer at least.
  static constexpr int64_t kMostBytes = int64_t(256) << 20;
  /// Bytes that are left to what other repairs keep.
  static constexpr int64_t kRoomForOthers = int64_t(64) << 20;

  FloatTargets(ArrayRef<FitLayer> layers, const RepairContext &context)
      : layers(layers), context(context), targets(layers.size()),
        kept(layers.size()) {}

  /// Returns [samples * positions, outputs] of a layer: its sums of products,
  /// the bias aside, and what is added to them. Layers are asked for in their
  /// order; what lies in front of one is forgotten. The caller may change them.
  /// Other fits find those that there is room for (KeptRuns.h).
  llvm::Expected<MutableArrayRef<float>> get(size_t layer);

private:
  using Rows = std::vector<float>;

  llvm::Error collect(size_t first);
  /// Whether another fit, of more samples perhaps, kept the rows of a layer.
  bool findKept(size_t layer);
  /// Keeps the rows of a layer for other fits where there is room.
  void keep(size_t layer);
  std::vector<uintptr_t> getKey(const FitLayer &layer) const;
  int64_t countElements(const FitLayer &layer) const;
  int64_t countBytes(const FitLayer &layer) const;

  ArrayRef<FitLayer> layers;
  const RepairContext &context;
  std::vector<Rows> targets;
  /// Null for layers whose rows are not kept.
  std::vector<std::shared_ptr<const Rows>> kept;
};

/// Returns [samples * positions, outputs]: the products of the float model's
/// weights with what the layer reads in fixed point.
std::vector<float> multiplyInputs(const FitLayer &layer,
                                  const SampleTensors &inputs, int64_t samples);

/// Returns the moments of each group of `layer` over the samples [begin, end),
/// of which `inputs` are the input tensors and `targets` the rows of all.
std::vector<Moments> collectMoments(const FitLayer &layer,
                                    const SampleTensors &inputs,
                                    ArrayRef<float> targets, int64_t begin,
                                    int64_t end);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_FITSAMPLES_H
