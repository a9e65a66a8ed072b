//===- CorrectBias.h - undo the mean error of quantisation -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rounded weights and saturated activations shift the mean of each channel.
// Layer by layer, in order, the bias takes that shift back, each layer seeing
// the inputs that the corrected layers before it make (after Nagel et al.,
// Data-Free Quantization through Weight Equalization and Bias Correction, 2019,
// with measured instead of derived means).
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_CORRECTBIAS_H
#define NARROW_REPAIR_CORRECTBIAS_H

#include "narrow/Simulate/LayerWalk.h"

namespace narrow {

/// What `correctBiases` did.
struct BiasCorrection {
  /// Contractions whose biases changed.
  int64_t corrected = 0;
  /// Contractions that could not be judged: nothing says what they were made
  /// from, or they depend on inputs that are not f32.
  int64_t skipped = 0;
};

/// Corrects the biases of convolutions and fully connected layers of
/// `quantized`, which the pass `quantize` made from `original`, so that over
/// `numSamples` samples each output channel has the float model's mean before
/// it is requantised. Where the result is only added to another value, that
/// value's error of the mean is taken back too. Corrected biases are rounded to
/// the accumulator's scale; nothing else changes, and the artefact costs
/// nothing more. Fails where the float model cannot be run.
llvm::Expected<BiasCorrection> correctBiases(ModuleOp original,
                                             ModuleOp quantized,
                                             int64_t numSamples,
                                             GetSample getSample);

} // namespace narrow

#endif // NARROW_REPAIR_CORRECTBIAS_H
