//===- ScratchDirectory.cpp - scratch files that never stay ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's own handler removes files that are registered, but no directories.
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/ScratchDirectory.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <atomic>
#include <csignal>
#include <cstring>
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
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("narrow", directory.path))
    return makeError("cannot create a temporary directory: " +
                     llvm::StringRef(error.message()).lower());
  registerPath(directory.path);
  return std::move(directory);
}

ScratchDirectory::ScratchDirectory(ScratchDirectory &&other) {
  std::swap(path, other.path);
}

ScratchDirectory::~ScratchDirectory() {
  if (path.empty())
    return;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(path, error), end;
       it != end && !error; it.increment(error))
    llvm::sys::DontRemoveFileOnSignal(it->path());
  llvm::sys::fs::remove_directories(path);
  unregisterPath(path);
}

std::string ScratchDirectory::file(llvm::StringRef name) const {
  llvm::SmallString<128> whole = path;
  llvm::sys::path::append(whole, name);
  // Registering a path twice would do no harm but take memory.
  if (!llvm::sys::fs::exists(whole))
    llvm::sys::RemoveFileOnSignal(whole);
  return whole.str().str();
}

void narrow::removeTemporaries() {
  // Files first: a directory must be empty.
  llvm::sys::RunInterruptHandlers();
  for (std::atomic<char *> &place : registeredPaths)
    if (char *path = place.load())
      rmdir(path);
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
