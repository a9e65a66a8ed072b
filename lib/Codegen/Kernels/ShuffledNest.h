//===- ShuffledNest.h - transposing nests by byte shuffles -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where elements that lie together on one side are a few steps apart on the
// other (NCHW to NHWC of an image and back, pixels unshuffled), vectors of
// outputs are put together from a few vectors of inputs.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_SHUFFLEDNEST_H
#define NARROW_LIB_CODEGEN_KERNELS_SHUFFLEDNEST_H

#include "StridedNest.h"

namespace narrow::codegen {

/// Emits `to[i] = from[i]` over `sizes` (as `mergeAxes` leaves them) by vectors
/// of 16 bytes, whose elements have `elementBytes`. `load` returns a vector of
/// consecutive elements of the input, `store` takes one of the output; both get
/// element offsets. `readable` elements of the input may be read.
///
/// Emits nothing and returns false
///  - on a level without vectors or for elements of more than 2 bytes;
///  - unless the output's innermost elements are contiguous over the last axis,
///    or the last two if the last has at most 4 elements;
///  - if a vector of outputs would need more than 8 of inputs;
///  - if inputs and outputs are contiguous alike: that is a plain copy.
bool emitShuffledNest(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                      const StridedView &fromView, const StridedView &toView,
                      unsigned elementBytes, int64_t readable,
                      function_ref<Value(Value at, unsigned lanes)> load,
                      function_ref<void(Value piece, Value at)> store);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_SHUFFLEDNEST_H
