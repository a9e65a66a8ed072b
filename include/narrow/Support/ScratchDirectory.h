//===- ScratchDirectory.h - scratch files that never stay ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_SCRATCHDIRECTORY_H
#define NARROW_SUPPORT_SCRATCHDIRECTORY_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"

namespace narrow {

/// A directory that goes away with its contents.
class ScratchDirectory {
public:
  static llvm::Expected<ScratchDirectory> create();
  ScratchDirectory(ScratchDirectory &&other);
  ScratchDirectory &operator=(ScratchDirectory &&) = delete;
  ~ScratchDirectory();

  /// Returns the path of a file in the directory. A signal removes it too.
  std::string file(llvm::StringRef name) const;

private:
  ScratchDirectory() = default;
  llvm::SmallString<128> path;
};

/// Removes what is temporary, here and where files are being written, because
/// the process ends at once. Neither locks nor allocates.
void removeTemporaries();

/// Makes SIGINT, SIGTERM and SIGHUP do so before they end the process. Call
/// it once, after llvm::InitLLVM.
void removeTemporariesOnSignals();

} // namespace narrow

#endif // NARROW_SUPPORT_SCRATCHDIRECTORY_H
