//===- Matrix.cpp - matrix products ---------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "Handlers.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

LogicalResult frontend::importMatMul(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  noteLayer(node, node[1], node[1].getRank() - 1, Tensor());
  return node.set(0, node.b.matmul(node[0], node[1]));
}

/// Y = alpha · A' · B' + beta · C. A constant B, and a C that is constant or a
/// vector of N, make one nn.linear.
LogicalResult frontend::importGemm(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRank(0, 2)) ||
      failed(node.expectRank(1, 2)))
    return failure();
  double alpha = node.getFloat("alpha", 1), beta = node.getFloat("beta", 1);
  Tensor lhs = node[0], rhs = node[1], bias = node[2];
  if (node.getInt("transA", 0))
    lhs = b.transpose(lhs, {1, 0});
  if (node.getInt("transB", 0))
    rhs = b.transpose(rhs, {1, 0});
  if (lhs.shape[1] != rhs.shape[0])
    return node.error("shapes " + toString(lhs.shape) + " and " +
                      toString(rhs.shape) + " cannot be multiplied");
  if (alpha != 1)
    rhs = b.binary(BinaryOp::Mul, rhs, alpha);
  if (bias && beta != 1)
    bias = b.binary(BinaryOp::Mul, bias, beta);

  int64_t n = rhs.shape[1];
  // Opset 6 broadcasts by other rules, but to the same end for vectors.
  bool isRow = bias &&
               (bias.getNumElements() == n || bias.getNumElements() == 1) &&
               (bias.getRank() < 2 || bias.shape[0] == 1);
  if (isFloat(lhs.type) && rhs.literal && !lhs.literal && (!bias || isRow)) {
    Tensor row =
        bias ? b.broadcastTo(b.reshape(bias, {bias.getNumElements()}), {n})
             : Tensor(Literal(DataType::F32, {n}));
    mlir::Value input = b.materialize(lhs), offset = b.materialize(row);
    mlir::Value weights = b.materialize(b.transpose(rhs, {1, 0}));
    if (!input || !offset || !weights)
      return failure();
    // Products with alpha and beta are part of neither's integers.
    if (alpha == 1 && (!bias || (beta == 1 && bias.getNumElements() == n)))
      noteLayer(node, node[1], node.getInt("transB", 0) ? 0 : 1, node[2]);
    return node.set(
        0, {b.create<nn::LinearOp>(b.getType(lhs.type, {lhs.shape[0], n}),
                                   input, weights, offset),
            lhs.type});
  }
  Tensor product = b.matmul(lhs, rhs);
  if (product && bias)
    product =
        b.binary(BinaryOp::Add, product, b.broadcastTo(bias, product.shape));
  return node.set(0, product);
}
