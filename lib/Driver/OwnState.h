//===- OwnState.h - a quantised network that feeds itself ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_OWNSTATE_H
#define NARROW_LIB_DRIVER_OWNSTATE_H

#include "narrow/Driver/Metrics.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Simulate/FloatTaps.h"
#include <array>

namespace narrow {

/// Runs the steps of sequences by a model in fixed point: by the best level of
/// this CPU, or the interpreter where it runs none.
class StepRunner {
public:
  /// Compiles `module`, or keeps it.
  static llvm::Expected<std::unique_ptr<StepRunner>> create(ModuleOp module);
  virtual ~StepRunner() = default;
  virtual llvm::Error run(ArrayRef<HostTensor> inputs,
                          std::vector<HostTensor> &outputs) = 0;
};

/// A network's outputs beside the float model's, each with its own state.
struct OwnStateErrors {
  static constexpr size_t kParts = 4;
  /// All steps, each output by itself.
  std::vector<OutputComparison> outputs;
  /// All outputs, by the place of the step in its sequence: the first quarter
  /// to the last.
  std::array<OutputComparison, kParts> overTime;

  /// The signal to noise of the worst output, in dB.
  double getWorst() const;
  /// The signal to noise in each quarter of a sequence, in dB.
  std::vector<double> getOverTime() const;
};

/// Sees the inputs of a step, its state among them.
using SeeInputs = function_ref<void(int64_t step, ArrayRef<HostTensor> inputs)>;

/// Runs `module` and the float model over the first `count` samples, each with
/// its own state, and compares what they give. `see`, if there is one, sees the
/// steps of `module`; `labels`, one a step, are the first output's.
llvm::Expected<OwnStateErrors>
measureOwnState(ModuleOp module, const ModelSamples &samples, int64_t count,
                GetExecutor getExecutor, SeeInputs see = nullptr,
                ArrayRef<int64_t> labels = {});

} // namespace narrow

#endif // NARROW_LIB_DRIVER_OWNSTATE_H
