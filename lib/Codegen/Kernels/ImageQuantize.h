//===- ImageQuantize.h - pixels from planes of floats ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_IMAGEQUANTIZE_H
#define NARROW_LIB_CODEGEN_KERNELS_IMAGEQUANTIZE_H

#include "Elementwise.h"

namespace narrow::codegen {

/// Emits N10 from an f32 image in 2 to 4 planes to 8-bit pixels of one scale
/// and zero point: `sizes` ends in pixels and planes, `input` walks pixels by 1
/// and `output` planes by 1. `factors` are `f32(1 / scale)`, or N12's with
/// `means`: one, or one per plane; `type` is the result's. Emits nothing and
/// returns false on a level without vectors, and unless the boxes are like that
/// and a row has at least a vector of pixels.
bool emitImageQuantize(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                       const Box &input, const Box &output,
                       ArrayRef<float> factors, ArrayRef<float> means,
                       const StoredType &type);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_IMAGEQUANTIZE_H
