//===- Fused.cpp - operators that a runtime fused before it saved ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Optimised models hold `com.microsoft` operators of several steps each; they
// are imported as those steps.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

static Tensor emitUnary(Node &node, Tensor input, nn::UnaryKind kind,
                        std::optional<float> alpha = {},
                        std::optional<float> beta = {}) {
  TensorBuilder &b = node.b;
  mlir::Value value = input ? b.materialize(input) : mlir::Value();
  if (!value)
    return {};
  auto attr = [&](std::optional<float> number) {
    return number ? b.getBuilder().getF32FloatAttr(*number) : mlir::FloatAttr();
  };
  return {b.create<nn::UnaryOp>(value.getType(), value, kind, attr(alpha),
                                attr(beta)),
          input.type};
}

/// Applies the activation that the attributes name.
static Tensor activate(Node &node, Tensor input) {
  TensorBuilder &b = node.b;
  std::string name = node.getString("activation", "");
  SmallVector<float> given =
      node.getFloats("activation_params").value_or(SmallVector<float>());
  auto parameter = [&](size_t index, float otherwise) {
    return index < given.size() ? given[index] : otherwise;
  };
  if (name.empty())
    return input;
  if (name == "Relu")
    return b.clamp(input, 0, std::numeric_limits<double>::infinity());
  if (name == "Clip")
    return b.clamp(input, parameter(0, std::numeric_limits<float>::lowest()),
                   parameter(1, std::numeric_limits<float>::max()));
  if (name == "Sigmoid")
    return b.unary(UnaryOp::Sigmoid, input);
  if (name == "Tanh")
    return b.unary(UnaryOp::Tanh, input);
  if (name == "LeakyRelu")
    return emitUnary(node, input, nn::UnaryKind::LeakyRelu,
                     parameter(0, 0.01f));
  if (name == "HardSigmoid")
    return emitUnary(node, input, nn::UnaryKind::HardSigmoid,
                     parameter(0, 0.2f), parameter(1, 0.5f));
  (void)node.unsupported("activation " + name);
  return {};
}

LogicalResult frontend::importFusedConv(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)))
    return failure();
  Tensor sum = emitConv(node, node[0], node[1], node[2]);
  if (node[3])
    sum = node.b.binary(BinaryOp::Add, sum, node[3]);
  return sum ? node.set(0, activate(node, sum)) : failure();
}

/// Swaps the last two axes.
static Tensor transposeMatrix(TensorBuilder &b, Tensor tensor) {
  SmallVector<int64_t> perm =
      llvm::to_vector(llvm::seq<int64_t>(0, tensor.getRank()));
  if (perm.size() > 1)
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return b.transpose(tensor, perm);
}

LogicalResult frontend::importFusedMatMul(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)))
    return failure();
  if (node.getInt("transBatchA", 0) || node.getInt("transBatchB", 0))
    return node.unsupported("transposed batches");
  Tensor lhs = node[0], rhs = node[1];
  if (node.getInt("transA", 0))
    lhs = transposeMatrix(b, lhs);
  if (node.getInt("transB", 0))
    rhs = transposeMatrix(b, rhs);
  Tensor product = b.matmul(lhs, rhs);
  float alpha = node.getFloat("alpha", 1);
  return node.set(0, alpha == 1 ? product
                                : b.binary(BinaryOp::Mul, product, alpha));
}

/// A function of the sum of the operands, the second of which may be missing.
static LogicalResult importBiased(Node &node, nn::UnaryKind kind) {
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  Tensor sum = node[0];
  if (node[1])
    sum = node.b.binary(BinaryOp::Add, sum, node[1]);
  return sum ? node.set(0, emitUnary(node, sum, kind)) : failure();
}

LogicalResult frontend::importFastGelu(Node &node) {
  return importBiased(node, nn::UnaryKind::GeluTanh);
}

LogicalResult frontend::importBiasGelu(Node &node) {
  return importBiased(node, nn::UnaryKind::Gelu);
}

LogicalResult frontend::importQuickGelu(Node &node) {
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  return node.set(0, emitUnary(node, node[0], nn::UnaryKind::Swish,
                               node.getFloat("alpha", 1.702f)));
}

/// Normalises the sum of the first two operands and the one at `bias`; output 3
/// is that sum.
static LogicalResult importSkip(Node &node, size_t bias,
                                LogicalResult (*normalise)(Node &, float)) {
  if (failed(node.expectOperands(3)) || failed(node.expectFloat(0)))
    return failure();
  constexpr float kEpsilon = 1e-12f; // Where the node has none.
  Tensor sum = node.b.binary(BinaryOp::Add, node[0], node[1]);
  if (node[bias])
    sum = node.b.binary(BinaryOp::Add, sum, node[bias]);
  if (!sum)
    return failure();
  Tensor offset = bias == 4 ? node[3] : Tensor();
  node.setOperands({sum, node[2], offset});
  if (failed(normalise(node, kEpsilon)))
    return failure();
  return node.hasOutput(3) ? node.set(3, sum) : mlir::success();
}

LogicalResult frontend::importSkipLayerNormalization(Node &node) {
  return importSkip(node, 4, importLayerNormalization);
}

LogicalResult frontend::importSkipSimplifiedLayerNormalization(Node &node) {
  return importSkip(node, 3, importRmsNormalization);
}
