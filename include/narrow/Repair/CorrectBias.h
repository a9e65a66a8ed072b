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
// A mean is not all: where most places are empty and few hold what counts, it
// is the empty ones that are evened, at the others' cost. Samples held back
// judge the corrections, and those that hurt are undone.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_CORRECTBIAS_H
#define NARROW_REPAIR_CORRECTBIAS_H

#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Simulate/LayerWalk.h"

namespace narrow {

/// Which samples a repair learns from and which judge it. Where there are no
/// others, the last of those that train judge as well: what they then judge was
/// made from those in front of them, [0, judgesBegin).
struct SampleSplit {
  int64_t training = 0;
  int64_t judgesBegin = 0, judgesEnd = 0;

  /// Most samples that judge.
  static constexpr int64_t kMostJudges = 8;

  /// Splits `count` samples of which at most `most` train: up to `kMostJudges`
  /// behind them judge, or else the last quarter of them. One sample alone has
  /// no judge.
  static SampleSplit get(int64_t count, int64_t most);

  int64_t countJudges() const { return judgesEnd - judgesBegin; }
};

/// What `correctBiases` did.
struct BiasCorrection {
  /// Contractions whose biases changed.
  int64_t corrected = 0;
  /// Contractions that could not be judged: nothing says what they were made
  /// from, or they depend on inputs that are not f32.
  int64_t skipped = 0;
  /// Contractions whose corrections were undone.
  SmallVector<Operation *> undone;
  /// Error of the results on the samples that judge, relative to the float
  /// model's: root of the mean square, averaged over the results' parts;
  /// without any correction, with all, with those that stayed. 0 where none
  /// judged.
  double plainError = 0, correctedError = 0, finalError = 0;
};

/// Corrects the biases of convolutions and fully connected layers of
/// `quantized`, which the pass `quantize` made from `original`, so that over
/// the samples that train each output channel has the float model's mean before
/// it is requantised. Where the result is only added to another value, that
/// value's error of the mean is taken back too. Corrected biases are rounded to
/// the accumulator's scale; nothing else changes, and the artefact costs
/// nothing more.
///
/// Where the results (the parts of concatenated ones apart) are then further
/// from the float model's on the samples that judge, corrections are undone
/// from some depth on, for each part's own layers at its own depth: the depth
/// that is best on those samples, of a few that are tried. Fails where the
/// float model cannot be run.
llvm::Expected<BiasCorrection>
correctBiases(ModuleOp original, ModuleOp quantized, const SampleSplit &split,
              GetSample getSample, GetExecutor getExecutor = {});

} // namespace narrow

#endif // NARROW_REPAIR_CORRECTBIAS_H
