//===- LookupTable.cpp - tables as kernels read them ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LookupTable.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::codegen;

std::vector<char> codegen::packTable(mlir::ElementsAttr table,
                                     const StoredType &from, unsigned bytes) {
  int64_t entries = table.getShapedType().getShape().back();
  int64_t tables = table.getNumElements() / entries;
  SmallVector<int64_t> values = getIntegers(table);
  int64_t slots = tableSlots(from);
  std::vector<char> result(tables * slots * bytes, 0);
  for (int64_t i = 0; i < table.getNumElements(); ++i) {
    int64_t stored = i % entries + from.lo;
    int64_t at = i / entries * slots + (stored & (slots - 1));
    uint64_t value = values[i];
    for (unsigned byte = 0; byte < bytes; ++byte)
      result[at * bytes + byte] = char(value >> (8 * byte));
  }
  return result;
}
