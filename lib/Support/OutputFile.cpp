//===- OutputFile.cpp - files that appear whole or not at all -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/OutputFile.h"

#include "llvm/Support/FileSystem.h"

using namespace narrow;

llvm::Error narrow::makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Error cannotWrite(llvm::StringRef path, std::error_code code) {
  return makeError("cannot write '" + path +
                   "': " + llvm::StringRef(code.message()).lower());
}

/// Writes to something that cannot be replaced by a rename.
static llvm::Error
writeInPlace(llvm::StringRef path,
             llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (code)
    return cannotWrite(path, code);
  llvm::Error error = write(os);
  os.flush();
  code = os.error();
  os.clear_error();
  if (error)
    return error;
  return code ? cannotWrite(path, code) : llvm::Error::success();
}

llvm::Error
narrow::writeFile(llvm::StringRef path,
                  llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  namespace fs = llvm::sys::fs;
  fs::file_status status;
  bool exists = !fs::status(path, status);
  if (exists && fs::is_directory(status))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));
  if (path == "-" || (exists && !fs::is_regular_file(status)))
    return writeInPlace(path, write);
  // A rename would replace a file that the user has protected from writing.
  if (exists)
    if (std::error_code code = fs::access(path, fs::AccessMode::Write))
      return cannotWrite(path, code);

  unsigned mode =
      exists ? unsigned(status.permissions())
             : unsigned(fs::all_read | fs::all_write) & ~fs::getUmask();
  llvm::Expected<fs::TempFile> temp =
      fs::TempFile::create(path + ".%%%%%%.tmp", mode);
  if (!temp)
    return cannotWrite(path, llvm::errorToErrorCode(temp.takeError()));
  llvm::Error error = llvm::Error::success();
  std::error_code code;
  {
    llvm::raw_fd_ostream os(temp->FD, /*shouldClose=*/false);
    error = write(os);
    os.flush();
    code = os.error();
    os.clear_error();
  }
  if (error || code) {
    llvm::consumeError(temp->discard());
    if (error)
      return error;
    return cannotWrite(path, code);
  }
  if (llvm::Error kept = temp->keep(path))
    return cannotWrite(path, llvm::errorToErrorCode(std::move(kept)));
  return llvm::Error::success();
}

llvm::Error narrow::writeFile(llvm::StringRef path, llvm::StringRef contents) {
  return writeFile(path, [&](llvm::raw_ostream &os) {
    os << contents;
    return llvm::Error::success();
  });
}
