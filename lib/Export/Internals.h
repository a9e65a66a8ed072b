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

/// Whether a pool rounds its sizes up, as ONNX's `ceil_mode` has it.
int64_t isCeiled(Value input, Value result, ArrayRef<int64_t> kernel,
                 ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
                 ArrayRef<int64_t> dilations);

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
