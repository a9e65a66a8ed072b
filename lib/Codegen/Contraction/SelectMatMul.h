//===- SelectMatMul.h - the kernel of two activations' product *- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_SELECTMATMUL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_SELECTMATMUL_H

#include "narrow/Codegen/Kernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

/// Returns the kernel of a product of two activations; fails after an error at
/// the op if their numbers have none.
FailureOr<KernelCall> selectMatMul(fxp::MatMulOp op,
                                   ArrayRef<BufferLayout> operands,
                                   const BufferLayout &o, const Target &target);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_SELECTMATMUL_H
