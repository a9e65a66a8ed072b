//===- TrainedValues.h - what inputs gave in training -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A batch normalisation says which mean and deviation its channels had in
// training. Behind the first layer that tells samples of another scale, or
// another order of axes, from those that the model was trained with.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_TRAINEDVALUES_H
#define NARROW_DRIVER_TRAINEDVALUES_H

#include "narrow/Driver/Diagnostics.h"
#include "narrow/Driver/Samples.h"

namespace narrow {

/// The result of a batch normalisation, and the input that it is the first
/// behind, if it is.
struct TrainedValue {
  std::string input, name;
  /// Of each channel in training.
  std::vector<float> means, deviations;
};

/// Finds them in an imported module that is not prepared yet: constant
/// normalisations with a name. The first behind an input have one contraction
/// at most, movement and sums and products with constants in front of them.
std::vector<TrainedValue> findTrainedValues(ModuleOp imported);

/// Runs the prepared float model up to those values that are still there, on
/// the first samples, and warns where means or deviations of the channels are
/// far from those of training.
llvm::Expected<std::vector<Message>>
checkTrainedValues(ModuleOp observed, ArrayRef<TrainedValue> trained,
                   const ModelSamples &samples);

} // namespace narrow

#endif // NARROW_DRIVER_TRAINEDVALUES_H
