//===- Zip.h - zip archives ------------------------------------*- C++ -*-===//
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

#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct zip;
struct zip_file;

namespace narrow {

/// A zip file that is open for reading. Its members are read piece by piece, so
/// that neither the archive nor what it unpacks to need be in memory.
class ZipArchive {
public:
  /// Opens an archive. Errors name `path`.
  static llvm::Expected<std::unique_ptr<ZipArchive>> open(llvm::StringRef path);
  ~ZipArchive();

  size_t getNumMembers() const { return members.size(); }
  llvm::StringRef getName(size_t member) const { return members[member].name; }
  /// The unpacked size in bytes, as the directory says.
  uint64_t getSize(size_t member) const { return members[member].size; }

  /// Fills `bytes` from an offset in the unpacked member. Ascending offsets are
  /// cheap; others may unpack the member anew. Safe to call from threads.
  llvm::Error read(size_t member, uint64_t offset,
                   llvm::MutableArrayRef<uint8_t> bytes);

  /// Reads a member to its end and compares its checksum.
  llvm::Error verify(size_t member);

private:
  struct Member {
    std::string name;
    uint64_t size = 0;
    /// Not compressed, so that reading can start anywhere.
    bool isStored = false;
    /// Where reading stands; null before the first piece.
    zip_file *file = nullptr;
    uint64_t position = 0;
  };

  llvm::Error seek(size_t member, uint64_t offset);
  llvm::Error fail(llvm::StringRef reason) const;

  std::string path;
  zip *archive = nullptr;
  std::vector<Member> members;
  std::mutex mutex;
};

/// A file to be packed.
struct ZipEntry {
  std::string name;
  std::string contents;
};

/// Packs files without compression and without time stamps.
llvm::Expected<std::string> writeZip(llvm::ArrayRef<ZipEntry> entries);

} // namespace narrow

#endif // NARROW_LIB_SUPPORT_ZIP_H
