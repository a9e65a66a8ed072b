//===- ArrayWriter.cpp - a header of constant arrays ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArrayWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace narrow;
using namespace narrow::exporting;

static constexpr size_t kLineWidth = 80;
static constexpr size_t kNumbersPerLine = 12;

std::string exporting::toIdentifier(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isAlnum(c) ? c : '_';
  return result;
}

ArrayWriter::ArrayWriter(StringRef prefix, raw_ostream &os)
    : prefix(toIdentifier(prefix) + "_"), os(os) {
  if (llvm::isDigit(this->prefix.front()))
    this->prefix = "m" + this->prefix;
}

std::string ArrayWriter::makeName(StringRef wanted) {
  std::string base = prefix + toIdentifier(wanted), name = base;
  // Letters of both cases differ in C, so they may here.
  for (unsigned i = 1; !names.insert(name).second; ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

void ArrayWriter::addComment(StringRef text) {
  // Names may hold anything, also the end of a comment.
  std::string safe = text.str();
  for (size_t at; (at = safe.find("*/")) != std::string::npos;)
    safe[at] = '.';
  for (char &c : safe)
    if (!llvm::isPrint(c))
      c = ' ';
  SmallVector<StringRef> words;
  llvm::SplitString(safe, words, " ");
  size_t column = 2;
  os << "/*";
  for (StringRef word : words) {
    if (column + 1 + word.size() + 3 > kLineWidth && column > 2) {
      os << "\n  ";
      column = 2;
    }
    os << ' ' << word;
    column += 1 + word.size();
  }
  os << " */\n";
}

void ArrayWriter::addArray(StringRef type, StringRef name, size_t size,
                           function_ref<void(size_t)> print) {
  if (size == 0)
    return;
  os << "static const " << type << ' ' << name << '[' << size << "] = {";
  for (size_t i = 0; i < size; ++i) {
    if (size > kNumbersPerLine && i % kNumbersPerLine == 0)
      os << "\n    ";
    print(i);
    if (i + 1 < size)
      os << ((i + 1) % kNumbersPerLine == 0 ? "," : ", ");
  }
  os << "};\n";
}

void ArrayWriter::addIntegers(StringRef type, StringRef name,
                              ArrayRef<int64_t> values) {
  addArray(type, name, values.size(), [&](size_t i) {
    // The least one has no literal.
    if (values[i] == INT64_MIN)
      os << "-9223372036854775807 - 1";
    else
      os << values[i];
  });
}

void ArrayWriter::addReals(StringRef type, StringRef name,
                           ArrayRef<double> values) {
  addArray(type, name, values.size(),
           [&](size_t i) { os << llvm::format("%.17g", values[i]); });
}
