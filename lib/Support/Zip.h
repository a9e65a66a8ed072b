//===- Zip.h - zip archives in memory --------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_SUPPORT_ZIP_H
#define NARROW_LIB_SUPPORT_ZIP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace narrow {

struct ZipEntry {
  std::string name;
  std::string contents;
};

/// Unpacks every file of an archive, in its order. Errors name `path`.
llvm::Expected<std::vector<ZipEntry>> readZip(llvm::StringRef bytes,
                                              llvm::StringRef path);

/// Packs files without compression and without time stamps.
llvm::Expected<std::string> writeZip(llvm::ArrayRef<ZipEntry> entries);

} // namespace narrow

#endif // NARROW_LIB_SUPPORT_ZIP_H
