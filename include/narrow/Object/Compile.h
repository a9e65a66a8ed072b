//===- Compile.h - from a fixed-point function to an artefact ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_OBJECT_COMPILE_H
#define NARROW_OBJECT_COMPILE_H

#include "narrow/Cost/KernelFeatures.h"
#include "narrow/Object/LoadedModel.h"
#include "narrow/Support/LLVM.h"
#include "narrow/Target/Target.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace narrow {

/// The type of an artefact's inputs and outputs.
enum class InterfaceKind {
  Float,     ///< f32, cast by the artefact.
  Quantized, ///< Stored integers; the scales are in the metadata.
};

/// Order of the axes of images at the interface.
enum class InterfaceLayout { AsModel, Nchw, Nhwc };

class OutputFiles;

struct CompileOptions {
  /// Prefix of the exported symbols; a C identifier.
  std::string name = "model";
  /// Levels to hold, all of one family.
  std::vector<const Target *> targets;
  InterfaceKind io = InterfaceKind::Float;
  InterfaceLayout layout = InterfaceLayout::AsModel;
  /// Runs groups of operations a few rows at a time where `choose-row-strips`
  /// finds that this saves memory.
  bool rowStrips = true;
  /// The kind of file follows from the extension: .o, .so, .a, .ll, .s. Where
  /// it is empty, no code is generated: statistics alone are wanted, and are of
  /// the tiles before any is found to spill.
  std::string outputPath;
  /// The C header; empty for none.
  std::string headerPath;
  /// Takes both files, which the caller commits; null to write them at once.
  OutputFiles *files = nullptr;
  /// Adds and exports an entry for each kernel call and kernels that reach the
  /// level's peak, for `LoadedModel::profile`. One target; never for a user.
  bool isProfiled = false;
  /// Fails where two kernels of one name are not the same code, which is a
  /// fault of the compiler; takes time.
  bool verifiesKernelNames = false;
};

/// One call of a kernel in an artefact.
struct CallStats {
  std::string node;   ///< The ONNX node, or another place in the source.
  std::string op;     ///< See `codegen::BoundCall::op`.
  std::string shapes; ///< See `codegen::BoundCall::shapes`.
  std::string kernel; ///< Equal for calls that share the generated function.
  int64_t macs = 0;   ///< Multiply-accumulates.
  /// The calls of one layer have equal numbers, in the order of their first
  /// calls: the strips in which it runs, their halos and copies.
  int64_t layer = 0;
  /// See `codegen::BoundCall::features`.
  cost::KernelFeatures features;
  /// See `codegen::BoundCall::constantBytes`.
  int64_t constantBytes = 0;
};

/// What the artefact came to, for reports.
struct CompileStats {
  int64_t arenaBytes = 0;
  int64_t liveBytes = 0;     ///< The largest sum of live buffers; a bound.
  int64_t constantBytes = 0; ///< Packed weights, biases, tables.
  int64_t fileBytes = 0;
  int64_t kernelCalls = 0;
  int64_t floatIslands = 0; ///< Calls that are regions in float.
  int64_t kernels = 0;      ///< Distinct, summed over levels.
  std::vector<ModelTensor> inputs, outputs;
  std::vector<CallStats> calls; ///< Of the lowest level, in order.
};

/// Compiles the fixed-point function `main` (or the only function) of `module`
/// and writes the artefact. The module is not changed. Ops that have no kernel
/// are diagnosed at their locations.
llvm::Error compileToObject(ModuleOp module, const CompileOptions &options,
                            CompileStats *stats = nullptr);

/// Fails if no file of the kind that `path` ends in can be made here: for want
/// of a linker, for example.
llvm::Error checkOutputKind(StringRef path);

/// In the first line of every header that is written.
inline constexpr llvm::StringLiteral kHeaderMark = " - written by narrow with ";

} // namespace narrow

#endif // NARROW_OBJECT_COMPILE_H
