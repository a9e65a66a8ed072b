//===- BiasTarget.h - what the float model says of a layer ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_BIASTARGET_H
#define NARROW_LIB_REPAIR_BIASTARGET_H

#include "PatchMean.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Repair/CorrectBias.h"

namespace narrow {

inline RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Mean of each channel (last axis), over samples.
class ChannelMean {
public:
  void add(ArrayRef<float> values, int64_t channels) {
    sums.resize(channels);
    for (size_t i = 0; i < values.size(); ++i)
      sums[i % channels] += values[i];
    count += values.size() / channels;
  }
  double get(int64_t channel) const {
    return count ? sums[channel] / count : 0;
  }

private:
  std::vector<double> sums;
  int64_t count = 0;
};

/// What the float model says about one contraction.
struct BiasTarget {
  std::vector<float> weights, bias;
  PatchMean patch;
  /// The value that alone is added to the result, where there is one.
  ChannelMean residual;
  int64_t residualChannels = 0;
};

/// Returns the other operand if nothing but an addition of equal shapes reads
/// `value`.
template <typename AddOp>
Value getResidual(Value value) {
  Operation *reader = nullptr;
  for (Operation *user : value.getUsers()) {
    if (isa<fxp::ObserveOp>(user))
      continue;
    if (reader)
      return {};
    reader = user;
  }
  if (!llvm::isa_and_nonnull<AddOp>(reader))
    return {};
  Value other = reader->getOperand(reader->getOperand(0) == value ? 1 : 0);
  if (other == value ||
      getTensorType(other).getShape() != getTensorType(value).getShape())
    return {};
  return other;
}

/// What the float model says, by the names of the values that layers make:
/// their own, or behind clamps that nothing stands before.
class BiasTargets {
public:
  /// Returns null where no layer makes a value of that name.
  const BiasTarget *find(StringRef name) const {
    auto found = byName.find(name);
    return found == byName.end() ? nullptr : &targets[found->second];
  }
  /// Adds what `layer` of the float model is measured to be.
  BiasTarget &add(Operation *layer, BiasTarget target);
  BiasTarget &operator[](size_t index) { return targets[index]; }
  size_t size() const { return targets.size(); }

private:
  std::vector<BiasTarget> targets;
  llvm::StringMap<size_t> byName;
};

/// Runs the float model and returns what it says.
llvm::Expected<BiasTargets>
measureTargets(ModuleOp original, int64_t numSamples, GetSample getSample);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_BIASTARGET_H
