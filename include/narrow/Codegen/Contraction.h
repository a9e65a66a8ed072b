//===- Contraction.h - kernels of sums of products -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_CONTRACTION_H
#define NARROW_CODEGEN_CONTRACTION_H

#include "narrow/Codegen/Fusion.h"
#include "narrow/Codegen/Kernel.h"
#include <optional>

namespace narrow::codegen {

/// Returns the kernel of a contraction (`fxp.conv2d`, `transposed_conv2d`,
/// `fully_connected`, `matmul`) as `selectKernel` does. Weights are packed, and
/// zero points and offsets folded into the bias, here. Fails after an error at
/// the op where an accumulator can leave i32, or no kernel exists.
FailureOr<KernelCall> selectContractionKernel(Operation *op,
                                              ArrayRef<BufferLayout> operands,
                                              ArrayRef<BufferLayout> results,
                                              const Target &target,
                                              unsigned tileStep = 0);

/// Returns whether `op` is a convolution or linear layer of bytes by bytes
/// whose sums have 32 bits: its results are requantised in registers.
bool hasByteTiles(Operation *op);
/// Returns whether the kernel of `op` can add a tensor of its result's shape.
bool canAddResidual(Operation *op);
/// Returns whether a contraction's kernel can do the lookup, and how.
EpilogueForm getEpilogueForm(fxp::LookupOp op);

/// Returns the kernel of `fusion.contraction` and, after it, of `last`, an
/// addition or a lookup, as `selectContractionKernel` does. The operands are
/// the contraction's and, last, the residual of an addition; the result is
/// that of `last`. With `inPlace` the residual's bytes are the result's.
FailureOr<KernelCall> selectFused(Operation *last, const FusedOp &fusion,
                                  bool inPlace, ArrayRef<BufferLayout> operands,
                                  const BufferLayout &result,
                                  const Target &target, unsigned tileStep = 0);

/// Parts of a contraction's steps of 4 bytes by 16 channels whose pairs of
/// products fit 16 bits as they lie, and after a shuffle.
struct PairShares {
  double asTheyLie, shuffled;
};
/// Returns the shares of a convolution or linear layer by byte tiles, for
/// levels that multiply pairs in 16 bits; none for other ops.
std::optional<PairShares> getPairShares(Operation *op);

/// Returns the halo that a contraction wants around `operand`, as
/// `getWantedHalo`.
Halo getContractionHalo(Operation *op, unsigned operand);

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_CONTRACTION_H
