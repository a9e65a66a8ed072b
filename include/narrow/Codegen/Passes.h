//===- Passes.h - passes before kernels are chosen -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_PASSES_H
#define NARROW_CODEGEN_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace narrow::codegen {

#define GEN_PASS_DECL
#include "narrow/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "narrow/Codegen/Passes.h.inc"

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_PASSES_H
