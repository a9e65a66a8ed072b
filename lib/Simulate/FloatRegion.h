//===- FloatRegion.h - neighbouring float operations, run alone -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_SIMULATE_FLOATREGION_H
#define NARROW_LIB_SIMULATE_FLOATREGION_H

#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Reference/Tensor.h"

namespace narrow {

/// Operations outside fixed point that stand one after another in a block,
/// compiled as a function of what they read from elsewhere (constants aside).
class FloatRegion {
public:
  /// Whether `op` is such an operation.
  static bool isFloat(Operation *op);

  /// Compiles `ops`. Fails where an operation cannot be executed.
  static llvm::Expected<FloatRegion> create(ArrayRef<Operation *> ops);

  /// What the operations read, and what others read of them.
  ArrayRef<Value> getInputs() const { return inputs; }
  ArrayRef<Value> getOutputs() const { return outputs; }

  /// Returns the outputs for one sample's inputs, by the arithmetic of N70.
  llvm::Expected<std::vector<reference::Tensor>>
  run(ArrayRef<const reference::Tensor *> values) const;

private:
  SmallVector<Value> inputs, outputs;
  std::unique_ptr<FloatExecutor> executor;
};

} // namespace narrow

#endif // NARROW_LIB_SIMULATE_FLOATREGION_H
