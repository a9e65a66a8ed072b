//===- Linking.h - calls the linker -----------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_LINKING_H
#define NARROW_LIB_OBJECT_LINKING_H

#include "narrow/Support/LLVM.h"
#include "llvm/Support/Error.h"

namespace narrow::object {

/// Runs `ld.lld` with `arguments`: it serves every family and needs no C
/// library of the target.
llvm::Error runLinker(ArrayRef<StringRef> arguments);

/// Fails if there is no linker.
llvm::Error checkLinker();

/// Returns an object linked into a shared library, with a DT_SONAME where one
/// is given.
llvm::Expected<std::string> linkShared(StringRef object, StringRef soname = "");

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_LINKING_H
