//===- TemporaryDirectory.h - a directory for one test ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_UNITTESTS_SUPPORT_TEMPORARYDIRECTORY_H
#define NARROW_UNITTESTS_SUPPORT_TEMPORARYDIRECTORY_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <string>

namespace narrow {

/// Removed with all that is in it when the test ends.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    llvm::sys::fs::createUniqueDirectory("narrow-test", directory);
  }
  ~TemporaryDirectory() { llvm::sys::fs::remove_directories(directory); }

  std::string path() const { return std::string(directory); }
  std::string file(llvm::StringRef name) const {
    return (directory + "/" + name).str();
  }
  size_t countFiles() const {
    std::error_code code;
    size_t count = 0;
    for (llvm::sys::fs::directory_iterator it(directory, code), end;
         it != end && !code; it.increment(code))
      ++count;
    return count;
  }

private:
  llvm::SmallString<128> directory;
};

/// Returns a file's bytes, empty if it cannot be read.
inline std::string readAll(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

} // namespace narrow

#endif // NARROW_UNITTESTS_SUPPORT_TEMPORARYDIRECTORY_H
