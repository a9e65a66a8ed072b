//===- RuntimeBitcode.h - the runtime, compiled for each family -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_RUNTIMEBITCODE_H
#define NARROW_LIB_OBJECT_RUNTIMEBITCODE_H

#include "narrow/Target/Target.h"

namespace narrow::object {

/// Returns runtime/artefact.c and runtime/cpu.c of a family, as LLVM bitcode.
SmallVector<ArrayRef<unsigned char>> getRuntimeBitcode(Family family);

/// Returns runtime/runner_freestanding.c of a family, as an ELF object.
ArrayRef<unsigned char> getFreestandingRunner(Family family);

/// Returns the text of runtime/artefact.h.
StringRef getInterfaceText();

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_RUNTIMEBITCODE_H
