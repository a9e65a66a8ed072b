//===- StoredInterface.h - stored integers at the interface ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_STOREDINTERFACE_H
#define NARROW_SUPPORT_STOREDINTERFACE_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// On an argument or a result of a float function, the type in which a
/// quantised model takes or gives it: the value is the reals, the artefact's
/// interface has the stored integers.
inline constexpr llvm::StringLiteral kStoredAttr = "narrow.stored";

} // namespace narrow

#endif // NARROW_SUPPORT_STOREDINTERFACE_H
