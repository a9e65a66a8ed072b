//===- Kernels.h - the kernels of each op ----------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_KERNELS_H
#define NARROW_LIB_CODEGEN_KERNELS_KERNELS_H

#include "narrow/Codegen/Kernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

using Layouts = ArrayRef<BufferLayout>;

/// Returns the call for one op, whose layouts are given, as `selectKernel`
/// does; defined for each op in the file of its family. `selectKernel` finds
/// all ops of the dialect: where one is missing, the program does not link.
template <typename OpT>
FailureOr<KernelCall> select(OpT op, Layouts operands, Layouts results,
                             const Target &target, unsigned tileStep);

/// Both at once, where `getFusedQuantize(op)` is `cast`: operand 0 is the
/// cast's.
KernelCall selectQuantizeTranspose(fxp::QuantizeOp cast, fxp::TransposeOp op,
                                   Layouts operands, Layouts results);

// What no op is: a copy between layouts of one shape, and a value's halo.
KernelCall selectCopy(const BufferLayout &from, const BufferLayout &to);
/// Argument 0 is the buffer (result 0). Rows and columns of the halo get the
/// zero point of `type`.
KernelCall selectFillHalo(Type type, const BufferLayout &layout);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_KERNELS_H
