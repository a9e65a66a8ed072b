//===- Passes.h - passes that make a float model ready ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of the float level (TOSA and nn on f32, static shapes): they bring
// a model into the shape in which its values' ranges are observed.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_PASSES_H
#define NARROW_PREPARE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace narrow {

#define GEN_PASS_DECL
#include "narrow/Prepare/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "narrow/Prepare/Passes.h.inc"

} // namespace narrow

#endif // NARROW_PREPARE_PASSES_H
