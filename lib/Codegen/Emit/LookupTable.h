//===- LookupTable.h - tables as kernels read them --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_LOOKUPTABLE_H
#define NARROW_LIB_CODEGEN_EMIT_LOOKUPTABLE_H

#include "KernelBuilder.h"

namespace narrow::codegen {

/// Entries of one table for inputs of one byte or two.
inline int64_t tableSlots(const StoredType &from) {
  return int64_t(1) << (8 * from.bytes);
}

/// Returns the table of a `fxp.lookup` with its entries, of `bytes` bytes, in
/// the order of the stored integers read as unsigned, `[tables][slots]`, so
/// that a kernel needs no subtraction.
std::vector<char> packTable(mlir::ElementsAttr table, const StoredType &from,
                            unsigned bytes);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_LOOKUPTABLE_H
