//===- Targets.h - ISA levels by name and by this machine ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_TARGETS_H
#define NARROW_DRIVER_TARGETS_H

#include "narrow/Target/Target.h"
#include "llvm/Support/Error.h"

namespace narrow {

/// Returns the levels that this machine's CPU runs, lowest first.
SmallVector<const Target *> getNativeTargets();

/// Parses `avx2,avx512vnni`; `native` is the best level of this machine, `all`
/// every level of the family of the others (`x86_64:all` names it), else of
/// this machine's. Fails on an unknown name, with the known ones, and on levels
/// of several families. An empty list is `native`.
llvm::Expected<SmallVector<const Target *>>
parseTargets(ArrayRef<std::string> names);

} // namespace narrow

#endif // NARROW_DRIVER_TARGETS_H
