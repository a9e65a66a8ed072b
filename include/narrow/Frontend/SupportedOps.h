//===- SupportedOps.h - the importer's operator table -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FRONTEND_SUPPORTEDOPS_H
#define NARROW_FRONTEND_SUPPORTEDOPS_H

#include "narrow/Support/LLVM.h"

#include <optional>

namespace narrow {

/// Results of ONNX's conformance cases for one operator.
struct ConformanceCounts {
  unsigned passed = 0;
  unsigned unsupported = 0;
  unsigned failed = 0;
  /// Of those passed: in fixed point as a whole when quantised, where that was
  /// tried.
  std::optional<unsigned> integer;
};

/// Looks up an operator's counts by name ("Conv"); null if there are none.
using ConformanceLookup = function_ref<const ConformanceCounts *(StringRef)>;

/// Prints the page of supported ONNX operators as Markdown, from the importer's
/// own table; with a column of conformance results where `lookup` is given.
void printSupportedOps(raw_ostream &os, ConformanceLookup lookup = nullptr);

} // namespace narrow

#endif // NARROW_FRONTEND_SUPPORTEDOPS_H
