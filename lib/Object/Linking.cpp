//===- Linking.cpp - calls the linker -------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Linking.h"
#include "narrow/Support/OutputFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace narrow;

static std::string findLinker() {
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (auto program = llvm::sys::findProgramByName(name))
      return *program;
  if (auto program =
          llvm::sys::findProgramByName("ld.lld", {NARROW_LLVM_TOOLS_DIR}))
    return *program;
  return "";
}

llvm::Error object::runLinker(ArrayRef<StringRef> arguments) {
  std::string linker = findLinker();
  if (linker.empty())
    return makeError("expected ld.lld-22 in PATH to link, found none");
  SmallVector<StringRef> command = {linker};
  command.append(arguments.begin(), arguments.end());
  std::string message;
  if (llvm::sys::ExecuteAndWait(linker, command, std::nullopt, {}, 0, 0,
                                &message) != 0)
    return makeError("ld.lld failed" +
                     (message.empty() ? Twine() : ": " + Twine(message)));
  return llvm::Error::success();
}

llvm::Expected<std::string> object::linkShared(StringRef object) {
  llvm::SmallString<128> in, out;
  int descriptor;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("narrow", "o", descriptor, in))
    return makeError("cannot create a temporary file: " + error.message());
  llvm::scope_exit removeIn([&] { llvm::sys::fs::remove(in); });
  {
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << object;
  }
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("narrow", "so", out))
    return makeError("cannot create a temporary file: " + error.message());
  llvm::scope_exit removeOut([&] { llvm::sys::fs::remove(out); });
  if (llvm::Error error = runLinker(
          {"-shared", "-z", "noexecstack", "-z", "now", "-o", out, in}))
    return std::move(error);
  auto linked = llvm::MemoryBuffer::getFile(out);
  if (!linked)
    return makeError("cannot read the linked library: " +
                     linked.getError().message());
  return (*linked)->getBuffer().str();
}
