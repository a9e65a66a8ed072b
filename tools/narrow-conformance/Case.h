//===- Case.h - one conformance case ----------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROWCONFORMANCE_CASE_H
#define NARROW_TOOLS_NARROWCONFORMANCE_CASE_H

#include "narrow/Support/HostTensor.h"
#include "narrow/Support/LLVM.h"

namespace narrow::conformance {

enum class Outcome { Passed, Unsupported, Failed };

struct CaseResult {
  Outcome outcome = Outcome::Failed;
  std::string message;
  /// The operator, where the model has nodes of one kind alone.
  std::string onlyOp;
  /// Whether no operation stays in float once the case is quantised, calibrated
  /// on its own data, perhaps with all arguments but the first as constants;
  /// asked of cases that passed.
  bool isInteger = false;
};

/// Tolerances of the comparison: |found - expected| ≤ absolute + relative ·
/// |expected|. The relative one is that of ONNX's own runner.
constexpr double kRelativeTolerance = 1e-3;
constexpr double kAbsoluteTolerance = 1e-5;
/// The relative one for bfloat16, whose numbers have 8 bits; the importer holds
/// them in f32.
constexpr double kBfloat16Tolerance = 1.0 / 128;

/// Imports, compiles and runs the case in folder `path`, on all its data sets.
/// With `bindShapes`, inputs that feed operands which must be constant become
/// initializers with the first data set's values; with `prepare`, the imported
/// module runs as `narrow-prepare` leaves it; with `quantize`, it is quantised
/// as well.
CaseResult runCase(StringRef path, const mlir::DialectRegistry &registry,
                   bool bindShapes, bool prepare, bool quantize);

/// Returns whether an imported network, calibrated on `samples` (the inputs of
/// each), is in fixed point as a whole; not so where it cannot be quantised.
bool isWholeInFixedPoint(ModuleOp module,
                         ArrayRef<std::vector<HostTensor>> samples);

} // namespace narrow::conformance

#endif // NARROW_TOOLS_NARROWCONFORMANCE_CASE_H
