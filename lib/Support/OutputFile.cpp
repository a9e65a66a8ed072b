//===- OutputFile.cpp - files that appear whole or not at all -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/OutputFile.h"
#include "narrow/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace narrow;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static llvm::Error cannotWrite(llvm::StringRef file, std::error_code code) {
  return makeError("cannot write '" + file +
                   "': " + llvm::StringRef(code.message()).lower());
}

namespace {
/// Where the bytes for a path go.
struct Destination {
  std::string target;  ///< Behind all links.
  int descriptor = -1; ///< Open already; no file to replace.
  bool exists = false;
  fs::file_status status;

  bool isReplaced() const {
    return descriptor < 0 && (!exists || fs::is_regular_file(status));
  }
};
} // namespace

/// Returns N for `/proc/self/fd/N` and all its other names, or -1.
static int getDescriptor(llvm::StringRef file) {
  llvm::SmallString<128> folder;
  int descriptor;
  if (path::filename(file).getAsInteger(10, descriptor) ||
      fs::real_path(path::parent_path(file), folder))
    return -1;
  return folder == "/proc/" + std::to_string(getpid()) + "/fd" ? descriptor
                                                               : -1;
}

static llvm::Expected<Destination> resolve(llvm::StringRef file) {
  Destination to;
  if (file == "-") {
    to.descriptor = STDOUT_FILENO;
    return to;
  }
  llvm::SmallString<128> at = file;
  constexpr int kMostLinks = 40; // As Linux follows.
  for (int links = 0;; ++links) {
    if (links > kMostLinks)
      return cannotWrite(
          file, std::make_error_code(std::errc::too_many_symbolic_link_levels));
    to.descriptor = getDescriptor(at);
    if (to.descriptor >= 0)
      return to;
    char link[4096];
    ssize_t length = readlink(at.c_str(), link, sizeof(link));
    if (length < 0)
      break; // Not a link, or not there.
    llvm::StringRef next(link, length);
    if (path::is_absolute(next)) {
      at = next;
    } else {
      path::remove_filename(at);
      path::append(at, next);
    }
  }
  to.target = at.str();
  to.exists = !fs::status(at, to.status);
  if (to.exists && fs::is_directory(to.status))
    return cannotWrite(file, std::make_error_code(std::errc::is_a_directory));
  // What the shell opened for us would be lost if its name went elsewhere.
  struct stat own, open;
  if (to.exists && !stat(at.c_str(), &own))
    for (int descriptor : {STDOUT_FILENO, STDERR_FILENO})
      if (!fstat(descriptor, &open) && own.st_dev == open.st_dev &&
          own.st_ino == open.st_ino)
        to.descriptor = descriptor;
  return to;
}

/// Checks what can be known before anything is written.
static llvm::Error checkDestination(llvm::StringRef file,
                                    const Destination &to) {
  if (to.descriptor >= 0) {
    struct stat status;
    if (fstat(to.descriptor, &status))
      return cannotWrite(file, llvm::errnoAsErrorCode());
    return llvm::Error::success();
  }
  // A rename would replace a file that the user has protected from writing.
  if (to.exists)
    if (std::error_code code = fs::access(to.target, fs::AccessMode::Write))
      return cannotWrite(file, code);
  if (!to.isReplaced())
    return llvm::Error::success();
  llvm::StringRef folder = path::parent_path(to.target);
  if (folder.empty())
    folder = ".";
  fs::file_status status;
  if (std::error_code code = fs::status(folder, status))
    return cannotWrite(file, code);
  if (!fs::is_directory(status))
    return cannotWrite(file, std::make_error_code(std::errc::not_a_directory));
  if (std::error_code code = fs::access(folder, fs::AccessMode::Write))
    return cannotWrite(file, code);
  return llvm::Error::success();
}

/// Flushes and returns what went wrong in a stream.
static std::error_code finish(llvm::raw_fd_ostream &os) {
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  return code;
}

llvm::Error
OutputFiles::add(llvm::StringRef file,
                 llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  auto to = resolve(file);
  if (!to)
    return to.takeError();
  if (llvm::Error error = checkDestination(file, *to))
    return error;
  File entry;
  entry.path = file.str();
  entry.target = to->target;
  entry.descriptor = to->descriptor;
  if (!to->isReplaced()) {
    llvm::raw_string_ostream os(entry.contents);
    if (llvm::Error error = write(os))
      return error;
    files.push_back(std::move(entry));
    return llvm::Error::success();
  }
  unsigned mode =
      to->exists ? unsigned(to->status.permissions())
                 : unsigned(fs::all_read | fs::all_write) & ~fs::getUmask();
  llvm::Expected<fs::TempFile> temporary =
      fs::TempFile::create(entry.target + ".%%%%%%.tmp", mode);
  if (!temporary)
    return cannotWrite(file, llvm::errorToErrorCode(temporary.takeError()));
  llvm::Error error = llvm::Error::success();
  std::error_code code;
  {
    llvm::raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
    error = write(os);
    code = finish(os);
  }
  if (error || code) {
    llvm::consumeError(temporary->discard());
    if (error)
      return error;
    return cannotWrite(file, code);
  }
  entry.temporary.emplace(std::move(*temporary));
  files.push_back(std::move(entry));
  return llvm::Error::success();
}

llvm::Error OutputFiles::add(llvm::StringRef file, llvm::StringRef contents) {
  return add(file, [&](llvm::raw_ostream &os) {
    os << contents;
    return llvm::Error::success();
  });
}

/// Writes to something that cannot be replaced by a rename.
static std::error_code writeInPlace(llvm::StringRef target, int descriptor,
                                    llvm::StringRef contents) {
  std::error_code code;
  // Lines that were printed before come first.
  if (descriptor == STDOUT_FILENO)
    llvm::outs().flush();
  int copy = descriptor < 0 ? -1 : dup(descriptor);
  if (descriptor >= 0 && copy < 0)
    return llvm::errnoAsErrorCode();
  std::optional<llvm::raw_fd_ostream> os;
  if (copy >= 0)
    os.emplace(copy, /*shouldClose=*/true);
  else
    os.emplace(target, code);
  if (code)
    return code;
  *os << contents;
  return finish(*os);
}

llvm::Error OutputFiles::commit() {
  size_t renamed = 0;
  llvm::scope_exit forget([&] {
    for (File &file : files) {
      if (file.temporary)
        llvm::consumeError(file.temporary->discard());
      if (!file.backup.empty())
        fs::remove(file.backup);
    }
    files.clear();
  });
  // What cannot be taken back goes first: afterwards only renames may fail.
  for (File &file : files)
    if (!file.temporary)
      if (std::error_code code =
              writeInPlace(file.target, file.descriptor, file.contents))
        return cannotWrite(file.path, code);
  llvm::erase_if(files, [](const File &file) { return !file.temporary; });
  for (File &file : files) {
    std::error_code code;
    // A single rename happens or doesn't. What became a directory meanwhile
    // must not be moved away: the rename onto it fails below.
    if (files.size() > 1 && fs::is_regular_file(file.target)) {
      llvm::SmallString<128> backup;
      fs::createUniquePath(file.target + ".%%%%%%.old", backup,
                           /*MakeAbsolute=*/false);
      code = fs::create_hard_link(file.target, backup);
      if (code) // Not every file system has them.
        code = fs::rename(file.target, backup);
      if (!code)
        file.backup = backup.str();
    }
    if (!code)
      code = llvm::errorToErrorCode(file.temporary->keep(file.target));
    if (code) {
      for (File &done : llvm::MutableArrayRef(files).take_front(renamed)) {
        if (done.backup.empty())
          fs::remove(done.target);
        else if (!fs::rename(done.backup, done.target))
          done.backup.clear();
      }
      return cannotWrite(file.path, code);
    }
    file.temporary.reset();
    ++renamed;
  }
  return llvm::Error::success();
}

OutputFiles::~OutputFiles() {
  for (File &file : files)
    if (file.temporary)
      llvm::consumeError(file.temporary->discard());
}

llvm::Error
narrow::writeFile(llvm::StringRef file,
                  llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  OutputFiles files;
  if (llvm::Error error = files.add(file, write))
    return error;
  return files.commit();
}

llvm::Error narrow::writeFile(llvm::StringRef file, llvm::StringRef contents) {
  OutputFiles files;
  if (llvm::Error error = files.add(file, contents))
    return error;
  return files.commit();
}

bool narrow::isStandardOutput(llvm::StringRef file) {
  if (file.empty())
    return false;
  auto to = resolve(file);
  if (!to) {
    llvm::consumeError(to.takeError());
    return false;
  }
  return to->descriptor == STDOUT_FILENO;
}

/// Whether two paths are one file, that is there or will be.
static bool isSameFile(llvm::StringRef a, llvm::StringRef b) {
  bool isSame = false;
  if (!fs::equivalent(a, b, isSame))
    return isSame;
  llvm::SmallString<128> folderA, folderB;
  auto folder = [](llvm::StringRef file) {
    llvm::StringRef parent = path::parent_path(file);
    return parent.empty() ? llvm::StringRef(".") : parent;
  };
  if (path::filename(a) != path::filename(b) ||
      fs::real_path(folder(a), folderA) || fs::real_path(folder(b), folderB))
    return false;
  return folderA == folderB;
}

llvm::Error narrow::checkOutputPaths(llvm::ArrayRef<NamedPath> outputs,
                                     llvm::ArrayRef<NamedPath> inputs) {
  llvm::SmallVector<std::pair<NamedPath, std::string>> seen;
  for (const NamedPath &output : outputs) {
    if (output.path.empty())
      continue;
    auto to = resolve(output.path);
    if (!to)
      return to.takeError();
    if (llvm::Error error = checkDestination(output.path, *to))
      return error;
    if (!to->isReplaced())
      continue;
    for (const NamedPath &input : inputs)
      if (!input.path.empty() && isSameFile(to->target, input.path))
        return makeError("expected a file for the " + output.role +
                         " other than the " + input.role + ", found '" +
                         output.path + "' for both");
    for (auto &[other, target] : seen)
      if (isSameFile(to->target, target))
        return makeError("expected a file for the " + output.role +
                         " other than the " + other.role + ", found '" +
                         output.path + "' for both");
    seen.emplace_back(output, to->target);
  }
  return llvm::Error::success();
}
