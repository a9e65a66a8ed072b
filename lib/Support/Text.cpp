//===- Text.cpp - foreign text in what users read -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Text.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

/// Returns whether a terminal would act on the character instead of showing it,
/// or show what follows in another order than it stands.
static bool isControl(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

std::string narrow::escapeControls(llvm::StringRef text) {
  std::string valid = llvm::json::fixUTF8(text), result;
  const auto *at = reinterpret_cast<const llvm::UTF8 *>(valid.data());
  const llvm::UTF8 *end = at + valid.size();
  while (at != end) {
    const llvm::UTF8 *start = at;
    llvm::UTF32 c = 0, *to = &c;
    llvm::ConvertUTF8toUTF32(&at, at + llvm::getNumBytesForUTF8(*at), &to,
                             to + 1, llvm::strictConversion);
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (isControl(c))
      result += c < 0x100 ? llvm::formatv("\\x{0:x-2}", c).str()
                          : llvm::formatv("\\u{0:x-4}", c).str();
    else
      result.append(reinterpret_cast<const char *>(start), at - start);
  }
  return result;
}

std::string narrow::elideLists(llvm::StringRef text) {
  constexpr size_t kLongest = 16, kKept = 4;
  std::string result;
  while (!text.empty()) {
    size_t open = text.find_first_of("{[");
    result += text.take_front(open);
    text = text.substr(open);
    if (text.empty())
      break;
    size_t close = text.find_first_not_of("0123456789+-.:eEx, ", 1);
    bool isList = close != llvm::StringRef::npos &&
                  text[close] == (text[0] == '{' ? '}' : ']');
    llvm::SmallVector<llvm::StringRef> items;
    if (isList)
      text.slice(1, close).split(items, ',');
    if (items.size() <= kLongest) {
      result += text[0];
      text = text.drop_front();
      continue;
    }
    result += text[0];
    for (llvm::StringRef item : llvm::ArrayRef(items).take_front(kKept))
      result += (item.trim() + ", ").str();
    result += ("... " + llvm::Twine(items.size()) + " in all").str();
    text = text.substr(close);
  }
  return result;
}

bool narrow::nestsDeeper(llvm::StringRef text, Brackets brackets,
                         unsigned limit) {
  bool isMlir = brackets == Brackets::Mlir;
  llvm::StringRef opening = isMlir ? "([{<" : "[{",
                  closing = isMlir ? ")]}>" : "]}";
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      while (++i < text.size() && text[i] != '"')
        i += text[i] == '\\';
    } else if (isMlir && text.substr(i).starts_with("//")) {
      i = text.find('\n', i);
      if (i == llvm::StringRef::npos)
        return false;
    } else if (isMlir && text.substr(i).starts_with("->")) {
      ++i;
    } else if (opening.contains(c)) {
      if (++depth > limit)
        return true;
    } else if (closing.contains(c) && depth) {
      --depth;
    }
  }
  return false;
}
