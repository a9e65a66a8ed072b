//===- Diagnostics.h - from MLIR's diagnostics to error lines --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_DIAGNOSTICS_H
#define NARROW_DRIVER_DIAGNOSTICS_H

#include "narrow/Support/LLVM.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace narrow {

/// A remark or warning as the user sees it.
struct Message {
  mlir::DiagnosticSeverity severity;
  /// The ONNX node's name, or `file:line:column`; empty if unknown.
  std::string where;
  std::string text;
};

/// Prints warnings, a line each, and remarks where they are asked for.
void printMessages(ArrayRef<Message> messages, raw_ostream &os,
                   bool withRemarks = false);

/// Keeps what is emitted while it lives instead of printing it: errors become
/// an `llvm::Error`, the rest a list.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(MLIRContext &context);

  /// Makes one error of the first that was emitted, with the model's path in
  /// front and further errors and notes on lines of their own. A failure that
  /// emitted nothing is reported as such.
  llvm::Error takeError(StringRef path);

  bool hasErrors() const { return !errors.empty(); }

  /// Remarks and warnings in the order in which they were emitted.
  ArrayRef<Message> getMessages() const { return messages; }

private:
  std::vector<Message> messages;
  std::vector<std::string> errors;
  mlir::ScopedDiagnosticHandler handler;
};

/// Writes a location for users: the ONNX node's name in quotes, or
/// `file:line:column`.
std::string describeLocation(Location location);

} // namespace narrow

#endif // NARROW_DRIVER_DIAGNOSTICS_H
