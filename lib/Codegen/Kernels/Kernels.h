//===- Kernels.h - selectors of the kernels of each family of ops ----*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function returns the call for one op; selectKernel dispatches to them.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_KERNELS_H
#define NARROW_LIB_CODEGEN_KERNELS_KERNELS_H

#include "narrow/Codegen/Kernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

using Layouts = ArrayRef<BufferLayout>;

// Casts (N10, N11).
KernelCall selectQuantize(fxp::QuantizeOp op, Layouts operands,
                          Layouts results);
/// Both at once, where `getFusedQuantize(op)` is `cast`: operand 0 is the
/// cast's.
KernelCall selectQuantizeTranspose(fxp::QuantizeOp cast, fxp::TransposeOp op,
                                   Layouts operands, Layouts results);
/// Does the work of `getFusedTranspose(op)` too; operand 0 is then its.
KernelCall selectDequantize(fxp::DequantizeOp op, Layouts operands,
                            Layouts results);
KernelCall selectRequantize(fxp::RequantizeOp op, Layouts operands,
                            Layouts results);

// Stored integers as plain ones and back (N53); `op` is either.
KernelCall selectIntegers(Operation *op, Layouts operands, Layouts results);

// Elementwise arithmetic (N40, N41).
KernelCall selectBinary(Operation *op, Layouts operands, Layouts results);
KernelCall selectMul(fxp::MulOp op, Layouts operands, Layouts results);

// Pools and reductions (N60 to N63).
KernelCall selectMaxPool(fxp::MaxPool2DOp op, Layouts operands,
                         Layouts results);
KernelCall selectAvgPool(fxp::AvgPool2DOp op, Layouts operands,
                         Layouts results);
KernelCall selectReduceSum(fxp::ReduceSumOp op, Layouts operands,
                           Layouts results);
KernelCall selectReduceMax(fxp::ReduceMaxOp op, Layouts operands,
                           Layouts results);

// Tables and softmax (N42, N43).
KernelCall selectLookup(fxp::LookupOp op, Layouts operands, Layouts results,
                        const Target &target);
KernelCall selectSoftmax(fxp::SoftmaxOp op, Layouts operands, Layouts results);
KernelCall selectLogSoftmax(fxp::LogSoftmaxOp op, Layouts operands,
                            Layouts results);

// Normalisation (N45).
KernelCall selectNormalize(fxp::NormalizeOp op, Layouts operands,
                           Layouts results);

// Movement (N50 to N52).
KernelCall selectReshape(fxp::ReshapeOp op, Layouts operands, Layouts results);
KernelCall selectTranspose(fxp::TransposeOp op, Layouts operands,
                           Layouts results);
KernelCall selectSlice(fxp::SliceOp op, Layouts operands, Layouts results);
KernelCall selectPad(fxp::PadOp op, Layouts operands, Layouts results);
KernelCall selectConcat(fxp::ConcatOp op, Layouts operands, Layouts results);
KernelCall selectGather(fxp::GatherOp op, Layouts operands, Layouts results);
KernelCall selectResize(fxp::ResizeOp op, Layouts operands, Layouts results);

// Driver's own: a copy between layouts of one shape, and a value's halo.
KernelCall selectCopy(const BufferLayout &from, const BufferLayout &to);
/// Argument 0 is the buffer (result 0). Rows and columns of the halo get the
/// zero point of `type`.
KernelCall selectFillHalo(Type type, const BufferLayout &layout);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_KERNELS_H
