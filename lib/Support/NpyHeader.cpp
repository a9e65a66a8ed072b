//===- NpyHeader.cpp - the header of a .npy file --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layout (numpy.lib.format):
//
//   \x93NUMPY | major | minor | length (2 bytes in v1, 4 in v2 and v3) | header
//
// where the header is a Python dictionary literal with exactly the keys
// 'descr', 'fortran_order' and 'shape'.
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Npy.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace narrow;
using llvm::StringRef;

namespace {

/// Reads the dictionary literal; every function returns false where the text is
/// not what it expects.
class HeaderParser {
public:
  HeaderParser(StringRef text) : text(text) {}

  bool parse(NpyHeader &header, std::string &descr) {
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!consume("{"))
      return false;
    while (!consume("}")) {
      std::string key;
      if (!parseString(key) || !consume(":"))
        return false;
      if (key == "descr") {
        hasDescr = true;
        if (!parseString(descr))
          return false;
      } else if (key == "fortran_order") {
        hasOrder = true;
        if (consume("True"))
          header.isFortranOrder = true;
        else if (!consume("False"))
          return false;
      } else if (key == "shape") {
        hasShape = true;
        if (!parseShape(header.shape))
          return false;
      } else {
        return false;
      }
      consume(",");
    }
    return hasDescr && hasOrder && hasShape;
  }

private:
  bool consume(StringRef token) {
    text = text.ltrim();
    return text.consume_front(token);
  }
  bool parseString(std::string &value) {
    text = text.ltrim();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return false;
    size_t end = text.find(text[0], 1);
    if (end == StringRef::npos)
      return false;
    value = text.slice(1, end).str();
    text = text.drop_front(end + 1);
    return true;
  }
  bool parseShape(llvm::SmallVectorImpl<int64_t> &shape) {
    if (!consume("("))
      return false;
    while (!consume(")")) {
      int64_t size;
      text = text.ltrim();
      if (text.consumeInteger(10, size) || size < 0)
        return false;
      text.consume_front("L"); // Python 2 wrote long integers so.
      shape.push_back(size);
      if (!consume(",") && !text.ltrim().starts_with(")"))
        return false;
    }
    return true;
  }

  StringRef text;
};

} // namespace

/// Maps a dtype without its byte order.
static std::optional<ElementKind> parseDtype(StringRef dtype) {
  return llvm::StringSwitch<std::optional<ElementKind>>(dtype)
      .Case("f2", ElementKind::F16)
      .Case("f4", ElementKind::F32)
      .Case("f8", ElementKind::F64)
      .Case("i1", ElementKind::I8)
      .Case("u1", ElementKind::U8)
      .Case("i2", ElementKind::I16)
      .Case("u2", ElementKind::U16)
      .Case("i4", ElementKind::I32)
      .Case("u4", ElementKind::U32)
      .Case("i8", ElementKind::I64)
      .Case("u8", ElementKind::U64)
      .Case("b1", ElementKind::Bool)
      .Default(std::nullopt);
}

llvm::Expected<NpyHeader>
narrow::parseNpyHeader(StringRef bytes, StringRef path,
                       std::optional<uint64_t> fileSize) {
  auto fail = [&](const llvm::Twine &message) {
    return makeError("'" + path + "': " + message);
  };
  if (!bytes.starts_with("\x93NUMPY"))
    return fail("expected a .npy array, found other data");
  if (bytes.size() < 12)
    return fail("the .npy header is cut");
  unsigned major = uint8_t(bytes[6]);
  if (major < 1 || major > 3)
    return fail("expected .npy format version 1 to 3, found " +
                llvm::Twine(major));
  size_t start = major == 1 ? 10 : 12;
  size_t length = major == 1
                      ? llvm::support::endian::read16le(bytes.data() + 8)
                      : llvm::support::endian::read32le(bytes.data() + 8);
  if (bytes.size() < start + length)
    return fail("the .npy header is cut");

  NpyHeader header;
  header.dataOffset = start + length;
  std::string descr;
  if (!HeaderParser(bytes.substr(start, length)).parse(header, descr))
    return fail("the .npy header is malformed");

  StringRef dtype = descr;
  bool isBigEndian = dtype.consume_front(">");
  if (!isBigEndian && !dtype.consume_front("<") && !dtype.consume_front("|"))
    dtype.consume_front("=");
  std::optional<ElementKind> kind = parseDtype(dtype);
  if (!kind)
    return fail("expected elements that are floats, integers or booleans, "
                "found dtype '" +
                descr + "'");
  header.kind = *kind;
  if (isBigEndian && getElementBytes(*kind) > 1)
    return fail("expected little-endian elements, found dtype '" + descr + "'");

  uint64_t size = getElementBytes(*kind);
  bool overflow = false;
  for (int64_t dim : header.shape) {
    bool overflowed = false;
    size = llvm::SaturatingMultiply(size, uint64_t(dim), &overflowed);
    overflow |= overflowed;
  }
  uint64_t found = fileSize.value_or(bytes.size()) - header.dataOffset;
  if (overflow || found < size)
    return fail("the file is cut: expected " + llvm::Twine(size) +
                " bytes of elements, found " + llvm::Twine(found));
  return header;
}
