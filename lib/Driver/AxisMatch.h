//===- AxisMatch.h - tensors in the model's order of axes ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_AXISMATCH_H
#define NARROW_LIB_DRIVER_AXISMATCH_H

#include "narrow/Driver/TensorDump.h"

namespace narrow {

/// Calls `visit` with the offset in a row-major tensor of `shape` of each
/// element of its transpose, whose axis i is axis `order[i]`, in the
/// transpose's row-major order.
void forTransposed(ArrayRef<int64_t> shape, ArrayRef<unsigned> order,
                   function_ref<void(int64_t offset)> visit);

/// Returns `dump` with the axes of each tensor as the tensor of that name in
/// `imported` has them. Preparing a model moves axes and keeps no record of it
/// (an order is whatever costs least), so that the order is read off the
/// elements: of all that give the imported shape it is the one whose elements
/// are closest on the first sample. What is not in `imported`, or has another
/// number of elements there, is no tensor of the model and left out.
TensorDump restoreAxes(TensorDump dump, const TensorDump &imported);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_AXISMATCH_H
