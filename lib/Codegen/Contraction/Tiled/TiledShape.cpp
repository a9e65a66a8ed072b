//===- TiledShape.cpp - the loops of a tiled contraction ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledShape.h"
#include "llvm/ADT/STLExtras.h"

using namespace narrow;
using namespace narrow::codegen;

int64_t TiledShape::runs() const {
  int64_t n = 1;
  for (const Loop &loop : kernel)
    n *= loop.count;
  return n;
}

void TiledShape::simplify() {
  // Rows that follow each other without a gap are one long row.
  if (rows > 1 && rowA == cols * pixelA && rowO == cols * pixelO &&
      rowR == cols * pixelR) {
    cols *= rows;
    rows = 1;
  }
  if (rows == 1 && images > 1 && imageA == cols * pixelA &&
      imageO == cols * pixelO && imageR == cols * pixelR) {
    cols *= images;
    images = 1;
  }
  llvm::erase_if(kernel, [](const Loop &loop) { return loop.count == 1; });
  while (!kernel.empty() && kernel.back().count &&
         kernel.back().stride == run) {
    run *= kernel.back().count;
    kernel.pop_back();
  }
}
