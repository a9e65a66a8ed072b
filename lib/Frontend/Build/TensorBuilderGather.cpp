//===- TensorBuilderGather.cpp - tile, broadcast, gather -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"

#include "llvm/Support/MathExtras.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace narrow;
using namespace narrow::frontend;
namespace tosa = mlir::tosa;

Tensor TensorBuilder::tile(Tensor tensor, ArrayRef<int64_t> repeats) {
  if (!tensor || llvm::all_of(repeats, [](int64_t v) { return v == 1; }))
    return tensor;
  Shape shape = tensor.shape;
  for (size_t i = 0; i < shape.size(); ++i)
    shape[i] = llvm::SaturatingMultiply<uint64_t>(shape[i], repeats[i]) >
                       uint64_t(kMaxElements)
                   ? kMaxElements + 1
                   : shape[i] * repeats[i];
  if (!checkSize(shape))
    return {};
  if (getNumElements(shape) == 0)
    return Literal(tensor.type, shape);
  if (tensor.literal) {
    if (!checkConstant(shape))
      return {};
    Literal result(tensor.type, shape);
    Shape strides = getStrides(tensor.shape), index(shape.size(), 0);
    for (int64_t i = 0, e = getNumElements(shape); i < e; ++i) {
      int64_t at = 0;
      for (size_t d = 0; d < shape.size(); ++d)
        at += index[d] % tensor.shape[d] * strides[d];
      if (isFloat(tensor.type))
        result.floats[i] = tensor.literal->floats[at];
      else
        result.integers[i] = tensor.literal->integers[at];
      for (int64_t d = static_cast<int64_t>(shape.size()) - 1;
           d >= 0 && ++index[d] == shape[d]; --d)
        index[d] = 0;
    }
    return result;
  }
  return {create<tosa::TileOp>(getType(tensor.type, shape), tensor.value,
                               makeShape(repeats)),
          tensor.type};
}

Tensor TensorBuilder::broadcastTo(Tensor tensor, ArrayRef<int64_t> shape) {
  if (!tensor)
    return {};
  auto common = broadcastShapes(tensor.shape, shape);
  if (!common || ArrayRef<int64_t>(*common) != shape) {
    (void)reporter.error("a tensor of shape " + toString(tensor.shape) +
                         " cannot be broadcast to " + toString(shape));
    return {};
  }
  tensor = expandRank(tensor, shape.size());
  Shape repeats(shape.size(), 1);
  for (size_t i = 0; i < shape.size(); ++i)
    if (tensor.shape[i] != shape[i])
      repeats[i] = shape[i];
  return tile(tensor, repeats);
}

Tensor TensorBuilder::gather(Tensor tensor, Tensor indices, int64_t axis) {
  if (!tensor || !indices)
    return {};
  int64_t extent = tensor.shape[axis];
  Shape shape(tensor.shape.begin(), tensor.shape.begin() + axis);
  shape.append(indices.shape.begin(), indices.shape.end());
  shape.append(tensor.shape.begin() + axis + 1, tensor.shape.end());
  if (!checkSize(shape))
    return {};
  int64_t outer = getNumElements(ArrayRef(tensor.shape).take_front(axis));
  int64_t inner = getNumElements(ArrayRef(tensor.shape).drop_front(axis + 1));
  int64_t count = indices.getNumElements();

  if (indices.literal) {
    SmallVector<int64_t> positions;
    for (int64_t i = 0; i < count; ++i) {
      int64_t at = isFloat(indices.type)
                       ? static_cast<int64_t>(indices.literal->floats[i])
                       : indices.literal->integers[i];
      if (at < -extent || at >= extent) {
        (void)reporter.error("index " + Twine(at) +
                             " is out of range for an axis of size " +
                             Twine(extent));
        return {};
      }
      positions.push_back(at < 0 ? at + extent : at);
    }
    // Evenly spaced indices are a slice.
    int64_t step = count > 1 ? positions[1] - positions[0] : 1;
    bool even = count > 0 && step != 0;
    for (int64_t i = 1; i < count; ++i)
      even &= positions[i] - positions[i - 1] == step;
    if (even || tensor.literal) {
      SmallVector<Tensor> rows;
      if (even)
        return reshape(slice(tensor, axis, positions[0], count, step), shape);
      Shape flat = tensor.shape;
      flat[axis] = count;
      if (count == 0)
        return Literal(tensor.type, shape);
      for (int64_t at : positions)
        rows.push_back(slice(tensor, axis, at, 1, 1));
      return reshape(concat(rows, axis), shape);
    }
    Literal wrapped(DataType::I32, indices.shape);
    wrapped.integers.assign(positions.begin(), positions.end());
    indices = wrapped;
  } else {
    Tensor negative =
        binary(BinaryOp::Greater, scalar(indices.type, 0), indices);
    indices = select(negative, binary(BinaryOp::Add, indices, extent), indices);
    indices = cast(indices, DataType::I32);
  }
  if (count == 0)
    return Literal(tensor.type, shape);
  Shape rows = {outer, count};
  indices = broadcastTo(reshape(indices, {1, count}), rows);
  mlir::Value values = materialize(reshape(tensor, {outer, extent, inner}));
  mlir::Value at = materialize(indices);
  if (!values || !at)
    return {};
  Tensor result(create<tosa::GatherOp>(
                    getType(tensor.type, {outer, count, inner}), values, at),
                tensor.type);
  return reshape(result, shape);
}

Tensor TensorBuilder::gatherRows(Tensor rows, Tensor places) {
  if (!rows || !places)
    return {};
  if (rows.literal && places.literal) {
    Literal result(rows.type, places.shape);
    for (int64_t i = 0, e = places.getNumElements(); i < e; ++i) {
      int64_t at =
          i / places.shape[1] * rows.shape[1] + places.literal->integers[i];
      if (isFloat(rows.type))
        result.floats[i] = rows.literal->floats[at];
      else
        result.integers[i] = rows.literal->integers[at];
    }
    return result;
  }
  mlir::Value values =
      materialize(reshape(rows, {rows.shape[0], rows.shape[1], 1}));
  mlir::Value at = materialize(places);
  if (!values || !at)
    return {};
  Tensor result(create<tosa::GatherOp>(
                    getType(rows.type, {places.shape[0], places.shape[1], 1}),
                    values, at),
                rows.type);
  return reshape(result, places.shape);
}

Tensor TensorBuilder::scatter(Tensor rows, Tensor positions, Tensor updates) {
  if (!rows || !positions || !updates)
    return {};
  int64_t count = rows.shape[0], inner = rows.shape[1],
          updated = positions.getNumElements();
  positions = binary(BinaryOp::Min, binary(BinaryOp::Max, positions, 0.0),
                     static_cast<double>(count - 1));
  mlir::Value base = materialize(reshape(rows, {1, count, inner}));
  mlir::Value at =
      materialize(reshape(cast(positions, DataType::I32), {1, updated}));
  mlir::Value values = materialize(reshape(updates, {1, updated, inner}));
  if (!base || !at || !values)
    return {};
  Tensor result(create<tosa::ScatterOp>(getType(rows.type, {1, count, inner}),
                                        base, at, values),
                rows.type);
  return reshape(result, rows.shape);
}
