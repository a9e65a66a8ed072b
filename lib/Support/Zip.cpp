//===- Zip.cpp - zip archives in memory -----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Over libzip, which checks structure and checksums.
//
//===----------------------------------------------------------------------===//

#include "Zip.h"

#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/ScopeExit.h"

#include <zip.h>

using namespace narrow;
using llvm::StringRef;

// Deflate cannot shrink data further than about 1032 times, so a larger claim
// is a broken archive, and must not make us allocate what it says.
static constexpr uint64_t kLargestRatio = 1100;

llvm::Expected<std::vector<ZipEntry>> narrow::readZip(StringRef bytes,
                                                      StringRef path) {
  zip_error_t error;
  zip_error_init(&error);
  llvm::scope_exit freeError([&] { zip_error_fini(&error); });
  auto fail = [&](StringRef reason) {
    return makeError("'" + path +
                     "': the archive is damaged: " + reason.lower());
  };
  zip_source_t *source =
      zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (!source)
    return fail(zip_error_strerror(&error));
  zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (!archive) {
    zip_source_free(source);
    return fail(zip_error_strerror(&error));
  }
  llvm::scope_exit close([&] { zip_discard(archive); });

  std::vector<ZipEntry> entries;
  for (zip_int64_t i = 0, e = zip_get_num_entries(archive, 0); i < e; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive, i, 0, &stat) != 0)
      return fail(zip_strerror(archive));
    if (stat.size / kLargestRatio > stat.comp_size)
      return fail("file sizes do not agree");
    zip_file_t *file = zip_fopen_index(archive, i, 0);
    if (!file)
      return fail(zip_strerror(archive));
    llvm::scope_exit closeFile([&] { zip_fclose(file); });
    ZipEntry &entry = entries.emplace_back();
    entry.name = stat.name;
    entry.contents.resize(stat.size);
    zip_int64_t read = zip_fread(file, entry.contents.data(), stat.size);
    // The checksum is compared when the end is reached.
    char extra;
    if (read != zip_int64_t(stat.size) || zip_fread(file, &extra, 1) != 0)
      return fail(zip_file_strerror(file));
  }
  return entries;
}

llvm::Expected<std::string> narrow::writeZip(llvm::ArrayRef<ZipEntry> entries) {
  zip_error_t error;
  zip_error_init(&error);
  llvm::scope_exit freeError([&] { zip_error_fini(&error); });
  auto fail = [&](StringRef reason) {
    return makeError("cannot pack arrays: " + reason.lower());
  };
  zip_source_t *target = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!target)
    return fail(zip_error_strerror(&error));
  llvm::scope_exit freeTarget([&] { zip_source_free(target); });
  zip_source_keep(target); // The archive takes one reference, we read after.
  zip_t *archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  if (!archive) {
    zip_source_free(target);
    return fail(zip_error_strerror(&error));
  }
  for (const ZipEntry &entry : entries) {
    zip_source_t *data = zip_source_buffer(archive, entry.contents.data(),
                                           entry.contents.size(), 0);
    zip_int64_t index =
        data ? zip_file_add(archive, entry.name.c_str(), data, ZIP_FL_ENC_UTF_8)
             : -1;
    // 1980-01-01, the format's first day: the same arrays, the same bytes.
    if (index < 0 ||
        zip_set_file_compression(archive, index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive, index, 0, 0x21, 0) != 0) {
      std::string reason = zip_strerror(archive);
      if (index < 0 && data)
        zip_source_free(data);
      zip_discard(archive);
      return fail(reason);
    }
  }
  if (zip_close(archive) != 0) {
    std::string reason = zip_strerror(archive);
    zip_discard(archive);
    return fail(reason);
  }
  zip_stat_t stat;
  zip_stat_init(&stat);
  std::string bytes;
  if (zip_source_open(target) != 0 || zip_source_stat(target, &stat) != 0)
    return fail(zip_error_strerror(zip_source_error(target)));
  bytes.resize(stat.size);
  zip_int64_t read = zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  if (read != zip_int64_t(bytes.size()))
    return fail("the archive could not be read back");
  return bytes;
}
