//===- CNames.h - C identifiers for the names of a model --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_CNAMES_H
#define NARROW_LIB_OBJECT_CNAMES_H

#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringSet.h"
#include <string>

namespace narrow::object {

/// Makes identifiers of the names of inputs or outputs, each another one.
class CNames {
public:
  enum class Kind {
    Field, ///< Of a structure, in C and C++.
    Macro, ///< The end of a macro's name, beside `COUNT` and `0_BYTES`.
  };
  explicit CNames(Kind kind) : kind(kind) {}

  /// Returns `name` with `_` for what identifiers cannot hold, and behind it
  /// where it would mean something else.
  std::string add(StringRef name);

private:
  Kind kind;
  llvm::StringSet<> taken;
};

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_CNAMES_H
