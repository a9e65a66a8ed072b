//===- ArrayWriter.h - a header of constant arrays --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_C_ARRAYWRITER_H
#define NARROW_LIB_EXPORT_C_ARRAYWRITER_H

#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace narrow::exporting {

/// Returns `text` with everything that is no letter, digit or underscore as an
/// underscore.
std::string toIdentifier(StringRef text);

/// Writes comments and arrays; every name is given once.
class ArrayWriter {
public:
  ArrayWriter(StringRef prefix, raw_ostream &os);

  /// Returns a name that no other array begins with, for `wanted`.
  std::string makeName(StringRef wanted);

  /// Writes a comment, with lines of at most 80 characters.
  void addComment(StringRef text);

  /// Write an array; nothing where there are no values. `type` is that of an
  /// element.
  void addIntegers(StringRef type, StringRef name, ArrayRef<int64_t> values);
  void addReals(StringRef type, StringRef name, ArrayRef<double> values);

private:
  void addArray(StringRef type, StringRef name, size_t size,
                function_ref<void(size_t)> print);

  std::string prefix;
  raw_ostream &os;
  llvm::StringSet<> names;
};

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_C_ARRAYWRITER_H
