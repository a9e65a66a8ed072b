//===- Rotary.cpp - rotary position embedding -----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

/// Returns the cosines or sines as [B or 1, 1, S, R / 2]: those of the given
/// positions, or what the operand has for each step.
static Tensor getAngles(Node &node, size_t operand, const Shape &expected) {
  TensorBuilder &b = node.b;
  Tensor cache = node[operand];
  if (node[3])
    cache = cache.getRank() == 2 ? b.gather(cache, node[3], 0) : Tensor();
  if (!cache || cache.shape != expected) {
    if (!node.hasFailed())
      (void)node.error(
          "expected angles for shape " + toString(expected) +
          ", found operand " + Twine(operand) + " of shape " +
          toString(node[operand].shape) +
          (node[3] ? " and positions of shape " + toString(node[3].shape)
                   : std::string()));
    return {};
  }
  return b.reshape(cache, {expected[0], 1, expected[1], expected[2]});
}

/// Turns pairs (x, y) of each head's numbers by the angle of their position:
/// pairs are neighbours (`interleaved`) or half the rotated numbers apart.
LogicalResult frontend::importRotaryEmbedding(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectFloat(0)) ||
      failed(node.expectRankAtLeast(0, 3)))
    return failure();
  Tensor input = node[0];
  bool isFlat = input.getRank() == 3;
  if (isFlat) {
    int64_t heads = node.getInt("num_heads", 0);
    if (heads < 1 || input.shape[2] % heads)
      return node.error("expected a number of heads that divides " +
                        Twine(input.shape[2]) + ", found " + Twine(heads));
    input = b.transpose(b.reshape(input, {input.shape[0], input.shape[1], heads,
                                          input.shape[2] / heads}),
                        {0, 2, 1, 3});
  }
  if (!input || input.getRank() != 4)
    return node.error("expected an operand of rank 3 or 4, found shape " +
                      toString(node[0].shape));
  int64_t size = input.shape[3];
  int64_t rotated = node.getInt("rotary_embedding_dim", 0);
  if (rotated == 0)
    rotated = size;
  if (rotated < 2 || rotated > size || rotated % 2)
    return node.error("expected an even number of at most " + Twine(size) +
                      " in 'rotary_embedding_dim', found " + Twine(rotated));
  int64_t half = rotated / 2;
  bool isInterleaved = node.getInt("interleaved", 0) != 0;
  Shape angles = {input.shape[0], input.shape[2], half};
  Tensor cosine = getAngles(node, 1, angles), sine = getAngles(node, 2, angles);
  if (!cosine || !sine)
    return failure();
  int64_t step = isInterleaved ? 2 : 1;
  Tensor x = b.slice(input, 3, 0, half, step);
  Tensor y = b.slice(input, 3, isInterleaved ? 1 : half, half, step);
  if (!x || !y)
    return failure();
  auto multiply = [&](const Tensor &lhs, const Tensor &rhs) {
    return b.binary(BinaryOp::Mul, lhs, rhs);
  };
  Tensor turnedX =
      b.binary(BinaryOp::Sub, multiply(x, cosine), multiply(y, sine));
  Tensor turnedY =
      b.binary(BinaryOp::Add, multiply(x, sine), multiply(y, cosine));
  if (!turnedX || !turnedY)
    return failure();
  if (isInterleaved) {
    Shape pairs = turnedX.shape;
    pairs.push_back(1);
    turnedX = b.reshape(turnedX, pairs);
    turnedY = b.reshape(turnedY, pairs);
  }
  Tensor result = b.concat({turnedX, turnedY}, isInterleaved ? 4 : 3);
  Shape whole = input.shape;
  whole[3] = rotated;
  result = result ? b.reshape(result, whole) : result;
  if (result && rotated < size)
    result =
        b.concat({result, b.slice(input, 3, rotated, size - rotated, 1)}, 3);
  if (result && isFlat)
    result = b.reshape(b.transpose(result, {0, 2, 1, 3}), node[0].shape);
  return node.set(0, result);
}
