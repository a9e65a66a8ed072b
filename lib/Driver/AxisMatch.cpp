//===- AxisMatch.cpp - tensors in the model's order of axes ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisMatch.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace narrow;

void narrow::forTransposed(ArrayRef<int64_t> shape, ArrayRef<unsigned> order,
                           function_ref<void(int64_t offset)> visit) {
  SmallVector<int64_t> strides(shape.size(), 1), index(shape.size(), 0);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  int64_t count = 1, offset = 0;
  for (int64_t size : shape)
    count *= size;
  for (int64_t i = 0; i < count; ++i) {
    visit(offset);
    for (size_t axis = order.size(); axis-- > 0;) {
      unsigned source = order[axis];
      offset += strides[source];
      if (++index[axis] < shape[source])
        break;
      offset -= strides[source] * shape[source];
      index[axis] = 0;
    }
  }
}

/// Returns the order of axes in which `found`, one sample of `shape`, is
/// closest to `wanted`, of `wantedShape`; nothing where no order has that
/// shape.
static std::optional<SmallVector<unsigned>>
findOrder(ArrayRef<float> found, ArrayRef<int64_t> shape,
          ArrayRef<float> wanted, ArrayRef<int64_t> wantedShape) {
  if (shape.size() != wantedShape.size())
    return std::nullopt;
  std::optional<SmallVector<unsigned>> best;
  double least = std::numeric_limits<double>::infinity();
  SmallVector<unsigned> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    bool fits = llvm::all_of(llvm::enumerate(order), [&](auto axis) {
      return shape[axis.value()] == wantedShape[axis.index()];
    });
    if (!fits)
      continue;
    double error = 0;
    const float *next = wanted.data();
    forTransposed(shape, order, [&](int64_t offset) {
      double difference = double(found[offset]) - *next++;
      // What is not finite tells no order from another.
      if (std::isfinite(difference))
        error += difference * difference;
    });
    if (!best || error < least) {
      least = error;
      best = order;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

/// Axes of one element are where nobody sees them: a row may be an image of
/// one.
static SmallVector<int64_t> dropUnits(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> left(shape);
  llvm::erase(left, 1);
  return left;
}

TensorDump narrow::restoreAxes(TensorDump dump, const TensorDump &imported) {
  TensorDump restored;
  restored.sources = imported.sources;
  for (DumpedTensor &tensor : dump.tensors) {
    const DumpedTensor *wanted = imported.find(tensor.name);
    if (!wanted || wanted->elements.size() != tensor.elements.size() ||
        tensor.elements.empty())
      continue;
    size_t size = tensor.elements.size() / tensor.shape.front();
    SmallVector<int64_t> shape = dropUnits(ArrayRef(tensor.shape).drop_front());
    std::optional<SmallVector<unsigned>> order =
        findOrder(ArrayRef(tensor.elements).take_front(size), shape,
                  ArrayRef(wanted->elements).take_front(size),
                  dropUnits(ArrayRef(wanted->shape).drop_front()));
    DumpedTensor &result = restored.tensors.emplace_back();
    result.name = tensor.name;
    result.shape = wanted->shape;
    if (!order) {
      // Axes were split or merged: the same elements in the same order.
      result.elements = std::move(tensor.elements);
      continue;
    }
    result.elements.reserve(tensor.elements.size());
    for (size_t begin = 0; begin < tensor.elements.size(); begin += size)
      forTransposed(shape, *order, [&](int64_t offset) {
        result.elements.push_back(tensor.elements[begin + offset]);
      });
  }
  return restored;
}
