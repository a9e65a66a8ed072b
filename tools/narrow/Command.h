//===- Command.h - a subcommand of the narrow tool -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each subcommand is a file with its flags and one object of this class.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_COMMAND_H
#define NARROW_TOOLS_NARROW_COMMAND_H

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

namespace narrow {

struct Command {
  llvm::cl::SubCommand &subcommand;
  /// Shown at the end of the subcommand's help.
  llvm::StringRef example;
  llvm::Error (*run)();
};

/// Fails if something that was printed could not be written.
llvm::Error flushStandardOutput();

extern const Command kBenchCommand;
extern const Command kCalibrateCommand;
extern const Command kCompileCommand;
extern const Command kDiffCommand;
extern const Command kExportCommand;
extern const Command kInspectCommand;
extern const Command kPlanCommand;
extern const Command kRunCommand;
extern const Command kVerifyCommand;

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_COMMAND_H
