//===- FloatExecutor.h - runs float modules --------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles a float module for this machine and runs it: for calibration, for
// comparison with the quantised model and for the importer's tests.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_EXECUTION_FLOATEXECUTOR_H
#define NARROW_EXECUTION_FLOATEXECUTOR_H

#include "narrow/Support/HostTensor.h"
#include "narrow/Support/LLVM.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <vector>

namespace narrow {

/// What `run` calls with the name and the elements of each observed value, in
/// program order. The elements are only valid during the call.
using ObserveCallback = function_ref<void(StringRef name, ArrayRef<float>)>;

/// Whose bits a float module computes.
enum class FloatArithmetic {
  Native,  ///< Whatever this machine is fast at: maths library, any order.
  Defined, ///< Those of artefacts on every level (N70).
};

/// A compiled float module.
class FloatExecutor {
public:
  ~FloatExecutor();

  /// Compiles the module's function `main` (or its only function): `tosa`, `nn`
  /// and `fxp.observe` on static tensors. The module is left as it is. Fails
  /// with the diagnostics' text where an operation cannot be executed.
  static llvm::Expected<std::unique_ptr<FloatExecutor>>
  create(ModuleOp module, FloatArithmetic arithmetic = FloatArithmetic::Native);

  /// Runs the module once. `inputs` are given in the order of the function's
  /// arguments, with the same shapes and element types (unsigned integers may
  /// stand for signless ones). `outputs` is overwritten; signless integers come
  /// out as signed ones. Fails on wrong inputs. Several threads may run one
  /// executor at the same time.
  llvm::Error run(ArrayRef<HostTensor> inputs, std::vector<HostTensor> &outputs,
                  ObserveCallback observe = nullptr) const;

  /// The inputs and outputs with names (`narrow.name`), kinds and shapes,
  /// without elements.
  ArrayRef<HostTensor> getInputs() const;
  ArrayRef<HostTensor> getOutputs() const;
  /// Names of the observed values, in program order.
  ArrayRef<std::string> getObservedNames() const;

private:
  friend class KeptExecutors;
  struct Impl;
  explicit FloatExecutor(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl;
};

/// As long as the outermost of these lives, what this thread compiles is kept,
/// and equal modules (of any locations) get it again: for searches that
/// quantise one model many times, where most of what stays in float stays the
/// same. Contexts have to outlive it.
class KeptExecutors {
public:
  KeptExecutors();
  ~KeptExecutors();
  KeptExecutors(const KeptExecutors &) = delete;
  KeptExecutors &operator=(const KeptExecutors &) = delete;

private:
  friend class FloatExecutor;
  struct Entry;

  /// Returns what was compiled from an equal module, or null.
  std::shared_ptr<FloatExecutor::Impl> find(ModuleOp module,
                                            FloatArithmetic arithmetic) const;
  void add(ModuleOp module, FloatArithmetic arithmetic,
           std::shared_ptr<FloatExecutor::Impl> impl);

  std::vector<Entry> entries;
  KeptExecutors *outer;
};

} // namespace narrow

#endif // NARROW_EXECUTION_FLOATEXECUTOR_H
