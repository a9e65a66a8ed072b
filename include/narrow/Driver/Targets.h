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
/// Returns the best of them, or null.
const Target *getBestNativeTarget();

/// Parses `avx2,avx512vnni`: levels, families (`arm64`) and triples for all of
/// theirs, and CPUs that LLVM knows (`znver4`) for the best of theirs; `native`
/// is the best level of this machine, `all` every level of the family of the
/// others, else of this machine's. Case and surrounding white space do not
/// matter. Fails on an unknown name, with the known ones, on what is not
/// supported, and on levels of several families. An empty list is `native`.
llvm::Expected<SmallVector<const Target *>>
parseTargets(ArrayRef<std::string> names);

/// The same for a name that must stand for one level.
llvm::Expected<const Target *> parseTarget(StringRef name);

/// Says on which CPUs an artefact with these levels runs: "runs only on CPUs
/// with AVX2; --target all for any x86-64".
std::string describeReach(ArrayRef<const Target *> targets);

} // namespace narrow

#endif // NARROW_DRIVER_TARGETS_H
