//===- ArtefactFuzzer.cpp - artefacts as inspect reads them -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads an object, an archive or a shared library without loading it.
//
//===----------------------------------------------------------------------===//

#include "InputFile.h"
#include "narrow/Object/ArtefactInfo.h"

using namespace narrow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::InputFile object("input.o"), archive("input.a"),
      library("input.so");
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  // ELF's type is at byte 16: 3 for a shared library.
  fuzz::InputFile &file = bytes.starts_with("!<arch>")         ? archive
                          : bytes.size() > 16 && data[16] == 3 ? library
                                                               : object;
  if (auto info = readArtefactInfo(file.write(data, size)); !info)
    fuzz::expectReason(info.takeError());
  return 0;
}
