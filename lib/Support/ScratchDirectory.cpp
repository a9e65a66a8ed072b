//===- ScratchDirectory.cpp - scratch files that never stay ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's own handler removes files that are registered, but no directories, and
// a program that was started may still write into one.
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/ScratchDirectory.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace narrow;

/// Paths for the handler of signals, which may neither lock nor allocate. What
/// finds no place stays behind when a signal comes.
static std::atomic<char *> registeredPaths[64];

static void registerPath(llvm::StringRef path) {
  char *copy = strdup(path.str().c_str());
  for (std::atomic<char *> &place : registeredPaths) {
    char *expected = nullptr;
    if (place.compare_exchange_strong(expected, copy))
      return;
  }
  free(copy);
}

static void unregisterPath(llvm::StringRef path) {
  for (std::atomic<char *> &place : registeredPaths)
    if (char *found = place.load(); found && path == found)
      if (place.compare_exchange_strong(found, nullptr))
        return free(found);
}

llvm::Expected<ScratchDirectory> ScratchDirectory::create() {
  ScratchDirectory directory;
  std::error_code error;
  constexpr int kMaxNames = 128;
  for (int i = 0; i < kMaxNames; ++i) {
    llvm::sys::fs::createUniquePath("narrow-%%%%%%%%", directory.path,
                                    /*MakeAbsolute=*/true);
    // Before it is there: a signal may come at any time.
    registerPath(directory.path);
    error = llvm::sys::fs::create_directory(
        directory.path, /*IgnoreExisting=*/false, llvm::sys::fs::owner_all);
    if (!error)
      return std::move(directory);
    unregisterPath(directory.path);
    if (error != std::errc::file_exists)
      break;
  }
  directory.path.clear();
  return makeError("cannot create a temporary directory: " +
                   llvm::StringRef(error.message()).lower());
}

ScratchDirectory::ScratchDirectory(ScratchDirectory &&other) {
  std::swap(path, other.path);
}

ScratchDirectory::~ScratchDirectory() {
  if (path.empty())
    return;
  llvm::sys::fs::remove_directories(path);
  unregisterPath(path);
}

std::string ScratchDirectory::file(llvm::StringRef name) const {
  llvm::SmallString<128> whole = path;
  llvm::sys::path::append(whole, name);
  return whole.str().str();
}

/// Removes the files in a directory. What readdir does would allocate.
static void removeFiles(const char *path) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return;
  alignas(dirent64) char buffer[4096];
  long size;
  while ((size = syscall(SYS_getdents64, directory, buffer, sizeof(buffer))) >
         0)
    for (long offset = 0; offset < size;) {
      auto *entry = reinterpret_cast<dirent64 *>(buffer + offset);
      unlinkat(directory, entry->d_name, 0);
      offset += entry->d_reclen;
    }
  close(directory);
}

void narrow::removeTemporaries() {
  // The files that outputs are written to before they get their names.
  llvm::sys::RunInterruptHandlers();
  for (std::atomic<char *> &place : registeredPaths) {
    char *path = place.load();
    if (!path)
      continue;
    // A linker that still runs makes new files, until its directory is gone.
    constexpr int kMaxTries = 1000;
    for (int i = 0; i < kMaxTries; ++i) {
      removeFiles(path);
      if (!rmdir(path) || (errno != ENOTEMPTY && errno != EEXIST))
        break;
    }
  }
}

static void endBySignal(int signal) {
  removeTemporaries();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void narrow::removeTemporariesOnSignals() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old;
    // nohup and the shell's `&` have their reasons.
    if (!sigaction(signal, nullptr, &old) && old.sa_handler == SIG_IGN)
      continue;
    struct sigaction action = {};
    action.sa_handler = endBySignal;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}
