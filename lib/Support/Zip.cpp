//===- Zip.cpp - zip archives ---------------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Over libzip, which checks structure and checksums.
//
//===----------------------------------------------------------------------===//

#include "Zip.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/ScopeExit.h"

#include <zip.h>

using namespace narrow;
using llvm::StringRef;

// Deflate cannot shrink data further than about 1032 times, so a larger claim
// is a broken archive, and must not make us allocate what it says.
static constexpr uint64_t kLargestRatio = 1100;

llvm::Error ZipArchive::fail(StringRef reason) const {
  return makeError("'" + path + "': the archive is damaged: " + reason.lower());
}

llvm::Expected<std::unique_ptr<ZipArchive>> ZipArchive::open(StringRef path) {
  std::unique_ptr<ZipArchive> result(new ZipArchive);
  result->path = path.str();
  int code = 0;
  result->archive = zip_open(result->path.c_str(), ZIP_RDONLY, &code);
  if (!result->archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    llvm::scope_exit freeError([&] { zip_error_fini(&error); });
    return result->fail(zip_error_strerror(&error));
  }
  zip_int64_t count = zip_get_num_entries(result->archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(result->archive, i, 0, &stat) != 0)
      return result->fail(zip_strerror(result->archive));
    if (stat.size / kLargestRatio > stat.comp_size)
      return result->fail("file sizes do not agree");
    Member &member = result->members.emplace_back();
    member.name = stat.name;
    member.size = stat.size;
    member.isStored = stat.comp_method == ZIP_CM_STORE &&
                      stat.encryption_method == ZIP_EM_NONE;
  }
  return result;
}

ZipArchive::~ZipArchive() {
  for (Member &member : members)
    if (member.file)
      zip_fclose(member.file);
  if (archive)
    zip_discard(archive);
}

llvm::Error ZipArchive::seek(size_t index, uint64_t offset) {
  Member &member = members[index];
  if (member.file && member.position == offset)
    return llvm::Error::success();
  if (member.file && member.isStored &&
      zip_fseek(member.file, zip_int64_t(offset), SEEK_SET) == 0) {
    member.position = offset;
    return llvm::Error::success();
  }
  if (!member.file || member.position > offset) {
    if (member.file)
      zip_fclose(member.file);
    member.file = zip_fopen_index(archive, index, 0);
    member.position = 0;
    if (!member.file)
      return fail(zip_strerror(archive));
  }
  char skipped[16384];
  while (member.position < offset) {
    uint64_t piece =
        std::min<uint64_t>(sizeof(skipped), offset - member.position);
    zip_int64_t got = zip_fread(member.file, skipped, piece);
    if (got <= 0)
      return fail(zip_file_strerror(member.file));
    member.position += uint64_t(got);
  }
  return llvm::Error::success();
}

llvm::Error ZipArchive::read(size_t index, uint64_t offset,
                             llvm::MutableArrayRef<uint8_t> bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  Member &member = members[index];
  assert(offset <= member.size && bytes.size() <= member.size - offset);
  if (llvm::Error error = seek(index, offset))
    return error;
  while (!bytes.empty()) {
    zip_int64_t got = zip_fread(member.file, bytes.data(), bytes.size());
    if (got <= 0)
      return fail(zip_file_strerror(member.file));
    member.position += uint64_t(got);
    bytes = bytes.drop_front(size_t(got));
  }
  return llvm::Error::success();
}

llvm::Error ZipArchive::verify(size_t index) {
  std::lock_guard<std::mutex> lock(mutex);
  // A checksum is compared where a member is read from its start to its end.
  zip_file_t *file = zip_fopen_index(archive, index, 0);
  if (!file)
    return fail(zip_strerror(archive));
  llvm::scope_exit close([&] { zip_fclose(file); });
  char bytes[16384];
  uint64_t size = 0;
  zip_int64_t got;
  while ((got = zip_fread(file, bytes, sizeof(bytes))) > 0) {
    size += uint64_t(got);
    if (size > members[index].size)
      break;
  }
  if (got < 0)
    return fail(zip_file_strerror(file));
  if (size != members[index].size)
    return fail("file sizes do not agree");
  return llvm::Error::success();
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
