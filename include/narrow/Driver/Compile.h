//===- Compile.h - from a model file to an artefact ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_COMPILE_H
#define NARROW_DRIVER_COMPILE_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Object/Compile.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/Support/JSON.h"

namespace narrow {

struct CompilationOptions {
  ModelOptions model;
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  BudgetOptions budget; ///< Its levels are `targets`.
  SmallVector<const Target *> targets;
  /// The target was not chosen, but taken from this machine: the summary says
  /// what that means.
  bool isTargetNative = false;
  InterfaceKind io = InterfaceKind::Float;
  InterfaceLayout layout = InterfaceLayout::AsModel;
  bool rowStrips = true; ///< See `CompileOptions::rowStrips`.
  /// The artefact; empty for the model's name with `.o`. `.mlir` is the
  /// fixed-point module as text.
  std::string output;
  /// Prefix of the symbols; empty for one from the output's name.
  std::string name;
  /// A JSON report; may be empty.
  std::string reportPath;
};

/// What came out, for people and as JSON.
struct CompilationReport {
  std::string output, header;
  std::vector<std::string> targets;
  /// On which CPUs the artefact runs, where nobody chose; else empty.
  std::string reach;
  std::string estimator;
  uint64_t samples = 0;
  /// No sample was seen: ranges follow from batch normalisations.
  bool areRangesGuessed = false;
  CompileStats stats;
  quantize::QuantizeReport quantization;
  std::vector<Message> messages;
  std::vector<RepairResult> repairs;
  AccuracyReport accuracy;
  /// Empty for a module that came in fixed point.
  Plan plan;
  std::optional<BudgetReport> budget;
  /// Seconds of collecting statistics and of repairs, both on samples, and of
  /// everything else.
  double calibrationSeconds = 0, repairSeconds = 0, seconds = 0;

  llvm::json::Object toJson() const;
  void print(raw_ostream &os) const;
};

/// Compiles a model: imports, prepares, calibrates or reads statistics,
/// quantises and generates code. The artefact, its header, the report and
/// collected statistics are added to `files`: they appear when the caller
/// commits them. What cannot be written, would overwrite an input or another's
/// header, or needs a tool that is missing fails before the work.
llvm::Expected<CompilationReport>
compileModel(const CompilationOptions &options, MLIRContext &context,
             OutputFiles &files, ProgressCallback progress = {},
             ProgressCallback search = {});

/// Turns a file's name into a C identifier.
std::string makeIdentifier(StringRef path);

} // namespace narrow

#endif // NARROW_DRIVER_COMPILE_H
