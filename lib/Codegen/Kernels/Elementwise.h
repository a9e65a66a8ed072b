//===- Elementwise.h - loops of elementwise kernels ------------------*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_ELEMENTWISE_H
#define NARROW_LIB_CODEGEN_KERNELS_ELEMENTWISE_H

#include "StridedNest.h"

namespace narrow::codegen {

/// One tensor of an elementwise kernel.
struct Box {
  TypedBuffer buffer;
  StridedView view;
};

/// Returns the box of argument `argument` under `layout`, stretched to `shape`.
Box makeBox(KernelBuilder &kb, Value argument, const StoredType &type,
            const BufferLayout &layout, ArrayRef<int64_t> shape);

/// Lanes of the inputs: i32 for integers, f32 for floats.
using ElementFunction =
    function_ref<Value(ArrayRef<Value> inputs, const LaneChannels &channels)>;

/// Emits `output[i] = function(inputs[i]...)` over `sizes`. The function gets
/// `width` or fewer lanes at a time; with `channelAxis` >= 0 its lanes are
/// neighbours along that axis, or of one channel if it is not the last, and
/// `channel` is the channel of lane 0 (an index). It returns i32 or f32 lanes.
void emitElementwise(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                     ArrayRef<Box> inputs, const Box &output, unsigned width,
                     int64_t channelAxis, ElementFunction function);

/// Emits `output[i] = function(input[i])` for a cast between f32 and stored
/// integers whose boxes have different orders: `emitShuffledNest` of the
/// integers, with the cast before or after it. Emits nothing and returns false
/// where that does.
bool emitShuffledCast(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                      const Box &input, const Box &output,
                      function_ref<Value(Value piece)> function);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_ELEMENTWISE_H
