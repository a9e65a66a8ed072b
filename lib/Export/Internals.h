//===- Internals.h - what writes operations as ONNX nodes -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_INTERNALS_H
#define NARROW_LIB_EXPORT_INTERNALS_H

#include "QdqGraph.h"
#include "narrow/Reference/Tensor.h"

namespace narrow::exporting {

ArrayRef<int64_t> getShape(Value value);

/// Adds a reduction that keeps its axes; from opset 18 on all but sums have
/// their axes as an operand.
std::string addReduction(GraphWriter &writer, StringRef kind,
                         const std::string &input, ArrayRef<int64_t> axes,
                         StringRef wanted);

/// Writes operations as nodes whose results have their axes in `order`.
struct NodeWriter {
  QdqGraph &graph;
  GraphWriter &writer;
  Order order;

  std::string node(Operation *op, StringRef kind, ArrayRef<std::string> inputs,
                   ArrayRef<NodeAttribute> attributes = {}) {
    return writer.addNode(kind, inputs, QdqGraph::getName(op->getResult(0)),
                          attributes);
  }
  bool set(Operation *op, std::string tensor) {
    graph.setMoved(op->getResult(0), order, std::move(tensor));
    return true;
  }
};

/// Whether a pool rounds its sizes up, as ONNX's `ceil_mode` has it.
int64_t isCeiled(Value input, Value result, ArrayRef<int64_t> kernel,
                 ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
                 ArrayRef<int64_t> dilations);

/// The stored integers of constant weights.
FailureOr<reference::Tensor> readWeights(Operation *op, Value weights);

/// Adds stored integers of `type`, whose channels are at `axis`, as one
/// constant, in 4 bits where the opset has them and they fit; returns their
/// real values.
std::string addStored(StringRef name, Type type, ArrayRef<int64_t> values,
                      ArrayRef<int64_t> shape, int64_t axis, QdqGraph &graph,
                      GraphWriter &writer);

/// Adds weights as integers in the order that `getPlace` gives (the place in
/// ours of each in ONNX's), and their real values by the scales of `type`, with
/// channels at `axis`.
std::string addWeights(Value weights, Type type, const reference::Tensor &data,
                       ArrayRef<int64_t> shape, int64_t axis,
                       function_ref<int64_t(ArrayRef<int64_t>)> getPlace,
                       QdqGraph &graph, GraphWriter &writer);

/// What makes a transposed convolution's result as large as it is: what pads
/// cut off, and what is added behind.
struct Enlargement {
  SmallVector<int64_t> pads, more;
};
Enlargement getEnlargement(ArrayRef<int64_t> in, ArrayRef<int64_t> out,
                           ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                           ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations);

/// Writes LSTM, GRU and RNN layers, in fixed point and in float; fails without
/// a word for other operations.
LogicalResult writeRecurrent(Operation *op, QdqGraph &graph,
                             GraphWriter &writer);

/// Writes convolutions, pools and resizing in float. Returns whether it has a
/// form.
bool writeFloatImageOp(Operation *op, QdqGraph &graph, GraphWriter &writer);

/// Writes casts, gathering and places of elements. Returns whether it has a
/// form.
bool writeIndexOp(Operation *op, QdqGraph &graph, GraphWriter &writer);

/// Adds integers of 64 bits in a row, as shapes and places have them.
std::string addSizes(GraphWriter &writer, ArrayRef<int64_t> values);

/// Writes an operation on f32, or on what its comparisons give. Returns whether
/// it has a form.
bool writeFloatOp(Operation *op, QdqGraph &graph, GraphWriter &writer);

LogicalResult writeNormalize(fxp::NormalizeOp op, QdqGraph &graph,
                             GraphWriter &writer);

/// Contractions and what works on images, whose channels ONNX has at axis 1.
LogicalResult writeImageOp(fxp::Conv2DOp op, QdqGraph &graph,
                           GraphWriter &writer);
LogicalResult writeImageOp(fxp::TransposedConv2DOp op, QdqGraph &graph,
                           GraphWriter &writer);
LogicalResult writeImageOp(fxp::FullyConnectedOp op, QdqGraph &graph,
                           GraphWriter &writer);
LogicalResult writeImageOp(fxp::MatMulOp op, QdqGraph &graph,
                           GraphWriter &writer);
LogicalResult writeImageOp(fxp::MaxPool2DOp op, QdqGraph &graph,
                           GraphWriter &writer);
LogicalResult writeImageOp(fxp::AvgPool2DOp op, QdqGraph &graph,
                           GraphWriter &writer);
LogicalResult writeImageOp(fxp::ResizeOp op, QdqGraph &graph,
                           GraphWriter &writer);

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_INTERNALS_H
