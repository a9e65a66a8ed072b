//===- StripFlags.h - the flag for what runs in strips ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_STRIPFLAGS_H
#define NARROW_TOOLS_NARROW_STRIPFLAGS_H

#include "narrow/Support/Error.h"
#include "llvm/Support/CommandLine.h"

namespace narrow {

/// `--row-strips` of a subcommand.
class StripFlags {
public:
  explicit StripFlags(llvm::cl::SubCommand &command)
      : mode("row-strips",
             llvm::cl::desc("Run groups of operations a few rows at a time "
                            "where that saves memory: auto (default) or off"),
             llvm::cl::value_desc("mode"), llvm::cl::init("auto"),
             llvm::cl::sub(command)) {}

  /// Returns `CompileOptions::rowStrips`.
  llvm::Expected<bool> get() const {
    if (mode != "auto" && mode != "off")
      return makeError("unknown --row-strips '" + mode +
                       "': expected auto or off");
    return mode == "auto";
  }

private:
  llvm::cl::opt<std::string> mode;
};

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_STRIPFLAGS_H
