//===- WideRounding.h - rounding beyond 2^22 --------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_WIDEROUNDING_H
#define NARROW_LIB_CODEGEN_EMIT_WIDEROUNDING_H

#include "mlir/IR/Builders.h"
#include "narrow/Support/LLVM.h"

namespace narrow::codegen {

/// Rounds f32 lanes, none of them NaN, to the nearest integer, ties to even, in
/// i64 lanes; beyond 2^40 in magnitude any number beyond 2^40 may come. For
/// results of more than 16 bits: slower than what narrow results take. Emits
/// no call on any target.
Value emitRoundToWideInteger(OpBuilder &b, Location loc, Value real);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_WIDEROUNDING_H
