//===- Attention.cpp - scaled dot-product attention -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention (opset 23) as the products, the mask and the softmax that it is
// made of.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Handlers.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Queries [B, H, S, D], keys and values [B, G, T, D], with T including the
/// past.
struct Heads {
  Tensor queries, keys, values;
  bool isFlat = false;
};
} // namespace

Tensor frontend::splitHeads(Node &node, Tensor tensor, int64_t heads) {
  if (!tensor)
    return {};
  if (heads < 1 || tensor.shape[2] % heads) {
    (void)node.error("expected a number of heads that divides " +
                     Twine(tensor.shape[2]) + ", found " + Twine(heads));
    return {};
  }
  TensorBuilder &b = node.b;
  Tensor split = b.reshape(tensor, {tensor.shape[0], tensor.shape[1], heads,
                                    tensor.shape[2] / heads});
  return b.transpose(split, {0, 2, 1, 3});
}

Tensor frontend::joinHeads(TensorBuilder &b, Tensor tensor) {
  if (!tensor)
    return {};
  Shape joined = {tensor.shape[0], tensor.shape[2],
                  tensor.shape[1] * tensor.shape[3]};
  return b.reshape(b.transpose(tensor, {0, 2, 1, 3}), joined);
}

Tensor frontend::getProbabilities(TensorBuilder &b, const Tensor &scores) {
  mlir::Value value = scores ? b.materialize(scores) : mlir::Value();
  if (!value)
    return {};
  return {b.create<nn::SoftmaxOp>(value.getType(), value, scores.getRank() - 1),
          scores.type};
}

static FailureOr<Heads> readHeads(Node &node) {
  if (failed(node.expectOperands(3)))
    return failure();
  Heads heads{node[0], node[1], node[2]};
  for (size_t i = 0; i < 3; ++i)
    if (failed(node.expectFloat(i)) || failed(node.expectRankAtLeast(i, 3)) ||
        failed(node.expectRank(i, std::min<int64_t>(node[0].getRank(), 4))))
      return failure();
  if (heads.queries.getRank() == 3) {
    heads.isFlat = true;
    int64_t shared = node.getInt("kv_num_heads", 0);
    heads.queries =
        splitHeads(node, heads.queries, node.getInt("q_num_heads", 0));
    heads.keys = splitHeads(node, heads.keys, shared);
    heads.values = splitHeads(node, heads.values, shared);
  }
  if (!heads.queries || !heads.keys || !heads.values)
    return failure();
  // What was computed before stands in front.
  TensorBuilder &b = node.b;
  for (auto [past, now] : {std::pair(4, &heads.keys), {5, &heads.values}}) {
    if (!node[past])
      continue;
    Shape shape = now->shape;
    shape[2] = node[past].getRank() == 4 ? node[past].shape[2] : 0;
    if (failed(node.expectShape(past, shape, "a past")))
      return failure();
    *now = b.concat({node[past], *now}, 2);
  }
  ArrayRef<int64_t> q = heads.queries.shape, k = heads.keys.shape,
                    v = heads.values.shape;
  if (q[0] != k[0] || k.take_front(3) != v.take_front(3) || q[3] != k[3] ||
      q[1] % k[1])
    return node.error("queries, keys and values of shapes " + toString(q) +
                      ", " + toString(k) + " and " + toString(v) +
                      " do not fit together");
  return heads;
}

/// Returns booleans, broadcastable to [B, H, S, T], that tell which keys a
/// query sees by its place: no later ones, those in a window, those in use.
/// Null where it sees all.
static Tensor getVisible(Node &node, const Heads &heads) {
  TensorBuilder &b = node.b;
  int64_t queries = heads.queries.shape[2], keys = heads.keys.shape[2];
  Literal rows(DataType::I64, {queries, 1}), columns(DataType::I64, {1, keys});
  for (int64_t i = 0; i < queries; ++i)
    rows.integers[i] = i;
  for (int64_t i = 0; i < keys; ++i)
    columns.integers[i] = i;
  Tensor key(columns), used, visible;
  // How many keys stand before the first query.
  Tensor offset = b.scalar(DataType::I64, 0);
  if (node[6]) {
    used = b.reshape(b.cast(node[6], DataType::I64),
                     {node[6].getNumElements(), 1, 1, 1});
    offset = b.binary(BinaryOp::Sub, used, double(queries));
  } else if (node[4]) {
    offset = b.scalar(DataType::I64, double(node[4].shape[2]));
  }
  Tensor query = b.binary(BinaryOp::Add, Tensor(rows), offset);
  auto restrict = [&](Tensor high, Tensor low) {
    Tensor seen = b.binary(BinaryOp::GreaterOrEqual, high, low);
    visible = visible ? b.binary(BinaryOp::And, visible, seen) : seen;
  };
  if (node.getInt("is_causal", 0))
    restrict(query, key);
  int64_t left = node.getInt("left_window_size", -1),
          right = node.getInt("right_window_size", -1);
  if (left >= 0)
    restrict(key, b.binary(BinaryOp::Sub, query, double(left)));
  if (right >= 0)
    restrict(b.binary(BinaryOp::Add, query, double(right)), key);
  if (used)
    restrict(b.binary(BinaryOp::Sub, used, 1), key);
  return visible;
}

/// Returns the mask given, as long as there are keys: what it lacks is not
/// seen.
static Tensor readMask(Node &node, int64_t keys) {
  Tensor mask = node[3];
  if (!mask || mask.getRank() < 1 || mask.shape.back() >= keys)
    return mask;
  Shape low(mask.getRank(), 0), high(mask.getRank(), 0);
  high.back() = keys - mask.shape.back();
  if (!isBool(mask.type))
    return node.b.pad(mask, low, high, -kInfinity);
  Tensor padded = node.b.pad(node.b.cast(mask, DataType::I32), low, high, 0);
  return node.b.cast(padded, DataType::Bool);
}

/// Sets rows to zero that no key takes part in: their softmax is undefined.
static Tensor clearUnseen(TensorBuilder &b, Tensor probabilities, Tensor seen) {
  if (!seen || !probabilities)
    return probabilities;
  Tensor any = b.reduce(ReduceOp::Max, seen, {seen.getRank() - 1}, true);
  if (!any || (any.literal && llvm::all_of(any.literal->integers,
                                           [](int64_t v) { return v != 0; })))
    return probabilities;
  return b.select(any, probabilities, b.scalar(probabilities.type, 0));
}

LogicalResult frontend::importAttention(Node &node) {
  TensorBuilder &b = node.b;
  auto heads = readHeads(node);
  if (failed(heads))
    return failure();
  DataType type = heads->queries.type;
  int64_t queries = heads->queries.shape[2], keys = heads->keys.shape[2],
          depth = heads->queries.shape[3];
  if ((node.hasOutput(1) && failed(node.set(1, heads->keys))) ||
      (node.hasOutput(2) && failed(node.set(2, heads->values))))
    return failure();
  // Heads share keys and values in groups.
  Tensor k = heads->keys, v = heads->values;
  int64_t count = heads->queries.shape[1], share = count / k.shape[1];
  if (share > 1) {
    Literal group(DataType::I64, {count});
    for (int64_t i = 0; i < count; ++i)
      group.integers[i] = i / share;
    k = b.gather(k, group, 1);
    v = b.gather(v, group, 1);
  }
  double scale = node.getFloat("scale", 0);
  if (!node.hasAttribute("scale"))
    scale = 1 / std::sqrt(static_cast<double>(depth));
  Tensor product = b.matmul(heads->queries, b.transpose(k, {0, 1, 3, 2}));
  product = b.binary(BinaryOp::Mul, product, scale);
  Tensor capped = product;
  if (double cap = node.getFloat("softcap", 0); cap > 0)
    capped = b.binary(
        BinaryOp::Mul,
        b.unary(UnaryOp::Tanh, b.binary(BinaryOp::Mul, product, 1 / cap)), cap);

  Tensor masked = capped, visible = getVisible(node, *heads);
  Tensor mask = readMask(node, keys), seen = visible;
  if (mask && !isBool(mask.type)) {
    mask = b.cast(mask, type);
    masked = b.binary(BinaryOp::Add, masked, mask);
    mask = b.binary(BinaryOp::Greater, mask, -kInfinity);
  } else if (mask) {
    visible = visible ? b.binary(BinaryOp::And, visible, mask) : mask;
  }
  if (mask)
    seen = seen ? b.binary(BinaryOp::And, seen, mask) : mask;
  if (visible)
    masked = b.select(visible, masked, b.scalar(type, -kInfinity));
  if (!masked)
    return failure();
  if (masked.shape != Shape{heads->queries.shape[0], count, queries, keys})
    return node.error("a mask of shape " + toString(node[3].shape) +
                      " does not fit scores of shape " +
                      toString(product.shape));
  Tensor probabilities = clearUnseen(b, getProbabilities(b, masked), seen);
  if (!probabilities)
    return failure();
  const Tensor stages[] = {product, capped, masked, probabilities};
  int64_t mode = node.getInt("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    return node.error("'qk_matmul_output_mode' is " + Twine(mode) +
                      ", expected 0 to 3");
  if (node.hasOutput(3) && failed(node.set(3, stages[mode])))
    return failure();
  Tensor result = b.matmul(probabilities, v);
  if (heads->isFlat)
    result = joinHeads(b, result);
  return node.set(0, result);
}
