//===- FloatTaps.h - values of the float model when it runs ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_FLOATTAPS_H
#define NARROW_SIMULATE_FLOATTAPS_H

#include "narrow/Execution/FloatExecutor.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

namespace narrow {

/// Returns the prepared float model compiled as it is, with its observers.
/// Compiling takes seconds for a large model: who runs it several times keeps
/// it.
using GetExecutor = function_ref<llvm::Expected<const FloatExecutor *>()>;

/// Values of the float model whose elements are wanted when it runs.
class FloatTaps {
public:
  using Use = std::function<void(ArrayRef<float>)>;

  explicit FloatTaps(ModuleOp original) : original(original) {}

  /// Calls `use` with the elements of `value`, a value of the model, in each
  /// run. A value may have several uses.
  void add(Value value, Use use);

  /// Makes ready to run: by the executor of `getExecutor`, if there is one,
  /// where every value is observed under a name of its own, else by another.
  llvm::Error prepare(GetExecutor getExecutor);

  /// Runs one sample.
  llvm::Error run(ArrayRef<HostTensor> sample);

private:
  ModuleOp original;
  std::vector<std::pair<Value, Use>> uses;
  llvm::StringMap<SmallVector<const Use *, 1>> byName;
  std::unique_ptr<FloatExecutor> own;
  const FloatExecutor *executor = nullptr;
  std::vector<HostTensor> outputs;
};

} // namespace narrow

#endif // NARROW_SIMULATE_FLOATTAPS_H
