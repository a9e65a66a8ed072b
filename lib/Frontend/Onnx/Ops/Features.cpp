//===- Features.cpp - operators of scikit-learn's pipelines ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `ai.onnx.ml` has of scaling, picking, linear and kernel models; they are
// imported as the arithmetic that they stand for. Numbers of any type come in,
// f32 goes out.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Returns `values` as a row; its size is 1 or that of the last axis of
/// `input`.
static Tensor makeRow(Node &node, ArrayRef<float> values, const Tensor &input,
                      StringRef what) {
  auto size = static_cast<int64_t>(values.size());
  if (size != 1 && size != input.shape.back()) {
    (void)node.error("expected '" + what + "' to have 1 or " +
                     Twine(input.shape.back()) + " elements, found " +
                     Twine(size));
    return {};
  }
  Literal row(DataType::F32, {size});
  row.floats.assign(values.begin(), values.end());
  return Tensor(std::move(row));
}

LogicalResult frontend::importScaler(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  Tensor result = b.cast(node[0], DataType::F32);
  if (auto offset = node.getFloats("offset"))
    result = b.binary(BinaryOp::Sub, result,
                      makeRow(node, *offset, node[0], "offset"));
  if (auto scale = node.getFloats("scale"))
    result = b.binary(BinaryOp::Mul, result,
                      makeRow(node, *scale, node[0], "scale"));
  return result ? node.set(0, result) : failure();
}

LogicalResult frontend::importBinarizer(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)))
    return failure();
  Tensor above = b.binary(BinaryOp::Greater, b.cast(node[0], DataType::F32),
                          node.getFloat("threshold", 0));
  return above ? node.set(0, b.cast(above, DataType::F32)) : failure();
}

LogicalResult frontend::importNormalizer(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(0, 2)))
    return failure();
  std::string kind = node.getString("norm", "MAX");
  if (kind != "L1" && kind != "L2")
    return node.unsupported("norm " + Twine(kind));
  Tensor input = b.cast(node[0], DataType::F32);
  Tensor sizes = kind == "L2" ? b.binary(BinaryOp::Mul, input, input)
                              : b.unary(UnaryOp::Abs, input);
  Tensor norm = b.reduce(ReduceOp::Sum, sizes, {1}, true);
  if (kind == "L2")
    norm = b.unary(UnaryOp::Sqrt, norm);
  // Zeros stay zeros.
  return node.set(
      0, b.binary(BinaryOp::Div, input, b.binary(BinaryOp::Max, norm, 1e-30)));
}

LogicalResult frontend::importArrayFeatureExtractor(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 1)))
    return failure();
  if (!isInteger(node[1].type))
    return node.error("expected indices of an integer type, found " +
                      getName(node[1].type));
  Tensor data = node[0];
  if (data.getRank() == 1)
    data = b.reshape(data, {1, data.shape[0]});
  Tensor places = b.reshape(node[1], {node[1].getNumElements()});
  return node.set(0, b.gather(data, places, data.getRank() - 1));
}

/// Applies the attribute 'post_transform' to scores `[rows, targets]`.
static Tensor transformScores(Node &node, Tensor scores) {
  std::string kind = node.getString("post_transform", "NONE");
  if (!scores || kind == "NONE")
    return scores;
  // Runtimes pass a single score on as it is.
  if (scores.shape.back() == 1) {
    (void)node.unsupported("post_transform " + kind + " of one score");
    return {};
  }
  if (kind == "LOGISTIC")
    return node.b.unary(UnaryOp::Sigmoid, scores);
  if (kind == "SOFTMAX") {
    mlir::Value value = node.b.materialize(scores);
    return value ? Tensor(node.b.create<nn::SoftmaxOp>(value.getType(), value,
                                                       int64_t(1)),
                          scores.type)
                 : Tensor();
  }
  (void)node.unsupported("post_transform " + kind);
  return {};
}

/// Computes rows times the attribute 'coefficients' `[targets, features]` plus
/// 'intercepts'.
static Tensor emitLinearModel(Node &node, int64_t targets) {
  TensorBuilder &b = node.b;
  int64_t features = node[0].shape[1];
  SmallVector<float> coefficients =
      node.getFloats("coefficients").value_or(SmallVector<float>());
  auto found = static_cast<int64_t>(coefficients.size());
  bool isWhole =
      features > 0 && found % features == 0 && found / features == targets;
  SmallVector<float> intercepts =
      node.getFloats("intercepts")
          .value_or(SmallVector<float>(std::min(targets, found), 0.0f));
  if (!isWhole || int64_t(intercepts.size()) != targets) {
    (void)node.error("expected " + Twine(targets) + " times " +
                     Twine(features) + " coefficients and " + Twine(targets) +
                     " intercepts, found " + Twine(coefficients.size()) +
                     " and " + Twine(intercepts.size()));
    return {};
  }
  Literal weights(DataType::F32, {targets, features});
  weights.floats.assign(coefficients.begin(), coefficients.end());
  Literal bias(DataType::F32, {targets});
  bias.floats.assign(intercepts.begin(), intercepts.end());
  mlir::Value input = b.materialize(b.cast(node[0], DataType::F32));
  mlir::Value matrix = b.materialize(Tensor(std::move(weights)));
  mlir::Value offset = b.materialize(Tensor(std::move(bias)));
  if (!input || !matrix || !offset)
    return {};
  return {b.create<nn::LinearOp>(
              b.getType(DataType::F32, {node[0].shape[0], targets}), input,
              matrix, offset),
          DataType::F32};
}

LogicalResult frontend::importLinearRegressor(Node &node) {
  if (failed(node.expectRank(0, 2)))
    return failure();
  int64_t targets = node.getInt("targets", 1);
  if (targets < 1)
    return node.error("expected 'targets' of at least 1, found " +
                      Twine(targets));
  Tensor scores = transformScores(node, emitLinearModel(node, targets));
  return scores ? node.set(0, scores) : failure();
}

LogicalResult frontend::importLinearClassifier(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(0, 2)))
    return failure();
  auto labels = node.getInts("classlabels_ints");
  if (!labels)
    return node.unsupported("labels that are no integers");
  auto classes = static_cast<int64_t>(labels->size());
  SmallVector<float> coefficients =
      node.getFloats("coefficients").value_or(SmallVector<float>());
  // Runtimes make the second of two classes from one row in various ways.
  if (classes < 2 ||
      (classes == 2 && int64_t(coefficients.size()) == node[0].shape[1]))
    return node.unsupported("scores of one class");
  Tensor sums = emitLinearModel(node, classes);
  if (!sums)
    return failure();
  if (node.hasOutput(0)) {
    Literal table(DataType::I64, {classes});
    table.integers.assign(labels->begin(), labels->end());
    Tensor chosen = b.reshape(b.argMax(sums, 1), {sums.shape[0]});
    if (failed(node.set(0, b.gather(Tensor(std::move(table)), chosen, 0))))
      return failure();
  }
  if (!node.hasOutput(1))
    return mlir::success();
  Tensor scores = transformScores(node, sums);
  return scores ? node.set(1, scores) : failure();
}

/// A weighted sum of a kernel's values between a row and each support vector:
/// of |x - s|² for RBF, written as x² - 2xs + s², or of xs.
LogicalResult frontend::importSvmRegressor(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(0, 2)))
    return failure();
  int64_t rows = node[0].shape[0], features = node[0].shape[1];
  int64_t count = node.getInt("n_supports", 0);
  std::string kernel = node.getString("kernel_type", "LINEAR");
  auto take = [&](StringRef name) {
    return node.getFloats(name).value_or(SmallVector<float>());
  };
  SmallVector<float> vectors = take("support_vectors"), rho = take("rho"),
                     coefficients = take("coefficients"),
                     parameters = take("kernel_params");
  if (count < 1 || node.getInt("one_class", 0))
    return node.unsupported(count < 1 ? "a model without support vectors"
                                      : "one_class");
  if (kernel != "RBF" && kernel != "LINEAR")
    return node.unsupported("kernel " + kernel);
  if (int64_t(vectors.size()) != count * features ||
      int64_t(coefficients.size()) != count || rho.size() != 1 ||
      (kernel == "RBF" && parameters.empty()))
    return node.error("expected " + Twine(count) + " support vectors of " +
                      Twine(features) +
                      " elements with a coefficient each, one rho and the "
                      "kernel's parameters");
  bool isRbf = kernel == "RBF";
  float gamma = isRbf ? parameters.front() : 1;
  // gamma · (2xs - s²) is a layer; of a linear kernel it is xs.
  Literal matrix(DataType::F32, {count, features}),
      offsets(DataType::F32, {count}), sum(DataType::F32, {1, count}),
      shift(DataType::F32, {1});
  for (int64_t i = 0; i < count; ++i) {
    double squares = 0;
    for (int64_t j = 0; j < features; ++j) {
      double element = vectors[i * features + j];
      squares += element * element;
      matrix.floats[i * features + j] =
          float(isRbf ? 2 * gamma * element : element);
    }
    offsets.floats[i] = float(isRbf ? -gamma * squares : 0);
    sum.floats[i] = coefficients[i];
  }
  shift.floats[0] = rho.front();
  Tensor input = b.cast(node[0], DataType::F32);
  auto linear = [&](Tensor from, Literal weights, Literal bias) -> Tensor {
    int64_t width = weights.shape[0];
    mlir::Value value = b.materialize(from);
    mlir::Value right = b.materialize(Tensor(std::move(weights)));
    mlir::Value offset = b.materialize(Tensor(std::move(bias)));
    if (!value || !right || !offset)
      return {};
    return {b.create<nn::LinearOp>(b.getType(DataType::F32, {rows, width}),
                                   value, right, offset),
            DataType::F32};
  };
  Tensor values = linear(input, std::move(matrix), std::move(offsets));
  if (isRbf) {
    Tensor squares = b.reduce(ReduceOp::Sum,
                              b.binary(BinaryOp::Mul, input, input), {1}, true);
    squares = b.binary(BinaryOp::Mul, squares, gamma);
    values = b.unary(UnaryOp::Exp, b.binary(BinaryOp::Sub, values, squares));
  }
  Tensor result =
      transformScores(node, linear(values, std::move(sum), std::move(shift)));
  return result ? node.set(0, result) : failure();
}
