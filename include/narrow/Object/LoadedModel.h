//===- LoadedModel.h - runs a compiled shared library -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_OBJECT_LOADEDMODEL_H
#define NARROW_OBJECT_LOADEDMODEL_H

#include "narrow/Support/HostTensor.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace narrow {

/// An input or output of an artefact, from its metadata.
struct ModelTensor {
  std::string name;
  ElementKind kind;
  std::vector<int64_t> shape;
  std::vector<double> scales; ///< One, one per channel, or none for floats.
  std::vector<int64_t> zeroPoints; ///< As many as scales.
  int64_t axis = 0;                ///< Of the channels.

  /// Returns the real values of a tensor of this kind.
  std::vector<float> toReal(const HostTensor &tensor) const;
};

/// How long a model's kernel calls take, one by one.
struct ModelProfile {
  struct Step {
    /// Median microseconds of the call where it stands in a run, with the
    /// caches as the calls before it leave them.
    double us = 0;
    /// Median microseconds of the call repeated: what it reads is in the
    /// nearest cache that holds it.
    double repeatedUs = 0;
  };
  std::vector<Step> steps;
  /// Median microseconds of a whole run.
  double runUs = 0;
  /// The most multiply-accumulates a second of one core at the level, in 10^9.
  double peakGmacs = 0;
};

/// A compiled model in a shared library, loaded into this process.
class LoadedModel {
public:
  /// Loads the library at `path`. Fails if it is no artefact of this format
  /// version or for another CPU family.
  static llvm::Expected<std::unique_ptr<LoadedModel>>
  load(llvm::StringRef path);
  ~LoadedModel();

  const std::string &getName() const { return name; }
  const std::vector<ModelTensor> &getInputs() const { return inputs; }
  const std::vector<ModelTensor> &getOutputs() const { return outputs; }
  /// ISA levels in the artefact, lowest first, and those this CPU runs.
  const std::vector<std::string> &getLevels() const { return levels; }
  std::vector<std::string> getRunnableLevels();
  uint64_t getArenaBytes() const { return arenaBytes; }
  uint64_t getConstantBytes() const { return constantBytes; }

  /// Returns the level in use; empty if this CPU runs none.
  llvm::StringRef getLevel() const;
  /// Chooses a level; an empty name is the best one for this CPU.
  llvm::Error setLevel(llvm::StringRef level);

  /// Runs share the larger kernels among `count` threads of OpenMP from now on;
  /// 1, which it is at first, keeps everything on the caller's.
  void setThreads(int count) { threads = count; }

  /// Runs once. Inputs must have the metadata's kinds and shapes.
  llvm::Error run(llvm::ArrayRef<HostTensor> inputs,
                  std::vector<HostTensor> &outputs);

  /// Returns the median microseconds of a run, over batches
  /// that together last about `seconds`.
  llvm::Expected<double> time(llvm::ArrayRef<HostTensor> inputs,
                              double seconds = 0.5);

  /// Times each kernel call of a library that was compiled with
  /// `CompileOptions::isProfiled`, for about `seconds` in all.
  llvm::Expected<ModelProfile> profile(llvm::ArrayRef<HostTensor> inputs,
                                       double seconds = 1);

  /// Returns the kernel calls of such a library, in order, as functions that
  /// share this model's arena; they are valid as long as the model.
  llvm::Expected<std::vector<std::function<void()>>>
  getSteps(llvm::ArrayRef<HostTensor> inputs);

  /// Returns the level's peak alone, see `ModelProfile::peakGmacs`.
  llvm::Expected<double> measurePeak() const;

private:
  LoadedModel() = default;
  llvm::Error checkInputs(llvm::ArrayRef<HostTensor> inputs) const;
  llvm::Error call(llvm::ArrayRef<HostTensor> inputs,
                   llvm::MutableArrayRef<HostTensor> outputs, int count);
  std::vector<HostTensor> makeOutputs() const;

  struct Functions;
  std::unique_ptr<Functions> functions;
  void *library = nullptr;
  std::string name;
  std::vector<ModelTensor> inputs, outputs;
  std::vector<std::string> levels;
  uint64_t arenaBytes = 0, arenaAlign = 0, constantBytes = 0;
  std::vector<char> arena;
  int threads = 1;
};

} // namespace narrow

#endif // NARROW_OBJECT_LOADEDMODEL_H
