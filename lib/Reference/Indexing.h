//===- Indexing.h - positions in row-major tensors -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REFERENCE_INDEXING_H
#define NARROW_LIB_REFERENCE_INDEXING_H

#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Support/LLVM.h"

namespace narrow::reference {

/// Gives the index along one axis of a flat row-major position.
class AxisIndex {
public:
  AxisIndex(ArrayRef<int64_t> shape, int64_t axis) {
    if (shape.empty())
      return;
    size = shape[axis];
    for (int64_t extent : shape.drop_front(axis + 1))
      inner *= extent;
  }
  /// The channels of a tensor: the axis its scales belong to, else the last.
  AxisIndex(RankedTensorType type, const fxp::QuantView &view)
      : AxisIndex(type.getShape(),
                  view.isPerAxis() ? view.getAxis() : type.getRank() - 1) {}

  int64_t operator()(int64_t flat) const { return flat / inner % size; }

private:
  int64_t inner = 1, size = 1;
};

/// Calls `body` with each index of `shape`, in row-major order.
inline void forEachIndex(ArrayRef<int64_t> shape,
                         function_ref<void(ArrayRef<int64_t>)> body) {
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t elements = 1;
  for (int64_t extent : shape)
    elements *= extent;
  for (int64_t i = 0; i < elements; ++i) {
    body(index);
    for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0;
         --axis) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

/// Returns how far elements that are neighbours along each axis lie apart in a
/// row-major tensor.
inline SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t axis = static_cast<int64_t>(shape.size()) - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/// The same where extents of 1 are broadcast: their stride is 0.
inline SmallVector<int64_t> getBroadcastStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides = getStrides(shape);
  for (auto [stride, extent] : llvm::zip_equal(strides, shape))
    if (extent == 1)
      stride = 0;
  return strides;
}

/// Calls `body(i, l, r)` with each flat position `i` of `shape`, in row-major
/// order, and the positions that `left` and `right`, strides along its axes,
/// make of the same index.
template <typename Body>
void forEachPosition(ArrayRef<int64_t> shape, ArrayRef<int64_t> left,
                     ArrayRef<int64_t> right, Body body) {
  int64_t row = shape.empty() ? 1 : shape.back();
  int64_t leftStep = shape.empty() ? 0 : left.back();
  int64_t rightStep = shape.empty() ? 0 : right.back();
  int64_t position = 0;
  ArrayRef<int64_t> outer = shape.empty() ? shape : shape.drop_back();
  forEachIndex(outer, [&](ArrayRef<int64_t> index) {
    int64_t l = 0, r = 0;
    for (auto [axis, i] : llvm::enumerate(index)) {
      l += i * left[axis];
      r += i * right[axis];
    }
    for (int64_t i = 0; i < row; ++i)
      body(position++, l + i * leftStep, r + i * rightStep);
  });
}

/// Calls `body(i, at)` likewise, with one list of strides.
template <typename Body>
void forEachPosition(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides,
                     Body body) {
  forEachPosition(shape, strides, strides,
                  [&](int64_t i, int64_t at, int64_t) { body(i, at); });
}

/// Returns the flat row-major position of `index`; an extent of 1 takes any
/// index (broadcasting).
inline int64_t flatten(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t flat = 0;
  for (auto [i, extent] : llvm::zip_equal(index, shape))
    flat = flat * extent + (extent == 1 ? 0 : i);
  return flat;
}

/// The taps of a window along one axis that lie inside the input:
/// tap k of output position o reads input position o * stride + k * dilation -
/// pad.
struct WindowAxis {
  int64_t in, kernel, stride, dilation, pad;

  int64_t position(int64_t o, int64_t k) const {
    return o * stride + k * dilation - pad;
  }
  int64_t begin(int64_t o) const {
    int64_t k = 0;
    while (k < kernel && position(o, k) < 0)
      ++k;
    return k;
  }
  int64_t end(int64_t o) const {
    int64_t k = kernel;
    while (k > 0 && position(o, k - 1) >= in)
      --k;
    return k;
  }
};

} // namespace narrow::reference

#endif // NARROW_LIB_REFERENCE_INDEXING_H
