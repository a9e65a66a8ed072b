//===- AxisOrder.h - permutations of axes ----------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A permutation `p` is written as TOSA's transpose writes it: axis i of the
// result is axis p[i] of the operand.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_AXISORDER_H
#define NARROW_LIB_PREPARE_AXISORDER_H

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow::prepare {

using Permutation = SmallVector<int32_t, 5>;

/// Returns the permutation that undoes `perm`.
Permutation invert(ArrayRef<int32_t> perm);

/// Returns the permutation of a transpose by `first`, then by `second`.
Permutation compose(ArrayRef<int32_t> first, ArrayRef<int32_t> second);

bool isIdentity(ArrayRef<int32_t> perm);

/// Returns the axis of the transposed tensor that holds the operand's `axis`.
int32_t mapAxis(ArrayRef<int32_t> perm, int32_t axis);

/// Returns the per-axis `values` (sizes, starts …) in the permuted order.
template <typename T>
SmallVector<T> permute(ArrayRef<T> values, ArrayRef<int32_t> perm) {
  SmallVector<T> result;
  for (int32_t axis : perm)
    result.push_back(values[axis]);
  return result;
}

/// Returns `type` with its axes permuted.
RankedTensorType permuteType(RankedTensorType type, ArrayRef<int32_t> perm);

/// Returns whether a transpose of `shape` by `perm` moves no element: the axes
/// of size above 1 keep their order.
bool movesOnlyUnitAxes(ArrayRef<int64_t> shape, ArrayRef<int32_t> perm);

/// Returns whether the op is a transpose with a valid permutation between
/// static shapes.
bool isStaticTranspose(mlir::tosa::TransposeOp op);

/// For a transpose by `perm` with the result `shape` that is then reshaped to
/// rows of `columns` elements: returns the first of the axes that make a row if
/// the transpose moves elements inside rows alone.
std::optional<size_t> findRowAxes(ArrayRef<int64_t> shape,
                                  ArrayRef<int32_t> perm, int64_t columns);

/// Makes a transpose of `value`; of a constant, the transposed constant.
Value createTranspose(OpBuilder &builder, Location loc, Value value,
                      ArrayRef<int32_t> perm);

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_AXISORDER_H
