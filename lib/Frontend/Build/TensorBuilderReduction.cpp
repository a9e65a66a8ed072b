//===- TensorBuilderReduction.cpp - reductions and matrix products --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"

#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <cmath>

using namespace narrow;
using namespace narrow::frontend;
namespace tosa = mlir::tosa;

static double combine(ReduceOp op, double a, double b) {
  switch (op) {
  case ReduceOp::Sum:
    return a + b;
  case ReduceOp::Prod:
    return a * b;
  case ReduceOp::Max:
    return std::max(a, b);
  case ReduceOp::Min:
    return std::min(a, b);
  }
  llvm_unreachable("unknown reduction");
}

static Literal foldReduce(ReduceOp op, const Literal &input, int64_t axis) {
  Shape shape = input.shape;
  int64_t count = shape[axis];
  shape[axis] = 1;
  int64_t inner = getStrides(input.shape)[axis];
  Literal result(input.type, shape);
  for (int64_t i = 0, e = getNumElements(shape); i < e; ++i) {
    int64_t at = i / inner * inner * count + i % inner;
    if (isFloat(input.type)) {
      double value = input.floats[at];
      for (int64_t k = 1; k < count; ++k)
        value = combine(op, value, input.floats[at + k * inner]);
      result.floats[i] = static_cast<float>(value);
      continue;
    }
    int64_t value = input.integers[at];
    for (int64_t k = 1; k < count; ++k) {
      int64_t next = input.integers[at + k * inner];
      value = op == ReduceOp::Sum    ? value + next
              : op == ReduceOp::Prod ? value * next
              : op == ReduceOp::Max  ? std::max(value, next)
                                     : std::min(value, next);
    }
    result.integers[i] = wrapInteger(input.type, value);
  }
  return result;
}

Tensor TensorBuilder::reduce(ReduceOp op, Tensor tensor, ArrayRef<int64_t> axes,
                             bool keepDims) {
  if (!tensor)
    return {};
  DataType type = tensor.type;
  if (isBool(type)) {
    // Minimum and maximum of booleans are "all" and "any".
    tensor = cast(tensor, DataType::I32);
  }
  for (int64_t axis : axes) {
    if (tensor.shape[axis] == 0) {
      (void)reporter.unsupported("tensors without elements");
      return {};
    }
    if (tensor.literal) {
      tensor = foldReduce(op, *tensor.literal, axis);
      continue;
    }
    if (tensor.shape[axis] == 1)
      continue;
    Shape shape = tensor.shape;
    shape[axis] = 1;
    RankedTensorType resultType = getType(tensor.type, shape);
    auto axisAttr = builder.getI32IntegerAttr(static_cast<int32_t>(axis));
    auto nan = tosa::NanPropagationModeAttr::get(
        builder.getContext(), tosa::NanPropagationMode::PROPAGATE);
    mlir::Value value = tensor.value;
    switch (op) {
    case ReduceOp::Sum:
      value = create<tosa::ReduceSumOp>(resultType, value, axisAttr);
      break;
    case ReduceOp::Prod:
      value = create<tosa::ReduceProductOp>(resultType, value, axisAttr);
      break;
    case ReduceOp::Max:
      value = create<tosa::ReduceMaxOp>(resultType, value, axisAttr, nan);
      break;
    case ReduceOp::Min:
      value = create<tosa::ReduceMinOp>(resultType, value, axisAttr, nan);
      break;
    }
    tensor = wrap({value, tensor.type});
  }
  if (isBool(type))
    tensor = cast(tensor, type);
  if (keepDims || !tensor)
    return tensor;
  Shape shape;
  for (int64_t i = 0; i < tensor.getRank(); ++i)
    if (!llvm::is_contained(axes, i))
      shape.push_back(tensor.shape[i]);
  return reshape(tensor, shape);
}

Tensor TensorBuilder::mean(Tensor tensor, ArrayRef<int64_t> axes,
                           bool keepDims) {
  if (!tensor)
    return {};
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= tensor.shape[axis];
  Tensor sum = reduce(ReduceOp::Sum, tensor, axes, keepDims);
  if (isFloat(tensor.type))
    return binary(BinaryOp::Mul, sum, 1.0 / static_cast<double>(count));
  return binary(BinaryOp::Div, sum, static_cast<double>(count));
}

Tensor TensorBuilder::argMax(Tensor tensor, int64_t axis) {
  if (!tensor)
    return {};
  Shape shape = tensor.shape;
  int64_t count = shape[axis];
  shape[axis] = 1;
  if (tensor.literal) {
    Literal result(DataType::I64, shape);
    int64_t inner = getStrides(tensor.shape)[axis];
    for (int64_t i = 0, e = getNumElements(shape); i < e; ++i) {
      int64_t at = i / inner * inner * count + i % inner;
      for (int64_t k = 1; k < count; ++k)
        if (tensor.literal->get(at + k * inner) >
            tensor.literal->get(at + result.integers[i] * inner))
          result.integers[i] = k;
    }
    return result;
  }
  Shape reduced = shape;
  reduced.erase(reduced.begin() + axis);
  auto nan = tosa::NanPropagationModeAttr::get(
      builder.getContext(), tosa::NanPropagationMode::PROPAGATE);
  Tensor index(create<tosa::ArgMaxOp>(
                   getType(DataType::I32, reduced), tensor.value,
                   builder.getI32IntegerAttr(static_cast<int32_t>(axis)), nan),
               DataType::I32);
  return reshape(cast(index, DataType::I64), shape);
}

Tensor TensorBuilder::topK(Tensor rows, int64_t count, bool largest) {
  if (!rows)
    return {};
  int64_t size = rows.shape[1];
  Shape shape = {rows.shape[0], count};
  if (rows.type == DataType::U64) {
    // The order of signed integers once the sign bits are flipped.
    Literal sign(DataType::U64, {1, 1});
    sign.integers[0] = INT64_MIN;
    rows = binary(BinaryOp::BitXor, rows, Tensor(sign));
    if (!rows)
      return {};
    rows.type = DataType::I64;
  }
  if (rows.literal) {
    const Literal &input = *rows.literal;
    Literal result(DataType::I32, shape);
    for (int64_t row = 0; row < shape[0]; ++row) {
      std::vector<int64_t> order(size);
      for (int64_t i = 0; i < size; ++i)
        order[i] = i;
      auto isAbove = [&](int64_t left, int64_t right) {
        if (!isFloat(input.type)) {
          int64_t x = input.integers[row * size + left],
                  y = input.integers[row * size + right];
          return largest ? x > y : x < y;
        }
        float x = input.floats[row * size + left],
              y = input.floats[row * size + right];
        // A NaN is above all numbers.
        if (std::isnan(x) || std::isnan(y))
          return std::isnan(largest ? x : y) && !std::isnan(largest ? y : x);
        return largest ? x > y : x < y;
      };
      std::partial_sort(order.begin(), order.begin() + count, order.end(),
                        [&](int64_t left, int64_t right) {
                          return isAbove(left, right) ||
                                 (!isAbove(right, left) && left < right);
                        });
      for (int64_t i = 0; i < count; ++i)
        result.integers[row * count + i] = order[i];
    }
    return result;
  }
  if (isBool(rows.type))
    rows = cast(rows, DataType::I32);
  mlir::Value input = materialize(rows);
  if (!input)
    return {};
  return {create<nn::TopKOp>(getType(DataType::I32, shape), input, !largest),
          DataType::I32};
}

Tensor TensorBuilder::matmul(Tensor lhs, Tensor rhs) {
  if (!lhs || !rhs)
    return {};
  bool vectorOnLeft = lhs.getRank() == 1, vectorOnRight = rhs.getRank() == 1;
  Tensor a = expandRank(lhs, 2);
  Tensor b = vectorOnRight ? reshape(rhs, {rhs.shape[0], 1}) : rhs;
  std::optional<Shape> batch;
  if (lhs.getRank() > 0 && rhs.getRank() > 0 &&
      a.shape.back() == b.shape[b.getRank() - 2])
    batch = broadcastShapes(ArrayRef(a.shape).drop_back(2),
                            ArrayRef(b.shape).drop_back(2));
  if (!batch) {
    (void)reporter.error("shapes " + toString(lhs.shape) + " and " +
                         toString(rhs.shape) + " cannot be multiplied");
    return {};
  }
  if (!isFloat(a.type) || a.type != b.type) {
    if (a.type != b.type || !isInteger(a.type)) {
      (void)reporter.error("expected matrices of one number type, found " +
                           getName(a.type) + " and " + getName(b.type));
      return {};
    }
    // Integer products: a sum over a broadcast product. It is rare.
    Shape left = a.shape, right = b.shape;
    left.push_back(1);
    right.insert(right.end() - 2, 1);
    Tensor product = binary(BinaryOp::Mul, reshape(a, left), reshape(b, right));
    if (!product)
      return {};
    Tensor sum = reduce(ReduceOp::Sum, product, {product.getRank() - 2}, false);
    Shape shape = *batch;
    if (!vectorOnLeft)
      shape.push_back(a.shape[a.getRank() - 2]);
    if (!vectorOnRight)
      shape.push_back(b.shape.back());
    return reshape(sum, shape);
  }
  int64_t m = a.shape[a.getRank() - 2], k = a.shape.back(), n = b.shape.back();
  Shape result = *batch;
  if (!vectorOnLeft)
    result.push_back(m);
  if (!vectorOnRight)
    result.push_back(n);

  // A constant matrix on the right is a layer with weights.
  if (b.literal && b.getRank() == 2 && !a.literal) {
    Literal bias(DataType::F32, {n});
    Shape shape = a.shape;
    shape.back() = n;
    mlir::Value input = materialize(a), zero = materialize(bias);
    mlir::Value weights = materialize(transpose(b, {1, 0}));
    if (!input || !weights)
      return {};
    return reshape(
        {create<nn::LinearOp>(getType(a.type, shape), input, weights, zero),
         a.type},
        result);
  }
  int64_t count = getNumElements(*batch);
  auto flatten = [&](Tensor tensor, int64_t rows, int64_t columns) {
    Shape shape = *batch;
    shape.push_back(rows);
    shape.push_back(columns);
    return reshape(broadcastTo(tensor, shape), {count, rows, columns});
  };
  mlir::Value left = materialize(flatten(a, m, k));
  mlir::Value right = materialize(flatten(b, k, n));
  if (!left || !right)
    return {};
  return reshape(
      {create<nn::MatMulOp>(getType(a.type, {count, m, n}), left, right),
       a.type},
      result);
}
