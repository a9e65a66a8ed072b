//===- TensorBuilderMovement.cpp - reshape, transpose, slice, pad ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"

#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace narrow;
using namespace narrow::frontend;
namespace tosa = mlir::tosa;

std::optional<Shape> frontend::broadcastShapes(ArrayRef<int64_t> lhs,
                                               ArrayRef<int64_t> rhs) {
  Shape result(std::max(lhs.size(), rhs.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t a = i < lhs.size() ? lhs[lhs.size() - 1 - i] : 1;
    int64_t b = i < rhs.size() ? rhs[rhs.size() - 1 - i] : 1;
    if (a != b && a != 1 && b != 1)
      return std::nullopt;
    result[result.size() - 1 - i] = a == 1 ? b : a;
  }
  return result;
}

Shape frontend::getStrides(ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/// Makes a constant of `shape` whose element at each index is the source's at
/// `offset + Σ index · stride`.
static Literal takeStrided(const Literal &source, ArrayRef<int64_t> shape,
                           ArrayRef<int64_t> strides, int64_t offset) {
  Literal result(source.type, shape);
  int64_t count = getNumElements(shape);
  Shape index(shape.size(), 0);
  for (int64_t i = 0; i < count; ++i) {
    if (isFloat(source.type))
      result.floats[i] = source.floats[offset];
    else
      result.integers[i] = source.integers[offset];
    for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0;
         --axis) {
      offset += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      offset -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}

RankedTensorType TensorBuilder::getType(DataType type,
                                        ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape,
                               getStorageType(builder.getContext(), type));
}

bool TensorBuilder::checkConstant(ArrayRef<int64_t> shape) {
  if (!checkSize(shape))
    return false;
  pool.computed += frontend::getNumElements(shape);
  int64_t limit = kMaxComputed + kComputedPerHeld * pool.held;
  if (pool.computed <= limit)
    return true;
  (void)reporter.error(
      "a constant of shape " + toString(shape) +
      " is too large: those that the model computes may have " + Twine(limit) +
      " elements together");
  return false;
}

bool TensorBuilder::checkSize(ArrayRef<int64_t> shape) {
  if (static_cast<int64_t>(shape.size()) > kMaxRank) {
    (void)reporter.error("expected a tensor of rank " + Twine(kMaxRank) +
                         " at most, found rank " + Twine(shape.size()));
    return false;
  }
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0 || (size && count > kMaxElements / size)) {
      (void)reporter.error("a tensor of shape " + toString(shape) +
                           " is too large");
      return false;
    }
    count *= size;
  }
  return true;
}

mlir::Value TensorBuilder::materialize(const Tensor &tensor) {
  if (!tensor)
    return {};
  if (tensor.value)
    return tensor.value;
  if (tensor.getNumElements() == 0) {
    (void)reporter.unsupported("tensors without elements");
    return {};
  }
  auto &[value, keepAlive] = pool.values[tensor.literal.get()];
  if (value)
    return value;
  const Literal &literal = *tensor.literal;
  RankedTensorType type = getType(literal.type, literal.shape);
  ElementsAttr attr;
  if (isFloat(literal.type)) {
    attr = makeConstant(type, ArrayRef<float>(literal.floats));
  } else if (isBool(literal.type)) {
    SmallVector<bool> bits(literal.integers.begin(), literal.integers.end());
    attr = makeConstant(type, ArrayRef<bool>(bits));
  } else {
    attr = makeConstant(type, ArrayRef<int64_t>(literal.integers));
  }
  keepAlive = tensor.literal;
  value = create<tosa::ConstOp>(type, attr);
  return value;
}

mlir::Value TensorBuilder::makeShape(ArrayRef<int64_t> values) {
  auto type = tosa::shapeType::get(builder.getContext(), values.size());
  return create<tosa::ConstShapeOp>(type, builder.getIndexTensorAttr(values));
}

Tensor TensorBuilder::reshape(Tensor tensor, ArrayRef<int64_t> shape) {
  if (!tensor || ArrayRef<int64_t>(tensor.shape) == shape)
    return tensor;
  if (!checkSize(shape))
    return {};
  assert(getNumElements(shape) == tensor.getNumElements());
  if (tensor.literal) {
    Literal result = *tensor.literal;
    result.shape.assign(shape.begin(), shape.end());
    return result;
  }
  return {create<tosa::ReshapeOp>(getType(tensor.type, shape), tensor.value,
                                  makeShape(shape)),
          tensor.type};
}

Tensor TensorBuilder::expandRank(Tensor tensor, int64_t rank) {
  if (!tensor || tensor.getRank() >= rank)
    return tensor;
  Shape shape(rank - tensor.getRank(), 1);
  shape.append(tensor.shape.begin(), tensor.shape.end());
  return reshape(tensor, shape);
}

Tensor TensorBuilder::transpose(Tensor tensor, ArrayRef<int64_t> perm) {
  if (!tensor || llvm::is_sorted(perm))
    return tensor;
  Shape shape, strides, source = getStrides(tensor.shape);
  for (int64_t axis : perm) {
    shape.push_back(tensor.shape[axis]);
    strides.push_back(source[axis]);
  }
  if (tensor.literal)
    return checkConstant(shape)
               ? takeStrided(*tensor.literal, shape, strides, 0)
               : Tensor();
  SmallVector<int32_t> perms(perm.begin(), perm.end());
  return {create<tosa::TransposeOp>(getType(tensor.type, shape), tensor.value,
                                    perms),
          tensor.type};
}

Tensor TensorBuilder::slice(Tensor tensor, ArrayRef<int64_t> start,
                            ArrayRef<int64_t> size) {
  if (!tensor || ArrayRef<int64_t>(tensor.shape) == size)
    return tensor;
  if (tensor.literal) {
    Shape strides = getStrides(tensor.shape);
    int64_t offset = 0;
    for (size_t i = 0; i < start.size(); ++i)
      offset += start[i] * strides[i];
    if (!checkConstant(size))
      return {};
    return takeStrided(*tensor.literal, size, strides, offset);
  }
  if (getNumElements(size) == 0)
    return Literal(tensor.type, size);
  return {create<tosa::SliceOp>(getType(tensor.type, size), tensor.value,
                                makeShape(start), makeShape(size)),
          tensor.type};
}

Tensor TensorBuilder::slice(Tensor tensor, int64_t axis, int64_t start,
                            int64_t count, int64_t step) {
  if (!tensor)
    return {};
  Shape shape = tensor.shape, begin(shape.size(), 0);
  int64_t extent = shape[axis];
  if (tensor.literal) {
    Shape strides = getStrides(shape);
    int64_t offset = count ? start * strides[axis] : 0;
    strides[axis] *= step;
    shape[axis] = count;
    if (!checkConstant(shape))
      return {};
    return takeStrided(*tensor.literal, shape, strides, offset);
  }
  if (step < 0)
    return slice(reverse(tensor, axis), axis, extent - 1 - start, count, -step);
  begin[axis] = start;
  if (step == 1 || count <= 1) {
    shape[axis] = count;
    return slice(tensor, begin, shape);
  }
  // Cut to a whole number of steps, split the axis into [count, step], and take
  // the first of each step.
  int64_t missing = start + count * step - extent;
  if (missing > 0) {
    Shape low(shape.size(), 0), high(shape.size(), 0);
    high[axis] = missing;
    tensor = pad(tensor, low, high, 0);
  }
  shape[axis] = count * step;
  tensor = slice(tensor, begin, shape);
  Shape split = shape;
  split[axis] = count;
  split.insert(split.begin() + axis + 1, step);
  tensor = reshape(tensor, split);
  split[axis + 1] = 1;
  tensor = slice(tensor, Shape(split.size(), 0), split);
  shape[axis] = count;
  return reshape(tensor, shape);
}

Tensor TensorBuilder::concat(ArrayRef<Tensor> tensors, int64_t axis) {
  SmallVector<Tensor> parts;
  bool constant = true;
  Shape shape;
  for (const Tensor &tensor : tensors) {
    if (!tensor)
      return {};
    if (shape.empty())
      shape = tensor.shape;
    else
      shape[axis] += tensor.shape[axis];
    if (tensor.shape[axis] == 0)
      continue;
    constant &= tensor.literal != nullptr;
    parts.push_back(tensor);
  }
  if (parts.size() == 1)
    return parts.front();
  if (!(constant ? checkConstant(shape) : checkSize(shape)))
    return {};
  if (!constant) {
    SmallVector<mlir::Value> values;
    for (const Tensor &part : parts) {
      values.push_back(materialize(part));
      if (!values.back())
        return {};
    }
    return {
        create<tosa::ConcatOp>(getType(tensors[0].type, shape), values, axis),
        tensors[0].type};
  }
  Literal result(tensors[0].type, shape);
  int64_t outer = getNumElements(ArrayRef(shape).take_front(axis));
  int64_t inner = getNumElements(ArrayRef(shape).drop_front(axis + 1));
  int64_t at = 0;
  for (int64_t o = 0; o < outer; ++o)
    for (const Tensor &part : parts) {
      int64_t run = part.shape[axis] * inner;
      if (isFloat(result.type))
        std::copy_n(part.literal->floats.begin() + o * run, run,
                    result.floats.begin() + at);
      else
        std::copy_n(part.literal->integers.begin() + o * run, run,
                    result.integers.begin() + at);
      at += run;
    }
  return result;
}

Tensor TensorBuilder::pad(Tensor tensor, ArrayRef<int64_t> low,
                          ArrayRef<int64_t> high, double value) {
  if (!tensor || (llvm::all_of(low, [](int64_t v) { return v == 0; }) &&
                  llvm::all_of(high, [](int64_t v) { return v == 0; })))
    return tensor;
  Shape shape = tensor.shape, padding;
  for (size_t i = 0; i < shape.size(); ++i) {
    shape[i] += low[i] + high[i];
    padding.push_back(low[i]);
    padding.push_back(high[i]);
  }
  if (!checkSize(shape))
    return {};
  if (tensor.literal) {
    if (!checkConstant(shape))
      return {};
    Literal result(tensor.type, shape);
    for (int64_t i = 0, e = getNumElements(shape); i < e; ++i)
      result.set(i, value);
    Shape strides = getStrides(shape), index(shape.size(), 0);
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
      int64_t at = 0;
      for (size_t d = 0; d < shape.size(); ++d)
        at += (index[d] + low[d]) * strides[d];
      if (isFloat(tensor.type))
        result.floats[at] = tensor.literal->floats[i];
      else
        result.integers[at] = tensor.literal->integers[i];
      for (int64_t d = static_cast<int64_t>(shape.size()) - 1;
           d >= 0 && ++index[d] == tensor.shape[d]; --d)
        index[d] = 0;
    }
    return result;
  }
  Literal padValue(tensor.type, {1});
  padValue.set(0, value);
  return {create<tosa::PadOp>(getType(tensor.type, shape), tensor.value,
                              makeShape(padding), materialize(padValue)),
          tensor.type};
}

Tensor TensorBuilder::reverse(Tensor tensor, int64_t axis) {
  if (!tensor || tensor.shape[axis] == 1)
    return tensor;
  if (tensor.literal)
    return slice(tensor, axis, tensor.shape[axis] - 1, tensor.shape[axis], -1);
  return {create<tosa::ReverseOp>(tensor.value.getType(), tensor.value, axis),
          tensor.type};
}
