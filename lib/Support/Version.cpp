//===- Version.cpp - the version that tools show --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Version.h"

llvm::StringRef narrow::getVersion() { return NARROW_VERSION; }
