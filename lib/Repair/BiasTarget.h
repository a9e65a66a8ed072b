//===- BiasTarget.h - what the float model says of a layer ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_BIASTARGET_H
#define NARROW_LIB_REPAIR_BIASTARGET_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Repair/CorrectBias.h"
#include "narrow/Simulate/PartErrors.h"
#include "narrow/Simulate/PatchMean.h"
#include "narrow/Simulate/Taps.h"
#include "llvm/ADT/StringMap.h"

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

/// What is known of a layer's channels on average.
struct LayerMeans {
  /// Of the sums of products, the bias aside.
  std::vector<double> sums;
  /// Of the value that alone is added to the result; empty if there is none.
  std::vector<double> residual;
};

/// What the float model says about one contraction.
struct BiasTarget {
  std::vector<float> bias;
  /// Over the samples that train, and over the first of them, to which those
  /// that judge do not belong.
  LayerMeans means, first;
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

/// What the float model computed for a repair.
class FloatFindings {
public:
  /// Elements of each part for each sample that judges.
  PartElements parts;

  /// Returns what is known of the layer that makes the value of that name, by
  /// itself or behind clamps that nothing stands before; null where there is
  /// none.
  const BiasTarget *find(StringRef name) const {
    auto found = byName.find(name);
    return found == byName.end() ? nullptr : &targets[found->second];
  }
  /// Adds a layer of the float model.
  void add(Operation *layer, BiasTarget target);
  MutableArrayRef<BiasTarget> getTargets() { return targets; }

private:
  std::vector<BiasTarget> targets;
  llvm::StringMap<size_t> byName;
};

/// Runs the float model over the samples of `split` and returns what it says.
/// `parts` are values of it.
llvm::Expected<FloatFindings>
measureFloat(ModuleOp original, ArrayRef<Value> parts, const SampleSplit &split,
             GetSample getSample, GetExecutor getExecutor);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_BIASTARGET_H
