//===- StridedNest.h - loops over strided boxes ----------------------*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layouts with halos, broadcasts, slices and transposes are all boxes of
// elements with one stride per axis. A nest walks several boxes of one shape
// in step and hands out the innermost runs.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_STRIDEDNEST_H
#define NARROW_LIB_CODEGEN_KERNELS_STRIDEDNEST_H

#include "../Emit/KernelBuilder.h"

namespace narrow::codegen {

/// Element (i0, i1, ...) lies at `origin` + sum of `strides[k] * ik`, in
/// elements. A stride of 0 repeats an element.
struct StridedView {
  int64_t origin = 0;
  SmallVector<int64_t> strides;

  /// Every element of a buffer.
  static StridedView of(const BufferLayout &layout);
  /// A buffer of size-1 axes stretched to `shape` (same rank).
  static StridedView broadcast(const BufferLayout &layout,
                               ArrayRef<int64_t> shape);
  /// Returns strides of a dense row-major tensor.
  static SmallVector<int64_t> denseStrides(ArrayRef<int64_t> shape);
};

/// An innermost run: element offsets into each box and their steps.
struct NestRun {
  SmallVector<Value> offsets;
  SmallVector<int64_t> steps;
  int64_t length;
};

/// Drops axes of size 1 and merges axis pairs that every box walks evenly; at
/// least one axis is left.
std::pair<SmallVector<int64_t>, SmallVector<StridedView>>
mergeAxes(ArrayRef<int64_t> sizes, ArrayRef<StridedView> views);

/// Emits loops over `sizes`, merging axes where all boxes allow it, down to
/// runs along the last remaining axis.
void emitNest(KernelBuilder &kb, ArrayRef<int64_t> sizes,
              ArrayRef<StridedView> views,
              function_ref<void(const NestRun &)> body);

/// Emits a copy of `sizes` elements from one box to another; vectors where
/// both are contiguous.
void emitCopy(KernelBuilder &kb, ArrayRef<int64_t> sizes,
              const TypedBuffer &from, const StridedView &fromView,
              const TypedBuffer &to, const StridedView &toView);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_STRIDEDNEST_H
