//===- Suspects.h - which operations lose the signal ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_SUSPECTS_H
#define NARROW_LIB_DRIVER_SUSPECTS_H

#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Simulate/LayerWalk.h"
#include <string>
#include <vector>

namespace narrow {

/// An operation of the float model, and how much further its result, quantised,
/// is from the float model's than what it is computed from.
struct Suspect {
  /// The result's name, and those of what it is computed from.
  std::string name;
  std::vector<std::string> sources;
  /// Names of the values between, which are not compared.
  std::vector<std::string> between;
  /// The result's signal to noise and what is lost of it here, in dB; the noise
  /// that is added here relative to the signal.
  double sqnr = 0, loss = 0, added = 0;

  /// An operation that loses less than this is nobody's cause alone, in dB.
  static constexpr double kLeastLoss = 0.25;
  /// Whether it is a cause by itself.
  bool isLosing() const { return loss >= kLeastLoss; }
};

/// Runs both models on `numSamples` samples and compares all observed values.
/// Returns the operations in front of `parts`, values of the float model, those
/// first that add most: from 60 dB to 40 more is lost than from 22 to 18, and
/// less is added.
llvm::Expected<std::vector<Suspect>>
findSuspects(ModuleOp observed, ModuleOp quantized, ArrayRef<Value> parts,
             int64_t numSamples, GetSample getSample, GetExecutor getExecutor);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_SUSPECTS_H
