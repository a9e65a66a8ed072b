//===- QAttention.cpp - attention with projections of integers ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX Runtime's QAttention: self-attention whose queries, keys and values are
// products of stored integers, and which computes with these in float.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Dynamic.h"
#include "Grids.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

namespace {
enum Operand : size_t {
  kInput,       ///< [batch, sequence, width], bytes.
  kWeights,     ///< [width, 3 · hidden], bytes.
  kBias,        ///< [3 · hidden]
  kInputScale,  ///< One number.
  kWeightScale, ///< One number, or one for each column.
  kMask,        ///< See `getSeen`.
  kInputZero,
  kWeightZero,
  kPast ///< [2, batch, heads, past, head]
};

struct Sizes {
  int64_t batch, queries, hidden, heads, past;

  int64_t keys() const { return past + queries; }
};
} // namespace

/// Checks the operands against each other.
static FailureOr<Sizes> readSizes(Node &node) {
  if (failed(node.expectOperands(5)) || failed(node.expectRank(kInput, 3)) ||
      failed(node.expectRank(kWeights, 2)))
    return failure();
  if (node.getInt("do_rotary", 0))
    return node.unsupported("rotary embeddings");
  if (node.getInt("past_present_share_buffer", 0))
    return node.unsupported("a past and a present in one buffer");
  ArrayRef<int64_t> input = node[kInput].shape, weights = node[kWeights].shape;
  if (weights[0] != input[2] || weights[1] % 3)
    return node.error("expected weights of shape [" + Twine(input[2]) +
                      ", 3 * hidden size], found " + toString(weights));
  Sizes sizes{input[0], input[1], weights[1] / 3, node.getInt("num_heads", 0),
              0};
  if (failed(node.expectShape(kBias, {weights[1]}, "a bias")))
    return failure();
  if (node[kInputScale] && node[kInputScale].getNumElements() != 1)
    return node.error("expected one scale of the input, found shape " +
                      toString(node[kInputScale].shape));
  if (sizes.heads < 1 || sizes.hidden % sizes.heads)
    return node.error("expected a number of heads that divides " +
                      Twine(sizes.hidden) + ", found " + Twine(sizes.heads));
  if (const Tensor &past = node[kPast]) {
    if (failed(node.expectRank(kPast, 5)))
      return failure();
    sizes.past = past.shape[3];
    Shape shape = {2, sizes.batch, sizes.heads, sizes.past,
                   sizes.hidden / sizes.heads};
    if (failed(node.expectShape(kPast, shape, "a past")))
      return failure();
  }
  return sizes;
}

/// Returns booleans, broadcastable to [B, 1, S, T], for the keys that the mask
/// lets through: [B] are the ends of the sequences, [2 · B] ends and starts,
/// [B, T] and [B, S, T] numbers above zero for keys that are there. Null where
/// all are, after an error where the mask has none of these shapes.
static Tensor getSeen(Node &node, const Sizes &sizes) {
  TensorBuilder &b = node.b;
  const Tensor &mask = node[kMask];
  ArrayRef<int64_t> shape = mask.shape;
  int64_t batch = sizes.batch, keys = sizes.keys();
  auto isAbove = [&](Shape aligned) {
    return b.binary(BinaryOp::Greater, b.reshape(mask, aligned), 0);
  };
  if (mask.type != DataType::I32) {
    (void)node.error("expected a mask of type int32, found " +
                     getName(mask.type));
    return {};
  }
  if (shape == ArrayRef({batch, keys}))
    return isAbove({batch, 1, 1, keys});
  if (shape == ArrayRef({batch, sizes.queries, keys}))
    return isAbove({batch, 1, sizes.queries, keys});
  // A column stands for no mask.
  if (shape.size() == 2 && shape[1] == 1 &&
      (shape[0] == batch || shape[0] == 1))
    return {};
  if (shape.size() != 1 || (shape[0] != batch && shape[0] != 2 * batch)) {
    (void)node.error("expected a mask of shape [" + Twine(batch) + "], [" +
                     Twine(2 * batch) + "], [" + Twine(batch) + ", " +
                     Twine(keys) + "] or [" + Twine(batch) + ", " +
                     Twine(sizes.queries) + ", " + Twine(keys) + "], found " +
                     toString(shape));
    return {};
  }
  Literal places(mask.type, {1, 1, 1, keys});
  for (int64_t i = 0; i < keys; ++i)
    places.integers[i] = i;
  auto part = [&](int64_t first) {
    return b.reshape(b.slice(mask, 0, first, batch, 1), {batch, 1, 1, 1});
  };
  Tensor seen = b.binary(BinaryOp::Greater, part(0), Tensor(places));
  if (shape[0] != batch)
    seen = b.binary(
        BinaryOp::And, seen,
        b.binary(BinaryOp::GreaterOrEqual, Tensor(places), part(batch)));
  return seen;
}

/// Returns what is added to the scores, broadcastable to [B, 1, S, T]; null for
/// nothing.
static Tensor getAddend(Node &node, const Sizes &sizes) {
  TensorBuilder &b = node.b;
  Tensor addend;
  if (node[kMask])
    if (Tensor seen = getSeen(node, sizes))
      addend = b.select(
          seen, b.scalar(DataType::F32, 0),
          b.scalar(DataType::F32, node.getFloat("mask_filter_value", -10000)));
  if (!node.getInt("unidirectional", 0) || sizes.queries == 1)
    return addend;
  Literal reached(DataType::Bool, {1, 1, sizes.queries, sizes.keys()});
  for (int64_t i = 0; i < sizes.queries; ++i)
    for (int64_t k = 0; k < sizes.keys(); ++k)
      reached.integers[i * sizes.keys() + k] = k <= sizes.past + i;
  if (!addend)
    addend = b.scalar(DataType::F32, 0);
  return b.select(
      Tensor(reached), addend,
      b.scalar(DataType::F32, std::numeric_limits<float>::lowest()));
}

LogicalResult frontend::importQAttention(Node &node) {
  TensorBuilder &b = node.b;
  auto sizes = readSizes(node);
  if (failed(sizes))
    return failure();
  Tensor input = dequantize(node, node[kInput], node[kInputScale],
                            node[kInputZero], -1),
         weights = getIntegerWeights(node, kWeights, node[kWeightScale],
                                     node[kWeightZero], 1);
  if (!input || !weights)
    return failure();
  // Queries, keys and values are layers of their own, each with its range.
  Tensor parts[3];
  for (int64_t i = 0; i < 3; ++i) {
    int64_t first = i * sizes->hidden;
    Tensor product =
        b.matmul(input, b.slice(weights, 1, first, sizes->hidden, 1));
    parts[i] =
        splitHeads(node,
                   b.binary(BinaryOp::Add, product,
                            b.slice(node[kBias], 0, first, sizes->hidden, 1)),
                   sizes->heads);
    if (!parts[i])
      return failure();
  }
  Shape pair = {1, sizes->batch, sizes->heads, sizes->keys(),
                sizes->hidden / sizes->heads};
  if (node[kPast])
    for (int64_t i : {0, 1}) {
      Shape shape(ArrayRef(pair).drop_front());
      shape[2] = sizes->past;
      Tensor past = b.reshape(b.slice(node[kPast], 0, i, 1, 1), shape);
      parts[i + 1] = b.concat({past, parts[i + 1]}, 2);
    }
  if (node.hasOutput(1) &&
      failed(node.set(
          1,
          b.concat({b.reshape(parts[1], pair), b.reshape(parts[2], pair)}, 0))))
    return failure();
  double scale = node.getFloat("scale", 0);
  if (scale == 0)
    scale = 1 / std::sqrt(static_cast<double>(pair.back()));
  Tensor scores =
      b.binary(BinaryOp::Mul,
               b.matmul(parts[0], b.transpose(parts[1], {0, 1, 3, 2})), scale);
  if (Tensor addend = getAddend(node, *sizes))
    scores = b.binary(BinaryOp::Add, scores, addend);
  if (node.hasFailed())
    return failure();
  return node.set(
      0, joinHeads(b, b.matmul(getProbabilities(b, scores), parts[2])));
}
