//===- OwnOptions.h - a tool shows its options and version -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_OWNOPTIONS_H
#define NARROW_TOOLS_OWNOPTIONS_H

#include "narrow/Support/Version.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace narrow {

/// Hides the options that LLVM's libraries brought: `--help` shows those in
/// `category` and whatever is declared after this call. `--version` shows ours
/// under the name `tool`. To be called before options are parsed.
inline void showOwnOptions(const char *tool,
                           llvm::cl::OptionCategory &category) {
  llvm::cl::HideUnrelatedOptions(category);
  llvm::cl::SetVersionPrinter([tool](llvm::raw_ostream &os) {
    os << tool << ' ' << getVersion() << " (LLVM " LLVM_VERSION_STRING ")\n";
  });
}

} // namespace narrow

#endif // NARROW_TOOLS_OWNOPTIONS_H
