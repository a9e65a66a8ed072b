//===- OutputFile.h - files that appear whole or not at all ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything Narrow writes goes through here: the bytes go to a temporary file
// beside the target, which takes the target's name only when all of them are
// written. A full disk leaves neither a partial file nor a lost old one.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_OUTPUTFILE_H
#define NARROW_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace narrow {

/// Writes `contents` to the file at `path`, replacing what is there. `-` is the
/// standard output; devices and pipes are written to directly. On failure the
/// error reads `cannot write 'path': reason` and no partial file is left.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

/// Same, with contents that `write` streams; its own error is passed on and
/// leaves no file either.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

/// Makes an error from text in the form that the tools print.
llvm::Error makeError(const llvm::Twine &message);

} // namespace narrow

#endif // NARROW_SUPPORT_OUTPUTFILE_H
