//===- Constants.cpp - operators that make constants ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../ModelLoader.h"
#include "Handlers.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

LogicalResult frontend::importConstant(Node &node) {
  if (const onnx::AttributeProto *value = node.find("value")) {
    auto literal = readTensor(value->t(), node.getModelPath());
    if (literal)
      node.b.countHeld(*literal);
    if (!literal) {
      std::string text = llvm::toString(literal.takeError());
      return StringRef(text).ends_with("not supported") ? node.unsupported(text)
                                                        : node.error(text);
    }
    return node.set(0, std::move(*literal));
  }
  if (node.hasAttribute("value_float"))
    return node.set(0,
                    makeScalar(DataType::F32, node.getFloat("value_float", 0)));
  if (node.hasAttribute("value_int")) {
    Literal literal(DataType::I64, {});
    literal.integers[0] = node.getInt("value_int", 0);
    return node.set(0, literal);
  }
  if (auto values = node.getInts("value_ints"))
    return node.set(0, makeVector(*values));
  if (auto values = node.getFloats("value_floats")) {
    Literal literal(DataType::F32, {static_cast<int64_t>(values->size())});
    literal.floats.assign(values->begin(), values->end());
    return node.set(0, literal);
  }
  return node.unsupported("strings and sparse values");
}

LogicalResult frontend::importConstantOfShape(Node &node) {
  auto shape = node.getConstantInts(0, "shape");
  if (failed(shape))
    return failure();
  Literal value(DataType::F32, {1});
  if (const onnx::AttributeProto *attribute = node.find("value")) {
    auto given = readTensor(attribute->t(), node.getModelPath());
    if (!given)
      return node.error(llvm::toString(given.takeError()));
    value = std::move(*given);
  }
  if (getNumElements(value.shape) != 1)
    return node.error("expected one value");
  if (llvm::any_of(*shape, [](int64_t size) { return size < 0; }))
    return node.error("expected dimensions of at least 0, found " +
                      toString(*shape));
  value.shape.clear();
  return node.set(0, node.b.broadcastTo(value, *shape));
}

LogicalResult frontend::importShape(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  int64_t rank = node[0].getRank();
  auto clamp = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = clamp(node.getInt("start", 0));
  int64_t end = std::max(start, clamp(node.getInt("end", rank)));
  return node.set(
      0, makeVector(ArrayRef(node[0].shape).slice(start, end - start)));
}

LogicalResult frontend::importSize(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  Literal size(DataType::I64, {});
  size.integers[0] = node[0].getNumElements();
  return node.set(0, size);
}

LogicalResult frontend::importRange(Node &node) {
  if (failed(node.expectOperands(3)))
    return failure();
  for (size_t i = 0; i < 3; ++i) {
    if (!node[i].literal)
      return node.unsupported("bounds are not constants");
    if (node[i].getNumElements() != 1)
      return node.error("expected scalar bounds");
  }
  double start = node[0].literal->get(0), limit = node[1].literal->get(0),
         delta = node[2].literal->get(0);
  double steps = delta == 0 ? -1 : std::ceil((limit - start) / delta);
  if (delta == 0 || !(steps <= double(kMaxElements)))
    return node.error("expected a range that ends, found a step of " +
                      Twine(std::to_string(delta)));
  int64_t count = std::max<int64_t>(0, static_cast<int64_t>(steps));
  if (!node.b.checkConstant({count}))
    return failure();
  Literal range(node[0].type, {count});
  for (int64_t i = 0; i < count; ++i)
    range.set(i, start + static_cast<double>(i) * delta);
  return node.set(0, range);
}

LogicalResult frontend::importEyeLike(Node &node) {
  if (failed(node.expectRank(0, 2)) || !node.b.checkConstant(node[0].shape))
    return failure();
  auto type = static_cast<DataType>(
      node.getInt("dtype", static_cast<int64_t>(node[0].type)));
  if (!isImportable(type) || (getBitWidth(type) < 8 && !isBool(type)))
    return node.unsupported("type " + getName(type));
  Literal eye(type, node[0].shape);
  int64_t columns = node[0].shape[1];
  int64_t shift = std::clamp(node.getInt("k", 0), -node[0].shape[0], columns);
  for (int64_t row = 0; row < node[0].shape[0]; ++row)
    if (row + shift >= 0 && row + shift < columns)
      eye.set(row * columns + row + shift, 1);
  return node.set(0, eye);
}

/// Inference: the input passes, and the mask keeps everything.
LogicalResult frontend::importDropout(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  bool dropsNothing = node[1] && node[1].literal &&
                      node[1].getNumElements() == 1 &&
                      node[1].literal->get(0) == 0;
  if (node[2] && !dropsNothing) {
    if (!node[2].literal)
      return node.unsupported("training_mode is not a constant");
    if (node[2].getNumElements() != 1 || node[2].literal->get(0) != 0)
      return node.unsupported("training");
  }
  if (failed(node.set(0, node[0])))
    return failure();
  if (!node.hasOutput(1))
    return mlir::success();
  DataType type = node.getOpset() < 10 ? node[0].type : DataType::Bool;
  return node.set(
      1, node.b.broadcastTo(Tensor(makeScalar(type, 1)), node[0].shape));
}

/// The windows of signal processing, for a constant size: terms of cosines.
static LogicalResult importWindow(Node &node, double a0, double a1, double a2) {
  auto size = node.getConstantInts(0, "size");
  if (failed(size))
    return failure();
  if (size->size() != 1 || size->front() < 0 || size->front() > (1 << 24))
    return node.error("expected a size");
  int64_t count = size->front();
  bool periodic = node.getInt("periodic", 1) != 0;
  double period = static_cast<double>(periodic ? count : count - 1);
  Literal window(DataType::F32, {count});
  for (int64_t i = 0; i < count; ++i) {
    double angle = 2 * M_PI * static_cast<double>(i) / period;
    window.set(i, a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle));
  }
  return node.set(0, window);
}

LogicalResult frontend::importHannWindow(Node &node) {
  return importWindow(node, 0.5, 0.5, 0);
}

LogicalResult frontend::importHammingWindow(Node &node) {
  return importWindow(node, 25.0 / 46, 21.0 / 46, 0);
}

LogicalResult frontend::importBlackmanWindow(Node &node) {
  return importWindow(node, 0.42, 0.5, 0.08);
}
