//===- CopyRepairs.h - repairs of one network in another --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_COPYREPAIRS_H
#define NARROW_LIB_DRIVER_COPYREPAIRS_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// Brings the weights and biases of a repaired network into another one of the
/// same model: into the layers of the same names, but for `except`, whose
/// weights are of the same types.
void copyRepairs(ModuleOp repaired, ModuleOp other, StringRef except = {});

} // namespace narrow

#endif // NARROW_LIB_DRIVER_COPYREPAIRS_H
