//===- BufferLayout.cpp - where a tensor lies in its buffer ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/Kernel.h"
#include "llvm/Support/raw_ostream.h"

using namespace narrow;
using namespace narrow::codegen;

Kernel::~Kernel() = default;

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

BufferLayout BufferLayout::dense(ArrayRef<int64_t> shape,
                                 unsigned elementBytes) {
  BufferLayout layout;
  layout.shape.assign(shape.begin(), shape.end());
  layout.elementBytes = elementBytes;
  if (shape.size() == 4) {
    layout.pixelStride = shape[3];
    layout.rowStride = shape[2] * shape[3];
    layout.imageStride = shape[1] * layout.rowStride;
  }
  layout.bufferBytes = product(shape) * elementBytes + kSlackBytes;
  return layout;
}

BufferLayout BufferLayout::withHalo(ArrayRef<int64_t> shape,
                                    unsigned elementBytes, int64_t top,
                                    int64_t left, int64_t bottom,
                                    int64_t right) {
  BufferLayout layout = dense(shape, elementBytes);
  if (top == 0 && left == 0 && bottom == 0 && right == 0)
    return layout;
  assert(shape.size() == 4 && "only images have a halo");
  layout.haloTop = top;
  layout.haloLeft = left;
  layout.haloBottom = bottom;
  layout.haloRight = right;
  layout.rowStride = (left + shape[2] + right) * shape[3];
  layout.origin = top * layout.rowStride + left * shape[3];
  layout.imageStride = (top + shape[1] + bottom) * layout.rowStride;
  layout.bufferBytes =
      shape[0] * layout.imageStride * elementBytes + kSlackBytes;
  return layout;
}

bool BufferLayout::isDense() const {
  if (origin != 0 || haloTop || haloLeft || haloBottom || haloRight)
    return false;
  if (shape.size() != 4)
    return true;
  return pixelStride == shape[3] && rowStride == shape[2] * shape[3] &&
         imageStride == shape[1] * rowStride;
}

std::string BufferLayout::key() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(shape, os, "x");
  os << "b" << elementBytes;
  if (!isDense())
    os << "o" << origin << "p" << pixelStride << "r" << rowStride << "i"
       << imageStride << "h" << haloTop << "." << haloLeft << "." << haloBottom
       << "." << haloRight;
  return text;
}
