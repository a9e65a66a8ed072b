//===- Loss.cpp - losses, for networks that end in one --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Negative log likelihood of [N, C, …] at the classes of [N, …].
static LogicalResult setLoss(Node &node, Tensor logs) {
  TensorBuilder &b = node.b;
  if (!logs)
    return failure();
  const Tensor &target = node[1];
  Shape expected = logs.shape;
  int64_t classes = expected[1];
  expected.erase(expected.begin() + 1);
  if (failed(node.expectShape(1, expected, "classes")))
    return failure();
  std::string reduction = node.getString("reduction", "mean");
  if (reduction != "none" && reduction != "mean" && reduction != "sum")
    return node.error("reduction is '" + Twine(reduction) +
                      "', expected none, mean or sum");
  Shape column = expected, line(logs.getRank(), 1);
  column.insert(column.begin() + 1, 1);
  line[1] = classes;
  Literal positions(target.type, line);
  for (int64_t i = 0; i < classes; ++i)
    positions.set(i, static_cast<double>(i));
  Tensor hot =
      b.binary(BinaryOp::Equal, b.reshape(target, column), Tensor(positions));
  auto pick = [&](Tensor from) {
    return b.reduce(ReduceOp::Sum,
                    b.select(hot, from, b.scalar(DataType::F32, 0)), {1},
                    false);
  };
  Tensor loss = b.unary(UnaryOp::Neg, pick(b.cast(logs, DataType::F32)));
  Tensor weight;
  if (node[2]) {
    if (failed(node.expectShape(2, {classes}, "weights")))
      return failure();
    weight = pick(b.reshape(node[2], line));
  } else {
    weight = b.broadcastTo(b.scalar(DataType::F32, 1), expected);
  }
  if (node.hasAttribute("ignore_index"))
    weight =
        b.select(b.binary(BinaryOp::Equal, target,
                          static_cast<double>(node.getInt("ignore_index", 0))),
                 b.scalar(DataType::F32, 0), weight);
  loss = b.binary(BinaryOp::Mul, loss, weight);
  if (reduction != "none") {
    SmallVector<int64_t> axes;
    for (size_t i = 0; i < expected.size(); ++i)
      axes.push_back(i);
    loss = b.reduce(ReduceOp::Sum, loss, axes, false);
    if (reduction == "mean")
      loss = b.binary(BinaryOp::Div, loss,
                      b.reduce(ReduceOp::Sum, weight, axes, false));
  }
  return node.set(0, loss);
}

LogicalResult frontend::importNegativeLogLikelihoodLoss(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 2)))
    return failure();
  return setLoss(node, node[0]);
}

LogicalResult frontend::importSoftmaxCrossEntropyLoss(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 2)) ||
      failed(node.expectFloat(0)))
    return failure();
  mlir::Value scores = b.materialize(node[0]);
  if (!scores)
    return failure();
  Tensor logs(b.create<nn::LogSoftmaxOp>(scores.getType(), scores,
                                         b.getBuilder().getI64IntegerAttr(1)),
              node[0].type);
  if (failed(node.set(1, logs)))
    return failure();
  return setLoss(node, logs);
}
