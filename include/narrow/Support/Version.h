//===- Version.h - the version that tools show -----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_VERSION_H
#define NARROW_SUPPORT_VERSION_H

#include "llvm/ADT/StringRef.h"

namespace narrow {

/// Returns Narrow's version: "0.1.0".
llvm::StringRef getVersion();

} // namespace narrow

#endif // NARROW_SUPPORT_VERSION_H
