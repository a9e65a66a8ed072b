//===- InputFile.h - what a fuzzer draws, as a file -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Readers take paths, and tell formats by their endings.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FUZZ_INPUTFILE_H
#define NARROW_FUZZ_INPUTFILE_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace narrow::fuzz {

/// One file in a folder of its own, written anew for each input and removed
/// with the folder when the process ends.
class InputFile {
public:
  explicit InputFile(llvm::StringRef name) {
    if (llvm::sys::fs::createUniqueDirectory("narrow-fuzz", folder))
      llvm::report_fatal_error("cannot create a temporary folder");
    path = folder;
    llvm::sys::path::append(path, name);
  }
  ~InputFile() { llvm::sys::fs::remove_directories(folder); }

  llvm::StringRef write(const uint8_t *data, size_t size) {
    std::error_code code;
    llvm::raw_fd_ostream os(path, code);
    if (!code)
      os.write(reinterpret_cast<const char *>(data), size);
    return path;
  }

private:
  llvm::SmallString<64> folder, path;
};

/// An input may be refused; the reason must be there.
inline void expectReason(llvm::Error error) {
  if (llvm::toString(std::move(error)).empty())
    llvm::report_fatal_error("refused without a reason");
}

} // namespace narrow::fuzz

#endif // NARROW_FUZZ_INPUTFILE_H
