//===- LevelRunner.h - runs one level, here or under QEMU -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_OBJECT_LEVELRUNNER_H
#define NARROW_OBJECT_LEVELRUNNER_H

#include "narrow/Object/Compile.h"
#include "narrow/Object/LoadedModel.h"

namespace narrow {

/// A model compiled for one level, ready to run samples: in this process where
/// the CPU can, else under QEMU's user mode.
class LevelRunner {
public:
  /// Returns true if the level runs on this CPU, or an emulator for its family
  /// is installed. (QEMU emulates neither AVX-512 nor AMX.)
  static bool canRun(const Target &target);
  /// Returns true if `canRun` and no emulator is needed.
  static bool isNative(const Target &target);

  /// Compiles `module` for the one target of `options` (whose paths are not
  /// used).
  static llvm::Expected<std::unique_ptr<LevelRunner>>
  create(ModuleOp module, CompileOptions options);
  virtual ~LevelRunner();

  /// What compiling came to.
  const CompileStats &getStats() const { return stats; }

  virtual const std::vector<ModelTensor> &getInputs() const = 0;
  virtual const std::vector<ModelTensor> &getOutputs() const = 0;

  /// Runs every sample (one tensor per input each).
  virtual llvm::Error run(ArrayRef<std::vector<HostTensor>> samples,
                          std::vector<std::vector<HostTensor>> &outputs) = 0;

protected:
  CompileStats stats;
};

/// A model compiled for one level of this CPU with an entry for each kernel
/// call, for `LoadedModel::profile`.
struct ProfiledModel {
  CompileStats stats;
  std::unique_ptr<LoadedModel> model;

  /// As `LevelRunner::create`; the level must be native.
  static llvm::Expected<ProfiledModel> create(ModuleOp module,
                                              CompileOptions options);
};

} // namespace narrow

#endif // NARROW_OBJECT_LEVELRUNNER_H
