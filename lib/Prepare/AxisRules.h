//===- AxisRules.h - which ops may run in another axis order ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_AXISRULES_H
#define NARROW_LIB_PREPARE_AXISRULES_H

#include "AxisOrder.h"

namespace narrow::prepare {

/// Returns the operands of `op` that have the axes of its result, if the op
/// means the same with all of them and the result permuted alike by `perm`;
/// otherwise nothing. Shape operands, padding values and other scalars are not
/// among them.
SmallVector<mlir::OpOperand *> getPermutableOperands(Operation *op,
                                                     ArrayRef<int32_t> perm);

/// Makes `op` for permuted axes: `operands` are its permutable operands already
/// transposed by `perm`; the result is the old result transposed by `perm`.
/// Attributes that name axes are remapped; the others are kept.
Operation *cloneForPermutedAxes(OpBuilder &builder, Operation *op,
                                ArrayRef<int32_t> perm, ValueRange operands);

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_AXISRULES_H
