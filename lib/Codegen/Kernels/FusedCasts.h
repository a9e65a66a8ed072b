//===- FusedCasts.h - casts that do their neighbour's movement -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// At a network's rim a cast stands beside a transpose: the image is quantised
// and then becomes NHWC, the result becomes NCHW (or its pixels are unshuffled)
// and is then dequantised. One kernel does both, and the value between them is
// never stored.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_FUSEDCASTS_H
#define NARROW_LIB_CODEGEN_KERNELS_FUSEDCASTS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

/// Returns the cast whose work the kernel of `op` does too, or null. It is a
/// cast of f32 to 8 bits per tensor, read by `op` alone, and `op` makes NHWC of
/// an NCHW image of 2 to 4 channels and rows of at least 16 pixels: what
/// vectors can interleave.
fxp::QuantizeOp getFusedQuantize(fxp::TransposeOp op);

/// Returns the transpose whose work the kernel of `op` does too, or null: one
/// of elements of at most 16 bits and a type per tensor, of which `op` is the
/// only reader, directly or through reshapes that have no other reader either.
fxp::TransposeOp getFusedTranspose(fxp::DequantizeOp op);

/// Returns the op whose kernel does the work of `op`: itself, or a later op
/// that it is fused into.
Operation *getKernelOp(Operation *op);

/// Returns what the kernel of `op` reads: its operands, or those of the op
/// that is fused into it.
SmallVector<Value> getKernelOperands(Operation *op);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_FUSEDCASTS_H
