//===- SegmentTable.h - functions between the entries of a table -*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations of recurrent layers (N80) and fxp.interpolate (N46) read two
// neighbouring entries, which one load of 32 bits fetches, and the place
// between them.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_SEGMENTTABLE_H
#define NARROW_LIB_CODEGEN_EMIT_SEGMENTTABLE_H

#include "KernelBuilder.h"

namespace narrow::codegen {

/// Returns i16 entries as a constant.
std::vector<char> packEntries(mlir::ElementsAttr entries);

/// Loads element `index` (i32) of `buffer` into each lane.
Value emitGather(KernelBuilder &kb, const TypedBuffer &buffer, Value index);

/// Returns `(T[i] * (2^14 - f) + T[i+1] * f + 2^(13 + fractionBits)) >>
/// (14 + fractionBits)` of i32 lanes, where `position` holds `i * 2^14 + f` and
/// `table` i16 elements.
Value emitBetween(KernelBuilder &kb, const TypedBuffer &table, Value position,
                  int64_t fractionBits);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_SEGMENTTABLE_H
