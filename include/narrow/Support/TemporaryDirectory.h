//===- TemporaryDirectory.h - scratch files that never stay ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_TEMPORARYDIRECTORY_H
#define NARROW_SUPPORT_TEMPORARYDIRECTORY_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"

namespace narrow {

/// A directory that goes away with its contents.
class TemporaryDirectory {
public:
  static llvm::Expected<TemporaryDirectory> create();
  TemporaryDirectory(TemporaryDirectory &&other);
  TemporaryDirectory &operator=(TemporaryDirectory &&) = delete;
  ~TemporaryDirectory();

  /// Returns the path of a file in the directory. A signal removes it too.
  std::string file(llvm::StringRef name) const;

private:
  TemporaryDirectory() = default;
  llvm::SmallString<128> path;
};

/// Makes SIGINT, SIGTERM and SIGHUP remove what is temporary, here and where
/// files are being written, before they end the process. Call it once, after
/// llvm::InitLLVM.
void removeTemporariesOnSignals();

} // namespace narrow

#endif // NARROW_SUPPORT_TEMPORARYDIRECTORY_H
