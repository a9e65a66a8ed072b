//===- Text.h - foreign text in what users read ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_TEXT_H
#define NARROW_SUPPORT_TEXT_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace narrow {

/// Makes text that came from a file fit for a terminal and for one line:
/// control characters (C0, DEL, C1), line separators and marks that turn the
/// direction of writing become `\n`, `\t`, `\x1b` or `\u202e`; bytes that are
/// not UTF-8 become U+FFFD.
std::string escapeControls(llvm::StringRef text);

/// Shortens lists of numbers that nobody reads in a line: of `{...}` and
/// `[...]` with more than 16 of them, as scales of channels are, the first four
/// stay, with how many there were.
std::string elideLists(llvm::StringRef text);

/// Languages whose brackets nest.
enum class Brackets {
  /// `[` and `{`; strings in double quotes.
  Json,
  /// `(`, `[`, `{` and `<`, but not `->`; strings, and comments behind `//`.
  Mlir,
};

/// Returns whether brackets nest deeper than `limit`. Parsers that descend into
/// themselves run out of stack on what a few megabytes can nest; ask before.
bool nestsDeeper(llvm::StringRef text, Brackets brackets, unsigned limit);

} // namespace narrow

#endif // NARROW_SUPPORT_TEXT_H
