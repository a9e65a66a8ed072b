//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Npy.h"

#include "Zip.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace narrow;
using llvm::StringRef;

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
openFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  return std::move(*buffer);
}

/// Copies column-major elements into row-major order.
static void toRowMajor(const NpyHeader &header, const char *from,
                       HostTensor &to) {
  size_t size = getElementBytes(header.kind);
  size_t rank = header.shape.size();
  llvm::SmallVector<int64_t> index(rank, 0), stride(rank, 1);
  for (size_t axis = 1; axis < rank; ++axis)
    stride[axis] = stride[axis - 1] * header.shape[axis - 1];
  for (int64_t i = 0, e = to.getNumElements(); i < e; ++i) {
    int64_t offset = 0;
    for (size_t axis = 0; axis < rank; ++axis)
      offset += index[axis] * stride[axis];
    std::memcpy(to.bytes.data() + i * size, from + offset * size, size);
    for (size_t axis = rank; axis-- > 0;) {
      if (++index[axis] < header.shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

llvm::Expected<HostTensor> narrow::parseNpy(StringRef bytes, StringRef path,
                                            StringRef name) {
  llvm::Expected<NpyHeader> header = parseNpyHeader(bytes, path);
  if (!header)
    return header.takeError();
  HostTensor tensor(header->kind, header->shape, name);
  const char *data = bytes.data() + header->dataOffset;
  if (header->isFortranOrder)
    toRowMajor(*header, data, tensor);
  else if (!tensor.bytes.empty())
    std::memcpy(tensor.bytes.data(), data, tensor.bytes.size());
  return tensor;
}

llvm::Expected<HostTensor> narrow::readNpy(StringRef path) {
  auto buffer = openFile(path);
  if (!buffer)
    return buffer.takeError();
  return parseNpy((*buffer)->getBuffer(), path);
}

static StringRef getDtype(ElementKind kind) {
  switch (kind) {
  case ElementKind::F16:
    return "<f2";
  case ElementKind::F32:
    return "<f4";
  case ElementKind::F64:
    return "<f8";
  case ElementKind::I8:
    return "|i1";
  case ElementKind::U8:
    return "|u1";
  case ElementKind::I16:
    return "<i2";
  case ElementKind::U16:
    return "<u2";
  case ElementKind::I32:
    return "<i4";
  case ElementKind::U32:
    return "<u4";
  case ElementKind::I64:
    return "<i8";
  case ElementKind::U64:
    return "<u8";
  case ElementKind::Bool:
    return "|b1";
  }
  return "";
}

/// Writes the file's bytes: a v1 header padded so that elements are 64-byte
/// aligned, as NumPy does.
static void pack(const HostTensor &tensor, llvm::raw_ostream &os) {
  std::string text;
  llvm::raw_string_ostream header(text);
  header << "{'descr': '" << getDtype(tensor.kind)
         << "', 'fortran_order': False, 'shape': (";
  for (int64_t size : tensor.shape)
    header << size << ", ";
  header << "), }";
  constexpr size_t kPrefix = 10, kAlignment = 64;
  size_t total = llvm::alignTo(kPrefix + text.size() + 1, kAlignment);
  text.append(total - kPrefix - text.size() - 1, ' ');
  text.push_back('\n');
  char length[2];
  llvm::support::endian::write16le(length, text.size());
  os << StringRef("\x93NUMPY\x01\x00", 8) << StringRef(length, 2) << text;
  os.write(reinterpret_cast<const char *>(tensor.bytes.data()),
           tensor.bytes.size());
}

llvm::Error narrow::writeNpy(StringRef path, const HostTensor &tensor) {
  return writeFile(path, [&](llvm::raw_ostream &os) {
    pack(tensor, os);
    return llvm::Error::success();
  });
}

llvm::Error narrow::writeNpz(StringRef path,
                             llvm::ArrayRef<HostTensor> tensors) {
  std::vector<ZipEntry> entries;
  for (const HostTensor &tensor : tensors) {
    ZipEntry &entry = entries.emplace_back();
    entry.name = tensor.name + ".npy";
    llvm::raw_string_ostream os(entry.contents);
    pack(tensor, os);
  }
  llvm::Expected<std::string> bytes = writeZip(entries);
  if (!bytes)
    return bytes.takeError();
  return writeFile(path, *bytes);
}
