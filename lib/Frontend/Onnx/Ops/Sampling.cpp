//===- Sampling.cpp - GridSample ------------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {

/// Where an image is read: [N, height, width] each, in pixels.
struct Positions {
  Tensor x, y;
};

class GridSampler {
public:
  GridSampler(Node &node) : node(node), b(node.b), image(node[0].shape) {}

  LogicalResult run() {
    bool isBorder = false, isNearest = false;
    if (failed(readModes(isBorder, isNearest)))
      return failure();
    Positions at = {getPosition(0, image[3]), getPosition(1, image[2])};
    if (isBorder) {
      at.x = clampTo(at.x, image[3]);
      at.y = clampTo(at.y, image[2]);
    }
    // [N · H · W, C], so that one index finds all channels.
    pixels = b.reshape(b.transpose(node[0], {0, 2, 3, 1}),
                       {image[0] * image[2] * image[3], image[1]});
    Tensor sum = isNearest ? read({b.unary(UnaryOp::Round, at.x),
                                   b.unary(UnaryOp::Round, at.y)},
                                  Tensor())
                           : interpolate(at);
    return node.set(0, sum ? b.transpose(sum, {0, 3, 1, 2}) : sum);
  }

private:
  LogicalResult readModes(bool &isBorder, bool &isNearest) {
    if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
        failed(node.expectFloat(1)))
      return failure();
    if (node[0].getRank() == 5)
      return node.unsupported("3 spatial axes");
    if (failed(node.expectRank(0, 4)) || failed(node.expectRank(1, 4)))
      return failure();
    if (node[1].shape[0] != image[0] || node[1].shape[3] != 2)
      return node.error("expected a grid of shape [" + Twine(image[0]) +
                        ", height, width, 2], found " +
                        toString(node[1].shape));
    std::string mode = node.getString("mode", "linear"),
                padding = node.getString("padding_mode", "zeros");
    isNearest = mode == "nearest";
    if (!isNearest && mode != "linear" && mode != "bilinear")
      return node.unsupported("mode '" + Twine(mode) + "'");
    isBorder = padding == "border";
    if (!isBorder && padding != "zeros")
      return node.unsupported("padding_mode '" + Twine(padding) + "'");
    return mlir::success();
  }

  /// The grid has −1 and 1 at the centres of the outermost pixels
  /// (align_corners) or at their outer edges.
  Tensor getPosition(int64_t which, int64_t size) {
    Tensor part = b.slice(node[1], 3, which, 1, 1);
    part = b.reshape(part, ArrayRef(part.shape).drop_back());
    bool aligned = node.getInt("align_corners", 0) != 0;
    auto count = static_cast<double>(size);
    part = b.binary(BinaryOp::Mul, b.binary(BinaryOp::Add, part, 1.0),
                    (aligned ? count - 1 : count) / 2);
    return aligned ? part : b.binary(BinaryOp::Sub, part, 0.5);
  }

  Tensor clampTo(Tensor position, int64_t size) {
    return b.clamp(position, 0, static_cast<double>(size - 1));
  }

  /// Returns 1 where a position lies inside the image, else 0, times `weight`.
  Tensor maskOutside(const Positions &at, Tensor weight) {
    Tensor inside;
    for (auto [position, size] :
         {std::pair(at.x, image[3]), std::pair(at.y, image[2])}) {
      Tensor low = b.binary(BinaryOp::GreaterOrEqual, position, 0.0);
      Tensor high =
          b.binary(BinaryOp::GreaterOrEqual,
                   b.scalar(DataType::F32, double(size - 1)), position);
      Tensor both = b.binary(BinaryOp::And, low, high);
      inside = inside ? b.binary(BinaryOp::And, inside, both) : both;
    }
    Tensor one = weight ? weight : b.scalar(DataType::F32, 1);
    return b.select(inside, one, b.scalar(DataType::F32, 0));
  }

  /// Returns the pixels at whole positions times their weights (1 where that is
  /// null), [N, height, width, C].
  Tensor read(const Positions &at, Tensor weight) {
    if (!at.x || !at.y)
      return {};
    weight = maskOutside(at, weight);
    Tensor row = b.cast(clampTo(at.y, image[2]), DataType::I64);
    Tensor column = b.cast(clampTo(at.x, image[3]), DataType::I64);
    Literal first(DataType::I64, {image[0], 1, 1});
    for (int64_t n = 0; n < image[0]; ++n)
      first.integers[n] = n * image[2] * image[3];
    Tensor index = b.binary(
        BinaryOp::Add,
        b.binary(BinaryOp::Add, b.binary(BinaryOp::Mul, row, double(image[3])),
                 column),
        Tensor(first));
    if (!weight || !index)
      return {};
    Tensor values = b.gather(pixels, index, 0);
    Shape shape = weight.shape;
    shape.push_back(1);
    return values ? b.binary(BinaryOp::Mul, values, b.reshape(weight, shape))
                  : values;
  }

  Tensor interpolate(const Positions &at) {
    Positions low = {b.unary(UnaryOp::Floor, at.x),
                     b.unary(UnaryOp::Floor, at.y)};
    if (!low.x || !low.y)
      return {};
    Tensor right = b.binary(BinaryOp::Sub, at.x, low.x),
           down = b.binary(BinaryOp::Sub, at.y, low.y), sum;
    auto rest = [&](const Tensor &part) {
      return b.binary(BinaryOp::Sub, b.scalar(DataType::F32, 1), part);
    };
    for (int corner = 0; corner < 4; ++corner) {
      bool isRight = corner % 2, isDown = corner / 2;
      Positions place = {isRight ? b.binary(BinaryOp::Add, low.x, 1.0) : low.x,
                         isDown ? b.binary(BinaryOp::Add, low.y, 1.0) : low.y};
      Tensor weight = b.binary(BinaryOp::Mul, isRight ? right : rest(right),
                               isDown ? down : rest(down));
      Tensor part = read(place, weight);
      if (!part)
        return {};
      sum = sum ? b.binary(BinaryOp::Add, sum, part) : part;
    }
    return sum;
  }

  Node &node;
  TensorBuilder &b;
  Shape image;
  Tensor pixels;
};

} // namespace

LogicalResult frontend::importGridSample(Node &node) {
  return GridSampler(node).run();
}
