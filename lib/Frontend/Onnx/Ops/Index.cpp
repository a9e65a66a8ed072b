//===- Index.cpp - gathering, scattering and masks ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

LogicalResult frontend::importGather(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 1)))
    return failure();
  if (!isInteger(node[1].type))
    return node.error("expected indices of an integer type, found " +
                      getName(node[1].type));
  auto axis = node.normalizeAxis(node.getInt("axis", 0), node[0].getRank());
  if (failed(axis))
    return failure();
  return node.set(0, node.b.gather(node[0], node[1], *axis));
}

/// Element (i, j, k) of the result is data(i, indices(i, j, k), k) for axis 1:
/// a gather from the flat data at computed positions.
LogicalResult frontend::importGatherElements(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectRank(1, node[0].getRank())))
    return failure();
  const Tensor &data = node[0], &indices = node[1];
  auto axis = node.normalizeAxis(node.getInt("axis", 0), data.getRank());
  if (failed(axis))
    return failure();
  Shape strides = getStrides(data.shape);
  for (int64_t i = 0; i < data.getRank(); ++i)
    if (i != *axis && indices.shape[i] > data.shape[i])
      return node.error("indices of shape " + toString(indices.shape) +
                        " do not fit data of shape " + toString(data.shape));
  // Position = index · stride + the other axes' part, which is constant.
  Literal others(DataType::I64, indices.shape);
  Shape own = getStrides(indices.shape);
  for (int64_t at = 0; at < indices.getNumElements(); ++at)
    for (int64_t i = 0; i < data.getRank(); ++i)
      if (i != *axis)
        others.integers[at] += at / own[i] % indices.shape[i] * strides[i];
  Tensor index = b.cast(indices, DataType::I64);
  double extent = static_cast<double>(data.shape[*axis]);
  index =
      b.select(b.binary(BinaryOp::Greater, b.scalar(DataType::I64, 0), index),
               b.binary(BinaryOp::Add, index, extent), index);
  index = b.binary(BinaryOp::Mul, index, static_cast<double>(strides[*axis]));
  index = b.binary(BinaryOp::Add, index, Tensor(others));
  return node.set(0,
                  b.gather(b.reshape(data, {data.getNumElements()}), index, 0));
}

/// Turns index tuples (the last axis) into positions in the flattened leading
/// axes of `shape`; null if an error was reported.
static Tensor flattenTuples(TensorBuilder &b, Tensor tuples,
                            ArrayRef<int64_t> shape) {
  int64_t depth = tuples.shape.back();
  Shape strides = getStrides(shape.take_front(depth));
  Tensor position;
  for (int64_t i = 0; i < depth; ++i) {
    Tensor index =
        b.cast(b.slice(tuples, tuples.getRank() - 1, i, 1, 1), DataType::I64);
    index = b.select(
        b.binary(BinaryOp::Greater, b.scalar(DataType::I64, 0), index),
        b.binary(BinaryOp::Add, index, static_cast<double>(shape[i])), index);
    index = b.binary(BinaryOp::Mul, index, static_cast<double>(strides[i]));
    position = position ? b.binary(BinaryOp::Add, position, index) : index;
  }
  Shape flat = tuples.shape;
  flat.pop_back();
  return b.reshape(position, flat);
}

LogicalResult frontend::importGatherNd(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectRankAtLeast(1, 1)))
    return failure();
  const Tensor &data = node[0], &indices = node[1];
  int64_t batch = node.getInt("batch_dims", 0), depth = indices.shape.back();
  if (batch < 0 || batch >= std::min(data.getRank(), indices.getRank()) ||
      depth < 1 || batch + depth > data.getRank() ||
      ArrayRef(data.shape).take_front(batch) !=
          ArrayRef(indices.shape).take_front(batch))
    return node.error("indices of shape " + toString(indices.shape) +
                      " do not fit data of shape " + toString(data.shape));
  Tensor position =
      flattenTuples(b, indices, ArrayRef(data.shape).drop_front(batch));
  if (!position)
    return failure();
  int64_t batches = getNumElements(ArrayRef(data.shape).take_front(batch));
  int64_t rows = getNumElements(ArrayRef(data.shape).slice(batch, depth));
  int64_t inner =
      getNumElements(ArrayRef(data.shape).drop_front(batch + depth));
  Shape result = position.shape;
  result.append(data.shape.begin() + batch + depth, data.shape.end());
  // The batches lie behind each other.
  position =
      b.reshape(position, {batches, position.getNumElements() / batches});
  Literal offsets(DataType::I64, {batches, 1});
  for (int64_t i = 0; i < batches; ++i)
    offsets.integers[i] = i * rows;
  position = b.binary(BinaryOp::Add, position, Tensor(offsets));
  Tensor gathered =
      b.gather(b.reshape(data, {batches * rows, inner}), position, 0);
  return node.set(0, b.reshape(gathered, result));
}

/// Replaces rows of `data` ([rows, inner]) at constant positions by those of
/// `updates` ([count, inner]), combining where `op` is given. Later updates
/// win.
static Tensor scatterRows(Node &node, Tensor data, ArrayRef<int64_t> positions,
                          Tensor updates, std::optional<BinaryOp> op) {
  TensorBuilder &b = node.b;
  int64_t rows = data.shape[0], count = positions.size();
  for (int64_t at : positions)
    if (at < 0 || at >= rows) {
      (void)node.error("an index is out of range");
      return {};
    }
  // Without duplicates: one gather from data and updates behind each other.
  Tensor result = data;
  for (int64_t done = 0; done < count;) {
    Literal source(DataType::I64, {rows});
    for (int64_t i = 0; i < rows; ++i)
      source.integers[i] = i;
    SmallVector<bool> taken(rows, false);
    int64_t next = done;
    for (; next < count && !(op && taken[positions[next]]); ++next) {
      taken[positions[next]] = true;
      source.integers[positions[next]] = rows + next;
    }
    Tensor picked = b.gather(b.concat({result, updates}, 0), source, 0);
    if (op) {
      Literal mask(DataType::Bool, {rows, 1});
      for (int64_t i = 0; i < rows; ++i)
        mask.integers[i] = taken[i];
      picked = b.select(Tensor(mask), b.binary(*op, result, picked), result);
    }
    result = picked;
    done = next;
  }
  return result;
}

/// Reads `reduction`; none is a plain replacement.
static FailureOr<std::optional<BinaryOp>> readReduction(Node &node) {
  std::string name = node.getString("reduction", "none");
  if (name == "none")
    return std::optional<BinaryOp>();
  if (name == "add")
    return std::optional(BinaryOp::Add);
  if (name == "mul")
    return std::optional(BinaryOp::Mul);
  if (name == "min")
    return std::optional(BinaryOp::Min);
  if (name == "max")
    return std::optional(BinaryOp::Max);
  return node.error("reduction is '" + Twine(name) +
                    "', expected none, add, mul, min or max");
}

LogicalResult frontend::importScatterNd(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectRankAtLeast(1, 1)))
    return failure();
  const Tensor &data = node[0], &indices = node[1], &updates = node[2];
  auto op = readReduction(node);
  if (failed(op))
    return failure();
  if (!indices.literal)
    return node.unsupported("indices is not a constant");
  int64_t depth = indices.shape.back();
  if (depth < 1 || depth > data.getRank() || updates.type != data.type)
    return node.error("indices of shape " + toString(indices.shape) +
                      " do not fit data of shape " + toString(data.shape));
  Tensor positions = flattenTuples(b, indices, data.shape);
  if (!positions)
    return failure();
  int64_t rows = getNumElements(ArrayRef(data.shape).take_front(depth));
  int64_t inner = data.getNumElements() / rows;
  if (updates.getNumElements() != positions.getNumElements() * inner)
    return node.error("updates of shape " + toString(updates.shape) +
                      " do not fit the indices");
  Tensor result = scatterRows(
      node, b.reshape(data, {rows, inner}), positions.literal->integers,
      b.reshape(updates, {positions.getNumElements(), inner}), *op);
  return node.set(0, b.reshape(result, data.shape));
}

LogicalResult frontend::importScatterElements(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectRankAtLeast(0, 1)) ||
      failed(node.expectRank(1, node[0].getRank())) ||
      failed(node.expectShape(2, node[1].shape, "updates")))
    return failure();
  const Tensor &data = node[0], &indices = node[1];
  auto axis = node.normalizeAxis(node.getInt("axis", 0), data.getRank());
  auto op = readReduction(node);
  if (failed(axis) || failed(op))
    return failure();
  if (!indices.literal)
    return node.unsupported("indices is not a constant");
  Shape strides = getStrides(data.shape), own = getStrides(indices.shape);
  SmallVector<int64_t> positions;
  for (int64_t at = 0; at < indices.getNumElements(); ++at) {
    int64_t position = 0;
    for (int64_t i = 0; i < data.getRank(); ++i) {
      int64_t index = i == *axis ? indices.literal->integers[at]
                                 : at / own[i] % indices.shape[i];
      if (i == *axis && index < 0)
        index += data.shape[i];
      if (index < 0 || index >= data.shape[i])
        return node.error("an index is out of range");
      position += index * strides[i];
    }
    positions.push_back(position);
  }
  Tensor result =
      scatterRows(node, b.reshape(data, {data.getNumElements(), 1}), positions,
                  b.reshape(node[2], {node[2].getNumElements(), 1}), *op);
  return node.set(0, b.reshape(result, data.shape));
}

LogicalResult frontend::importOneHot(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)))
    return failure();
  auto depths = node.getConstantFloats(1, "depth");
  if (failed(depths))
    return failure();
  if (depths->size() != 1 || !(depths->front() >= 1 && depths->front() < 1e7))
    return node.error("expected a positive depth");
  int64_t depth = static_cast<int64_t>(depths->front());
  int64_t rank = node[0].getRank() + 1;
  auto axis = node.normalizeAxis(node.getInt("axis", -1), rank);
  if (failed(axis))
    return failure();
  if (failed(node.expectShape(2, {2}, "values")))
    return failure();
  Tensor index = b.cast(node[0], DataType::I64);
  index = b.select(
      b.binary(BinaryOp::Greater, b.scalar(DataType::I64, 0), index),
      b.binary(BinaryOp::Add, index, static_cast<double>(depth)), index);
  if (!index)
    return failure();
  Shape shape = index.shape, line(rank, 1);
  shape.insert(shape.begin() + *axis, 1);
  line[*axis] = depth;
  Literal positions(DataType::I64, line);
  for (int64_t i = 0; i < depth; ++i)
    positions.integers[i] = i;
  Tensor hot =
      b.binary(BinaryOp::Equal, b.reshape(index, shape), Tensor(positions));
  Tensor off = b.reshape(b.slice(node[2], 0, 0, 1, 1), {});
  Tensor on = b.reshape(b.slice(node[2], 0, 1, 1, 1), {});
  return node.set(0, b.select(hot, on, off));
}

LogicalResult frontend::importTrilu(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 2)))
    return failure();
  int64_t shift = 0;
  if (node[1]) {
    auto given = node.getConstantInts(1, "k");
    if (failed(given))
      return failure();
    shift = given->empty() ? 0 : given->front();
  }
  bool upper = node.getInt("upper", 1) != 0;
  ArrayRef<int64_t> shape = node[0].shape;
  int64_t rows = shape[shape.size() - 2], columns = shape.back();
  Literal mask(DataType::Bool, {rows, columns});
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      mask.integers[row * columns + column] =
          upper ? column - row >= shift : column - row <= shift;
  return node.set(0,
                  b.select(Tensor(mask), node[0], b.scalar(node[0].type, 0)));
}

LogicalResult frontend::importCompress(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)))
    return failure();
  auto condition = node.getConstantInts(1, "condition");
  if (failed(condition))
    return failure();
  Tensor input = node[0];
  int64_t axis = 0;
  if (node.hasAttribute("axis")) {
    auto given = node.normalizeAxis(node.getInt("axis", 0), input.getRank());
    if (failed(given))
      return failure();
    axis = *given;
  } else {
    input = b.reshape(input, {input.getNumElements()});
  }
  SmallVector<int64_t> kept;
  for (auto [i, keep] : llvm::enumerate(*condition))
    if (keep)
      kept.push_back(i);
  return node.set(0, b.gather(input, Tensor(makeVector(kept)), axis));
}

LogicalResult frontend::importNonZero(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  const Tensor &input = node[0];
  if (!input.literal)
    return node.unsupported("the input is not a constant");
  Shape strides = getStrides(input.shape);
  SmallVector<int64_t> found;
  for (int64_t i = 0; i < input.getNumElements(); ++i)
    if (input.literal->get(i) != 0)
      found.push_back(i);
  int64_t count = found.size();
  Literal result(DataType::I64, {input.getRank(), count});
  for (int64_t axis = 0; axis < input.getRank(); ++axis)
    for (int64_t i = 0; i < count; ++i)
      result.integers[axis * count + i] =
          found[i] / strides[axis] % input.shape[axis];
  return node.set(0, result);
}

LogicalResult frontend::importReverseSequence(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 2)))
    return failure();
  auto lengths = node.getConstantInts(1, "sequence_lens");
  if (failed(lengths))
    return failure();
  int64_t timeAxis = node.getInt("time_axis", 0);
  int64_t batchAxis = node.getInt("batch_axis", 1);
  if (timeAxis + batchAxis != 1 || timeAxis * batchAxis != 0 ||
      static_cast<int64_t>(lengths->size()) != node[0].shape[batchAxis])
    return node.error("expected axes 0 and 1 and a length for each sequence");
  SmallVector<Tensor> rows;
  for (auto [i, length] : llvm::enumerate(*lengths)) {
    if (length < 0 || length > node[0].shape[timeAxis])
      return node.error("a sequence length is out of range");
    Literal order(DataType::I64, {node[0].shape[timeAxis]});
    for (int64_t t = 0; t < node[0].shape[timeAxis]; ++t)
      order.integers[t] = t < length ? length - 1 - t : t;
    rows.push_back(
        b.gather(b.slice(node[0], batchAxis, i, 1, 1), order, timeAxis));
  }
  return node.set(0, b.concat(rows, batchAxis));
}
