//===- Reduction.cpp - reductions and positions of extremes ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

/// Reads the axes (an operand in newer opsets) and `keepdims`, and sets the
/// result of `emit`.
static LogicalResult
importReduceLike(Node &node,
                 function_ref<Tensor(Tensor, ArrayRef<int64_t>, bool)> emit) {
  if (failed(node.expectOperands(1)))
    return failure();
  auto given = node.getIntsFromEither(1, "axes");
  if (failed(given))
    return failure();
  SmallVector<int64_t> all;
  for (int64_t i = 0; i < node[0].getRank(); ++i)
    all.push_back(i);
  SmallVector<int64_t> wanted = given->value_or(all);
  if (wanted.empty() && !node.getInt("noop_with_empty_axes", 0))
    wanted = all;
  auto axes = node.normalizeAxes(wanted, node[0].getRank());
  if (failed(axes))
    return failure();
  bool keepDims = node.getInt("keepdims", 1) != 0;
  return node.set(0, emit(node[0], *axes, keepDims));
}

LogicalResult frontend::importReduce(Node &node, ReduceOp op) {
  return importReduceLike(
      node, [&](Tensor input, ArrayRef<int64_t> axes, bool keepDims) {
        return node.b.reduce(op, input, axes, keepDims);
      });
}

LogicalResult frontend::importReduceMean(Node &node) {
  return importReduceLike(
      node, [&](Tensor input, ArrayRef<int64_t> axes, bool keepDims) {
        return node.b.mean(input, axes, keepDims);
      });
}

LogicalResult frontend::importReduceL1(Node &node) {
  return importReduceLike(
      node, [&](Tensor input, ArrayRef<int64_t> axes, bool keepDims) {
        return node.b.reduce(ReduceOp::Sum, node.b.unary(UnaryOp::Abs, input),
                             axes, keepDims);
      });
}

LogicalResult frontend::importReduceSumSquare(Node &node) {
  return importReduceLike(
      node, [&](Tensor input, ArrayRef<int64_t> axes, bool keepDims) {
        return node.b.reduce(ReduceOp::Sum,
                             node.b.binary(BinaryOp::Mul, input, input), axes,
                             keepDims);
      });
}

LogicalResult frontend::importReduceL2(Node &node) {
  return importReduceLike(node, [&](Tensor input, ArrayRef<int64_t> axes,
                                    bool keepDims) {
    TensorBuilder &b = node.b;
    Tensor sum = b.reduce(ReduceOp::Sum, b.binary(BinaryOp::Mul, input, input),
                          axes, keepDims);
    return b.cast(b.unary(UnaryOp::Sqrt, b.cast(sum, DataType::F32)),
                  input.type);
  });
}

LogicalResult frontend::importReduceLogSum(Node &node) {
  return importReduceLike(node, [&](Tensor input, ArrayRef<int64_t> axes,
                                    bool keepDims) {
    return node.b.unary(UnaryOp::Log,
                        node.b.reduce(ReduceOp::Sum, input, axes, keepDims));
  });
}

LogicalResult frontend::importReduceLogSumExp(Node &node) {
  return importReduceLike(node, [&](Tensor input, ArrayRef<int64_t> axes,
                                    bool keepDims) {
    TensorBuilder &b = node.b;
    Tensor largest = b.reduce(ReduceOp::Max, input, axes, true);
    Tensor sum =
        b.reduce(ReduceOp::Sum,
                 b.unary(UnaryOp::Exp, b.binary(BinaryOp::Sub, input, largest)),
                 axes, true);
    Tensor result =
        b.binary(BinaryOp::Add, b.unary(UnaryOp::Log, sum), largest);
    return keepDims ? result : b.reduce(ReduceOp::Sum, result, axes, false);
  });
}

static LogicalResult importArg(Node &node, bool isMin) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  Tensor input = node[0];
  auto axis = node.normalizeAxis(node.getInt("axis", 0), input.getRank());
  if (failed(axis))
    return failure();
  bool last = node.getInt("select_last_index", 0) != 0;
  if (isMin)
    input = isFloat(input.type) ? b.unary(UnaryOp::Neg, input)
                                : b.unary(UnaryOp::BitNot, input);
  if (last)
    input = b.reverse(input, *axis);
  Tensor index = b.argMax(input, *axis);
  if (last && index)
    index = b.binary(
        BinaryOp::Sub,
        b.scalar(DataType::I64, static_cast<double>(input.shape[*axis] - 1)),
        index);
  if (index && !node.getInt("keepdims", 1)) {
    Shape shape = index.shape;
    shape.erase(shape.begin() + *axis);
    index = b.reshape(index, shape);
  }
  return node.set(0, index);
}

LogicalResult frontend::importArgMax(Node &node) {
  return importArg(node, false);
}

LogicalResult frontend::importArgMin(Node &node) {
  return importArg(node, true);
}

/// A running sum is a product with a triangular matrix of ones.
LogicalResult frontend::importCumSum(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  const Tensor &input = node[0];
  auto given = node.getConstantInts(1, "axis");
  if (failed(given))
    return failure();
  if (given->size() != 1)
    return node.error("expected one axis");
  auto axis = node.normalizeAxis(given->front(), input.getRank());
  if (failed(axis))
    return failure();
  bool exclusive = node.getInt("exclusive", 0) != 0;
  bool backwards = node.getInt("reverse", 0) != 0;
  int64_t extent = input.shape[*axis];
  if (extent > 4096)
    return node.unsupported("an axis of more than 4096");
  Literal triangle(input.type, {extent, extent});
  for (int64_t from = 0; from < extent; ++from)
    for (int64_t to = 0; to < extent; ++to)
      if ((backwards ? from > to : from < to) || (from == to && !exclusive))
        triangle.set(from * extent + to, 1);
  SmallVector<int64_t> perm;
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (i != *axis)
      perm.push_back(i);
  perm.push_back(*axis);
  SmallVector<int64_t> inverse(perm.size());
  for (auto [i, from] : llvm::enumerate(perm))
    inverse[from] = i;
  Tensor sums = b.matmul(b.transpose(input, perm), Tensor(triangle));
  return node.set(0, b.transpose(sums, inverse));
}

/// The places of the largest elements, and what stands there.
LogicalResult frontend::importTopK(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  int64_t count = node.getInt("k", 0);
  if (node.getOpset() >= 10) {
    auto given = node.getConstantInts(1, "k");
    if (failed(given))
      return failure();
    count = given->size() == 1 ? given->front() : -1;
  }
  const Tensor &input = node[0];
  auto axis = node.normalizeAxis(node.getInt("axis", -1), input.getRank());
  if (failed(axis))
    return failure();
  int64_t size = input.shape[*axis];
  if (count < 1 || count > size)
    return node.error("expected k from 1 to " + Twine(size) + ", found " +
                      Twine(count));
  // Rows of the axis, which moves to the end.
  SmallVector<int64_t> perm;
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (i != *axis)
      perm.push_back(i);
  perm.push_back(*axis);
  Tensor moved = b.transpose(input, perm);
  int64_t rows = input.getNumElements() / size;
  Tensor places = b.topK(b.reshape(moved, {rows, size}), count,
                         node.getInt("largest", 1) != 0);
  Tensor values = b.gatherRows(b.reshape(moved, {rows, size}), places);
  if (!places || !values)
    return failure();
  Shape shape = moved.shape;
  shape.back() = count;
  SmallVector<int64_t> back(perm.size());
  for (auto [i, from] : llvm::enumerate(perm))
    back[from] = static_cast<int64_t>(i);
  auto restore = [&](Tensor tensor) {
    return b.transpose(b.reshape(tensor, shape), back);
  };
  if (failed(node.set(0, restore(values))))
    return failure();
  return node.set(1, restore(b.cast(places, DataType::I64)));
}
