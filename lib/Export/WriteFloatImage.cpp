//===- WriteFloatImage.cpp - image operations in float as ONNX nodes ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX has the channels of an image at axis 1, ours has them last.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Dialect/Nn/IR/ResizeTaps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::exporting;

static SmallVector<int64_t> toVector(ArrayRef<int64_t> values) {
  return SmallVector<int64_t>(values);
}

namespace {
struct FloatImageWriter : NodeWriter {
  template <typename PoolOp>
  bool pool(PoolOp op, StringRef kind, ArrayRef<int64_t> dilations,
            SmallVector<NodeAttribute> attributes = {}) {
    attributes.push_back({"kernel_shape", toVector(op.getKernel())});
    attributes.push_back({"strides", toVector(op.getStrides())});
    attributes.push_back({"pads", toVector(op.getPads())});
    if (!dilations.empty())
      attributes.push_back({"dilations", toVector(dilations)});
    attributes.push_back(
        {"ceil_mode",
         isCeiled(op.getInput(), op.getResult(), op.getKernel(),
                  op.getStrides(), op.getPads(), op.getDilations())});
    return set(op,
               node(op, kind, {graph.getReals(op.getInput(), ChannelsFirst)},
                    attributes));
  }
  bool write(nn::MaxPool2DOp op) {
    return pool(op, "MaxPool", op.getDilations());
  }
  bool write(nn::AvgPool2DOp op) {
    // Older opsets have no dilations.
    return llvm::all_of(op.getDilations(), [](int64_t d) { return d == 1; }) &&
           pool(op, "AveragePool", {},
                {{"count_include_pad", int64_t(op.getCountIncludePad())}});
  }

  bool write(nn::Conv2DOp op) {
    ArrayRef<int64_t> w = getShape(op.getWeights());
    return set(op, node(op, "Conv",
                        {graph.getReals(op.getInput(), ChannelsFirst),
                         graph.getReals(op.getWeights(), ChannelsFirst),
                         graph.getReals(op.getBias())},
                        {{"kernel_shape", SmallVector<int64_t>{w[1], w[2]}},
                         {"strides", toVector(op.getStrides())},
                         {"pads", toVector(op.getPads())},
                         {"dilations", toVector(op.getDilations())},
                         {"group", int64_t(op.getGroups())}}));
  }

  /// Weights [O, kh, kw, I] become [C, O / groups, kh, kw] with C = groups I.
  bool write(nn::TransposedConv2DOp op) {
    ArrayRef<int64_t> w = getShape(op.getWeights());
    auto groups = static_cast<int64_t>(op.getGroups());
    int64_t outputs = w[0] / groups;
    Enlargement size = getEnlargement(
        getShape(op.getInput()), getShape(op.getResult()), w.slice(1, 2),
        op.getStrides(), op.getPads(), op.getDilations());
    std::string weights = graph.getReals(op.getWeights());
    weights =
        node(op, "Reshape",
             {weights, addSizes(writer, {groups, outputs, w[1], w[2], w[3]})});
    weights = node(op, "Transpose", {weights},
                   {{"perm", SmallVector<int64_t>{0, 4, 1, 2, 3}}});
    weights =
        node(op, "Reshape",
             {weights, addSizes(writer, {groups * w[3], outputs, w[1], w[2]})});
    return set(op, node(op, "ConvTranspose",
                        {graph.getReals(op.getInput(), ChannelsFirst), weights,
                         graph.getReals(op.getBias())},
                        {{"kernel_shape", SmallVector<int64_t>{w[1], w[2]}},
                         {"strides", toVector(op.getStrides())},
                         {"pads", size.pads},
                         {"dilations", toVector(op.getDilations())},
                         {"output_padding", size.more},
                         {"group", groups}}));
  }

  /// Any interpolation is a product with a constant matrix along each axis.
  bool write(nn::ResizeOp op) {
    std::string x = graph.getReals(op.getInput(), ChannelsFirst);
    ArrayRef<int64_t> in = getShape(op.getInput()),
                      out = getShape(op.getResult());
    for (unsigned axis : {1u, 0u}) {
      nn::ResizeTaps taps = nn::computeResizeTaps(op, axis);
      int64_t from = in[1 + axis], to = out[1 + axis];
      SmallVector<float> matrix(from * to, 0), offset(to, 0);
      bool isCropped = false;
      for (int64_t o = 0; o < to; ++o) {
        if (!taps.inside[o]) {
          offset[o] = op.getExtrapolation().convertToFloat();
          isCropped = true;
          continue;
        }
        // Width is multiplied from the right, height from the left.
        for (int64_t t = 0; t < taps.count; ++t) {
          int64_t i = taps.indices[o * taps.count + t];
          matrix[axis == 1 ? i * to + o : o * from + i] +=
              taps.weights[o * taps.count + t];
        }
      }
      SmallVector<int64_t> shape{from, to}, sizes{to};
      if (axis == 0) {
        std::swap(shape[0], shape[1]);
        sizes.push_back(1);
      }
      std::string factors = writer.addFloats("taps", shape, matrix);
      x = axis == 1 ? node(op, "MatMul", {x, factors})
                    : node(op, "MatMul", {factors, x});
      if (isCropped)
        x = node(op, "Add", {x, writer.addFloats("outside", sizes, offset)});
    }
    return set(op, x);
  }

  /// ONNX's window is cut off alike, and its channels are at axis 1.
  bool write(nn::LrnOp op) {
    return getShape(op.getInput()).size() == 4 &&
           set(op,
               node(op, "LRN", {graph.getReals(op.getInput(), ChannelsFirst)},
                    {{"size", int64_t(op.getSize())},
                     {"alpha", op.getAlpha().convertToFloat()},
                     {"beta", op.getBeta().convertToFloat()},
                     {"bias", op.getBias().convertToFloat()}}));
  }
};
} // namespace

bool exporting::writeFloatImageOp(Operation *op, QdqGraph &graph,
                                  GraphWriter &writer) {
  FloatImageWriter images{{graph, writer, ChannelsFirst}};
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<nn::MaxPool2DOp, nn::AvgPool2DOp, nn::Conv2DOp,
            nn::TransposedConv2DOp, nn::ResizeOp, nn::LrnOp>(
          [&](auto known) { return images.write(known); })
      .Default([](Operation *) { return false; });
}
