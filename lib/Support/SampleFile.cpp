//===- SampleFile.cpp - samples in NumPy's array files --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Npy.h"

#include "Zip.h"
#include "narrow/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

#include <cstring>

using namespace narrow;
using llvm::StringRef;

SampleFile::SampleFile() = default;
SampleFile::SampleFile(SampleFile &&) noexcept = default;
SampleFile &SampleFile::operator=(SampleFile &&) noexcept = default;
SampleFile::~SampleFile() = default;

/// A .npy header is a line of text; what is longer is none.
static constexpr uint64_t kLongestHeader = 65536;
/// Arrays in Fortran order have to be held as a whole, which an archive of few
/// bytes must not make large.
static constexpr uint64_t kLargestUnpacked = uint64_t(1) << 30;

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  return std::move(*buffer);
}

static bool isZip(StringRef bytes) {
  // A local file header, or the end record of an archive without files.
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

/// A member of an archive that is an array, and its header.
namespace {
struct ArrayMember {
  size_t member;
  std::string name;
  NpyHeader header;
};
} // namespace

static llvm::Expected<std::vector<ArrayMember>> readHeaders(ZipArchive &archive,
                                                            StringRef path) {
  std::vector<ArrayMember> result;
  for (size_t i = 0; i < archive.getNumMembers(); ++i) {
    StringRef name = archive.getName(i);
    if (!name.consume_back(".npy"))
      continue;
    std::vector<uint8_t> start(std::min(kLongestHeader, archive.getSize(i)));
    if (llvm::Error error = archive.read(i, 0, start))
      return error;
    llvm::Expected<NpyHeader> header = parseNpyHeader(
        llvm::toStringRef(start), (path + ":" + archive.getName(i)).str(),
        archive.getSize(i));
    if (!header)
      return header.takeError();
    result.push_back({i, name.str(), std::move(*header)});
  }
  if (result.empty())
    return makeError("'" + path + "': expected arrays, found none");
  return result;
}

llvm::Expected<std::vector<ArrayInfo>> narrow::listArrays(StringRef path) {
  auto buffer = openFile(path);
  if (!buffer)
    return buffer.takeError();
  std::vector<ArrayInfo> result;
  if (!isZip((*buffer)->getBuffer())) {
    llvm::Expected<NpyHeader> header =
        parseNpyHeader((*buffer)->getBuffer(), path);
    if (!header)
      return header.takeError();
    result.push_back({"", header->kind, header->shape});
    return result;
  }
  auto archive = ZipArchive::open(path);
  if (!archive)
    return archive.takeError();
  auto members = readHeaders(**archive, path);
  if (!members)
    return members.takeError();
  for (ArrayMember &member : *members)
    result.push_back({member.name, member.header.kind, member.header.shape});
  return result;
}

llvm::Error SampleFile::openArchive(StringRef path) {
  if (llvm::Error error = ZipArchive::open(path).moveInto(archive))
    return error;
  auto members = readHeaders(*archive, path);
  if (!members)
    return members.takeError();
  unpacked.reserve(members->size());
  for (ArrayMember &member : *members) {
    Array &array = arrays.emplace_back();
    array.name = member.name;
    array.kind = member.header.kind;
    array.shape = member.header.shape;
    array.member = member.member;
    array.offset = member.header.dataOffset;
    if (!member.header.isFortranOrder)
      continue;
    uint64_t size = archive->getSize(member.member);
    if (size > kLargestUnpacked)
      return makeError("'" + path + "': expected array '" + member.name +
                       "' in C order, as it is larger than 1 GiB; found "
                       "Fortran order");
    std::vector<uint8_t> bytes(size);
    if (llvm::Error error = archive->read(member.member, 0, bytes))
      return error;
    llvm::Expected<HostTensor> tensor =
        parseNpy(llvm::toStringRef(bytes), path, member.name);
    if (!tensor)
      return tensor.takeError();
    unpacked.push_back(std::move(*tensor));
    array.data = unpacked.back().bytes.data();
  }
  return llvm::Error::success();
}

llvm::Expected<SampleFile> SampleFile::open(StringRef path) {
  SampleFile file;
  auto buffer = openFile(path);
  if (!buffer)
    return buffer.takeError();
  StringRef bytes = (*buffer)->getBuffer();
  if (isZip(bytes)) {
    // Its members are read from the file, not from memory.
    buffer->reset();
    if (llvm::Error error = file.openArchive(path))
      return error;
  } else {
    llvm::Expected<NpyHeader> header = parseNpyHeader(bytes, path);
    if (!header)
      return header.takeError();
    Array &array = file.arrays.emplace_back();
    array.kind = header->kind;
    array.shape = header->shape;
    if (header->isFortranOrder) {
      // Only a row-major array can be used where it lies.
      llvm::Expected<HostTensor> tensor = parseNpy(bytes, path);
      if (!tensor)
        return tensor.takeError();
      file.unpacked.push_back(std::move(*tensor));
      array.data = file.unpacked.back().bytes.data();
    } else {
      array.data =
          reinterpret_cast<const uint8_t *>(bytes.data()) + header->dataOffset;
      file.mapped = std::move(*buffer);
    }
  }
  if (llvm::Error error = file.checkSamples(path))
    return error;
  return file;
}

llvm::Error SampleFile::checkSamples(StringRef path) {
  for (auto [index, array] : llvm::enumerate(arrays)) {
    std::string what = array.name.empty() ? std::string("the array")
                                          : "array '" + array.name + "'";
    if (array.shape.empty())
      return makeError("'" + path + "': expected " + what +
                       " to have samples as its first axis, found a scalar");
    int64_t count = array.shape.front();
    if (count == 0)
      return makeError("'" + path + "': expected samples in " + what +
                       ", found none");
    if (index == 0)
      numSamples = count;
    else if (count != numSamples)
      return makeError("'" + path + "': expected " + llvm::Twine(numSamples) +
                       " samples in " + what + " as in '" +
                       arrays.front().name + "', found " + llvm::Twine(count));
    array.shape.erase(array.shape.begin());
    array.sampleBytes = getElementBytes(array.kind);
    for (int64_t size : array.shape)
      array.sampleBytes *= size;
  }
  return llvm::Error::success();
}

llvm::Error SampleFile::verify() const {
  for (const Array &array : arrays)
    if (!array.data)
      if (llvm::Error error = archive->verify(array.member))
        return error;
  return llvm::Error::success();
}

void SampleFile::read(const Array &array, int64_t sample,
                      llvm::MutableArrayRef<uint8_t> to) const {
  assert(sample >= 0 && sample < numSamples && "no such sample");
  uint64_t offset = uint64_t(sample) * array.sampleBytes;
  if (array.data) {
    std::memcpy(to.data(), array.data + offset, to.size());
    return;
  }
  if (llvm::Error error =
          archive->read(array.member, array.offset + offset, to))
    llvm::report_fatal_error(std::move(error), /*gen_crash_diag=*/false);
}

HostTensor SampleFile::get(size_t array, int64_t sample) const {
  HostTensor tensor(arrays[array].kind, arrays[array].shape,
                    arrays[array].name);
  read(arrays[array], sample, tensor.bytes);
  return tensor;
}

uint64_t SampleFile::hash(int64_t sample) const {
  uint64_t result = 0;
  for (size_t array = 0; array < arrays.size(); ++array)
    result = result * 0x9E3779B97F4A7C15ull +
             llvm::xxh3_64bits(get(array, sample).bytes);
  return result;
}
