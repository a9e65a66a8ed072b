//===- ScaleDraft.h - layers with scales per channel -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_SCALEDRAFT_H
#define NARROW_LIB_REPAIR_SCALEDRAFT_H

#include "FloatLayers.h"
#include "narrow/Repair/RepairStep.h"
#include "llvm/ADT/MapVector.h"

namespace narrow {

/// Returns `type`, of one scale, with scales and zero points along `axis`.
RankedTensorType withChannels(RankedTensorType type, ArrayRef<double> scales,
                              ArrayRef<int64_t> zeroPoints, int64_t axis);

/// What contractions become where values between them get a scale for each
/// channel; nothing is changed yet.
class ScaleDraft {
public:
  /// Gives the result of `producer`, of one scale, `scales`, and moves its
  /// clamp's bounds. Returns the result's type.
  RankedTensorType scaleResult(Operation *producer, ArrayRef<double> scales);
  /// Gives `op`, which has no weights, this state.
  void setState(Operation *op, LayerState state) { get(op) = std::move(state); }
  /// Gives `reader` weights and biases for an input of `type` (N1): a depthwise
  /// convolution's weight scales take the channels' scales; other weights are
  /// rounded anew from those of its float layer. Where there are `offsets`, one
  /// for each input channel, its values are those of the float model less
  /// these, and biases make up for it.
  void scaleReader(Operation *reader, Type type, const FloatLayers &floats,
                   ArrayRef<double> offsets = {});
  /// Gives all layers their requantisation. Returns the first without one of
  /// the mode that it had, or null.
  Operation *finish();

  const llvm::MapVector<Operation *, LayerState> &getStates() const {
    return states;
  }

private:
  LayerState &get(Operation *op);
  /// What `op` reads then.
  Type getInput(Operation *op) const;

  llvm::MapVector<Operation *, LayerState> states;
  DenseMap<Operation *, Type> inputs;
  /// What rounding the biases lost, in accumulator steps.
  DenseMap<Operation *, SmallVector<double>> remainders;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_SCALEDRAFT_H
