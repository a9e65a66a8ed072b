//===- Artefact.h - the steps that make an artefact -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_ARTEFACT_H
#define NARROW_LIB_OBJECT_ARTEFACT_H

#include "Interface.h"
#include "narrow/Codegen/PeakKernel.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"
#include <map>

namespace narrow::object {

/// The facts of an artefact that its metadata and header hold.
struct Artefact {
  static constexpr uint32_t kArenaAlign = 64;

  std::string name;
  Family family;
  std::vector<const Target *> levels; ///< Lowest rank first.
  std::vector<InterfaceTensor> inputs, outputs;
  /// Kernels whose units threads can share, by the name of the function that
  /// shares them.
  struct SharedKernel {
    std::string kernel;
    int64_t units;
  };
  std::map<std::string, SharedKernel> sharedKernels;
  int64_t arenaBytes = 0;
  int64_t constantBytes = 0;
  /// What callers must agree on, as 16 hexadecimal digits: a hash of the
  /// header.
  std::string interfaceHash;
};

/// Returns a hash of all that the header says.
std::string hashInterface(const Artefact &artefact);

/// Returns the text of the C header.
std::string writeHeader(const Artefact &artefact);

/// Adds the definition of `narrow_metadata` (runtime/artefact.h).
void addMetadata(llvm::Module &module, const Artefact &artefact);

/// Adds `narrow_level_functions`: for each level a function that takes the
/// arrays of pointers apart and calls the level's body.
void addLevelFunctions(llvm::Module &module, const Artefact &artefact);

/// Adds `narrow_steps`, a function for each of the calls of the (only) level as
/// in `narrow_level_functions`, and `narrow_peaks`, the peak kernels. Both
/// lists end in a null.
void addProfile(llvm::Module &module, const Artefact &artefact, size_t calls,
                ArrayRef<codegen::PeakKernel> peaks);
/// Defines the functions that share a kernel's units among threads by the
/// caller's `parallel_for`, or do them all where there is none.
void defineSharedKernels(llvm::Module &module, const Artefact &artefact);

/// Links the entry points and the CPU detection of the artefact's family, and
/// renames the exported symbols from `narrow_x` to `NAME_x`; makes everything
/// else local. `NAME_run` has a second name with the interface's hash, by which
/// programs with the artefact's own header link it.
llvm::Error linkRuntime(llvm::Module &module, const Artefact &artefact);

/// Lowers a level's module and translates it to LLVM IR; the constants are
/// declared.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateLevel(ModuleOp level, const Target &target, llvm::LLVMContext &context,
               llvm::TargetMachine &machine);

/// Returns a machine of the family that makes position-independent code.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(Family family);

/// Runs LLVM's -O3 pipeline.
void optimise(llvm::Module &module, llvm::TargetMachine &machine);

/// Returns the contents of a file of the kind that `path` ends in.
llvm::Expected<std::string> emit(llvm::Module &module,
                                 llvm::TargetMachine &machine, StringRef path);

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_ARTEFACT_H
