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

} // namespace narrow

#endif // NARROW_SUPPORT_TEXT_H
