//===- OutputFile.h - files that appear whole or not at all ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything Narrow writes goes through here: the bytes go to a temporary file
// beside the target, which takes the target's name only when all of them are
// written. A full disk leaves neither a partial file nor a lost old one, and
// several files of one run appear together or not at all.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_OUTPUTFILE_H
#define NARROW_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <vector>

namespace narrow {

/// Files that appear together or not at all. `-` is the standard output;
/// devices, pipes and open descriptors (`/dev/stdout`) are written to directly;
/// through a link its target is written. Errors read `cannot write 'path':
/// reason`.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(OutputFiles &&) = default;
  OutputFiles &operator=(OutputFiles &&) = default;
  /// Forgets what was not committed.
  ~OutputFiles();

  /// Prepares a file in full under another name. An error of `write` is passed
  /// on.
  llvm::Error add(llvm::StringRef path,
                  llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);
  llvm::Error add(llvm::StringRef path, llvm::StringRef contents);

  /// Gives all files their names. On failure those that had theirs give them
  /// back, to the old files where there were some.
  llvm::Error commit();

private:
  struct File {
    std::string path;   ///< As given.
    std::string target; ///< Behind links; empty for what is open.
    int descriptor = -1;
    std::string contents; ///< For what is written to directly.
    std::optional<llvm::sys::fs::TempFile> temporary;
    std::string backup; ///< The old file's other name meanwhile.
  };
  std::vector<File> files;
};

/// Writes one file whole or not at all, as `OutputFiles` does.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

/// Same, with contents that `write` streams; its own error is passed on and
/// leaves no file either.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

/// Whether what is written to `path` goes where the standard output goes.
bool isStandardOutput(llvm::StringRef path);

/// A file of a command and what it is to it: "report".
struct NamedPath {
  llvm::StringRef role, path;
};

/// Fails if one of `outputs` cannot be written, or is the same file as another
/// or as one of `inputs`; to be asked before the work. Empty paths are skipped.
llvm::Error checkOutputPaths(llvm::ArrayRef<NamedPath> outputs,
                             llvm::ArrayRef<NamedPath> inputs);

} // namespace narrow

#endif // NARROW_SUPPORT_OUTPUTFILE_H
