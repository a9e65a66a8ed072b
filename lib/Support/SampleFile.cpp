//===- SampleFile.cpp - samples in NumPy's array files --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Npy.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using llvm::StringRef;

SampleFile::SampleFile() = default;
SampleFile::SampleFile(SampleFile &&) noexcept = default;
SampleFile &SampleFile::operator=(SampleFile &&) noexcept = default;
SampleFile::~SampleFile() = default;

llvm::Expected<SampleFile> SampleFile::open(StringRef path) {
  SampleFile file;
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  StringRef bytes = (*buffer)->getBuffer();

  // Only a plain row-major array can be used where it lies.
  bool isPlain = false;
  if (bytes.starts_with("\x93NUMPY")) {
    llvm::Expected<NpyHeader> header = parseNpyHeader(bytes, path);
    if (!header)
      return header.takeError();
    isPlain = !header->isFortranOrder;
    if (isPlain) {
      Array &array = file.arrays.emplace_back();
      array.kind = header->kind;
      array.shape = header->shape;
      array.data =
          reinterpret_cast<const uint8_t *>(bytes.data()) + header->dataOffset;
      file.mapped = std::move(*buffer);
    }
  }
  if (!isPlain) {
    llvm::Expected<std::vector<HostTensor>> arrays = readArrays(path);
    if (!arrays)
      return arrays.takeError();
    file.unpacked = std::move(*arrays);
    for (HostTensor &tensor : file.unpacked) {
      Array &array = file.arrays.emplace_back();
      array.name = tensor.name;
      array.kind = tensor.kind;
      array.shape = tensor.shape;
      array.data = tensor.bytes.data();
    }
  }

  for (auto [index, array] : llvm::enumerate(file.arrays)) {
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
      file.numSamples = count;
    else if (count != file.numSamples)
      return makeError("'" + path + "': expected " +
                       llvm::Twine(file.numSamples) + " samples in " + what +
                       " as in '" + file.arrays.front().name + "', found " +
                       llvm::Twine(count));
    array.shape.erase(array.shape.begin());
    array.sampleBytes = getElementBytes(array.kind);
    for (int64_t size : array.shape)
      array.sampleBytes *= size;
  }
  return file;
}

llvm::ArrayRef<uint8_t> SampleFile::getBytes(size_t array,
                                             int64_t sample) const {
  assert(sample >= 0 && sample < numSamples && "no such sample");
  size_t size = arrays[array].sampleBytes;
  return {arrays[array].data + size_t(sample) * size, size};
}

HostTensor SampleFile::get(size_t array, int64_t sample) const {
  HostTensor tensor(arrays[array].kind, arrays[array].shape,
                    arrays[array].name);
  llvm::copy(getBytes(array, sample), tensor.bytes.begin());
  return tensor;
}

uint64_t SampleFile::hash(int64_t sample) const {
  uint64_t result = 0;
  for (size_t array = 0; array < arrays.size(); ++array)
    result = result * 0x9E3779B97F4A7C15ull +
             llvm::xxh3_64bits(getBytes(array, sample));
  return result;
}
