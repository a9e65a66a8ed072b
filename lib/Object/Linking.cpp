//===- Linking.cpp - calls the linker -------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Linking.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Support/ScratchDirectory.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace narrow;

/// Returns the path of the linker, or an empty one.
static std::string findLinker() {
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (auto program = llvm::sys::findProgramByName(name))
      return *program;
  if (auto program =
          llvm::sys::findProgramByName("ld.lld", {NARROW_LLVM_TOOLS_DIR}))
    return *program;
  return "";
}

llvm::Error object::checkLinker() {
  if (findLinker().empty())
    return makeError("expected ld.lld-22 in PATH to link, found none");
  return llvm::Error::success();
}

/// Returns the first line of what the linker said, without its name in front.
static std::string getComplaint(StringRef path) {
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    return "";
  StringRef line = (*text)->getBuffer().ltrim().split('\n').first;
  size_t kind = line.find("error: ");
  if (kind != StringRef::npos)
    line = line.drop_front(kind + strlen("error: "));
  // The path of a temporary file says nothing to anybody.
  if (line.starts_with("/"))
    line = line.split(": ").second;
  return line.trim().str();
}

llvm::Error object::runLinker(ArrayRef<StringRef> arguments) {
  if (llvm::Error error = checkLinker())
    return error;
  llvm::Expected<ScratchDirectory> directory = ScratchDirectory::create();
  if (!directory)
    return directory.takeError();
  std::string linker = findLinker(), said = directory->file("said");
  SmallVector<StringRef> command = {linker};
  command.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(said),
                                          StringRef(said)};
  constexpr unsigned kSecondsToWait = 600;
  std::string message;
  if (llvm::sys::ExecuteAndWait(linker, command, std::nullopt, redirects,
                                kSecondsToWait, 0, &message) == 0)
    return llvm::Error::success();
  if (message.empty())
    message = getComplaint(said);
  return makeError("cannot link" + (message.empty() ? "" : ": " + message));
}

llvm::Expected<std::string> object::linkShared(StringRef object,
                                               StringRef soname) {
  llvm::Expected<ScratchDirectory> directory = ScratchDirectory::create();
  if (!directory)
    return directory.takeError();
  std::string in = directory->file("in.o"), out = directory->file("out.so");
  if (llvm::Error error = writeFile(in, object))
    return std::move(error);
  SmallVector<StringRef> arguments = {"-shared", "-z", "noexecstack", "-z",
                                      "now",     "-o", out,           in};
  if (!soname.empty())
    arguments.append({"-soname", soname});
  if (llvm::Error error = runLinker(arguments))
    return std::move(error);
  auto linked = llvm::MemoryBuffer::getFile(out);
  if (!linked)
    return makeError("cannot read the linked library: " +
                     linked.getError().message());
  return (*linked)->getBuffer().str();
}
