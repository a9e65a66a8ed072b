//===- MachineNames.h - levels by family, CPU and triple -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_MACHINENAMES_H
#define NARROW_LIB_DRIVER_MACHINENAMES_H

#include "narrow/Target/Target.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace narrow {

/// Returns the family of that name, in lower case: "x86_64", "amd64", "arm64".
std::optional<Family> parseFamily(StringRef name);

/// Returns every level of a family, lowest first.
SmallVector<const Target *> getLevels(Family family);

/// Returns what a name that is no level's stands for, in lower case: all levels
/// of a family ("arm64") or triple ("aarch64-linux-gnu"), or the best level of
/// a CPU that LLVM knows ("skylake-avx512"). Nothing for an unknown name; fails
/// on one that is known and not supported, and says what it is.
llvm::Expected<SmallVector<const Target *>> lookupMachine(StringRef name);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_MACHINENAMES_H
