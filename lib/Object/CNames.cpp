//===- CNames.cpp - C identifiers for the names of a model ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CNames.h"

#include "llvm/ADT/StringExtras.h"

using namespace narrow;
using namespace narrow::object;

/// Words of C and C++, and macros that compilers or the headers of every
/// program define.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> words = {"NULL",         "alignas",
                                          "alignof",      "and",
                                          "and_eq",       "asm",
                                          "auto",         "bitand",
                                          "bitor",        "bool",
                                          "break",        "case",
                                          "catch",        "char",
                                          "char16_t",     "char32_t",
                                          "char8_t",      "class",
                                          "co_await",     "co_return",
                                          "co_yield",     "compl",
                                          "concept",      "const",
                                          "const_cast",   "consteval",
                                          "constexpr",    "constinit",
                                          "continue",     "decltype",
                                          "default",      "delete",
                                          "do",           "double",
                                          "dynamic_cast", "else",
                                          "enum",         "errno",
                                          "explicit",     "export",
                                          "extern",       "false",
                                          "float",        "for",
                                          "friend",       "goto",
                                          "if",           "inline",
                                          "int",          "linux",
                                          "long",         "mutable",
                                          "namespace",    "new",
                                          "noexcept",     "not",
                                          "not_eq",       "nullptr",
                                          "operator",     "or",
                                          "or_eq",        "private",
                                          "protected",    "public",
                                          "register",     "reinterpret_cast",
                                          "requires",     "restrict",
                                          "return",       "short",
                                          "signed",       "sizeof",
                                          "static",       "static_assert",
                                          "static_cast",  "stderr",
                                          "stdin",        "stdout",
                                          "struct",       "switch",
                                          "template",     "this",
                                          "thread_local", "throw",
                                          "true",         "try",
                                          "typedef",      "typeid",
                                          "typename",     "typeof",
                                          "union",        "unix",
                                          "unsigned",     "using",
                                          "virtual",      "void",
                                          "volatile",     "wchar_t",
                                          "while",        "xor",
                                          "xor_eq"};
  return words.contains(name);
}

std::string CNames::add(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  // `0` is the macro of a number, and names with two underscores in front
  // belong to compilers.
  if (result.empty() || llvm::isDigit(result[0]) || result[0] == '_')
    result = "tensor_" + StringRef(result).ltrim('_').str();
  auto isTaken = [&] {
    return taken.contains(result) ||
           (kind == Kind::Field ? isReserved(result) : result == "COUNT");
  };
  while (isTaken())
    result += '_';
  taken.insert(result);
  return result;
}
