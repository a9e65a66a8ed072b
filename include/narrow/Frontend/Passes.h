//===- Passes.h - passes that bring models in -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FRONTEND_PASSES_H
#define NARROW_FRONTEND_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace narrow {

#define GEN_PASS_DECL
#include "narrow/Frontend/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "narrow/Frontend/Passes.h.inc"

} // namespace narrow

#endif // NARROW_FRONTEND_PASSES_H
